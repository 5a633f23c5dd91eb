#ifndef MTAN_REFERENCE_H
#define MTAN_REFERENCE_H

#include "mtan_map.h"

/* Naive kernels that follow the definitions literally, in double precision. Fast kernels are tested against
 * these; nothing else calls them. All maps may have any strides, and no padding is read or written. */

/* `weights` is [outputs][inputs][side][side] as PyTorch keeps it, side 1 or 3, zero padding side / 2. */
void mtan_reference_convolve(const float *weights, const float *bias, int side, mtan_activation activation,
                             mtan_map in, mtan_map out);

/* See mtan_max_pool. */
void mtan_reference_max_pool(mtan_map in, mtan_map out, uint8_t *positions);

/* See mtan_upsample_aligned. */
void mtan_reference_upsample_aligned(mtan_map in, mtan_map out);

#endif
