#ifndef MTAN_CPU_H
#define MTAN_CPU_H

#include <stdint.h>

/* Makes the calling thread treat denormal floats as zero, which keeps sigmoid tails from slowing the
 * kernels down by an order of magnitude, and returns the previous state for mtan_restore_denormals. */
uint64_t mtan_flush_denormals(void);

/* Puts back what mtan_flush_denormals returned, on the same thread. */
void mtan_restore_denormals(uint64_t state);

/* The number of processors that the scheduler may put this process on; at least 1. */
int mtan_processor_count(void);

/* Tells the core that the thread is spinning. */
void mtan_spin_hint(void);

#endif
