/* The compute kernels: plain pointers and sizes in, no allocation, no threads, no errors.
 *
 * Every kernel works on a range of rows (and, for convolutions, of output channels), so that the caller can
 * spread one operation over threads. The arithmetic of an output element does not depend on the range it
 * was computed in as long as the ranges themselves are the same.
 */
#ifndef MTAN_CKERNELS_H
#define MTAN_CKERNELS_H

#include "mtan_map.h"
#include "mtan_cpu.h"
#include "mtan_family.h"
#include "mtan_reference.h"

#endif
