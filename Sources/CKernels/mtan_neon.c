#include "mtan_families.h"

/* The kernels of blocked/ for 64-bit Arm, all of which have what they need. */
#if defined(__aarch64__)

/* A vector is four registers: 24 of 32 hold sums, four a vector of weights, one a pixel. */
#define TILE_PIXELS 6
#define TILE_BLOCKS 1
#include "blocked/family.h"

const mtan_family mtan_neon_family = BLOCKED_FAMILY("neon");
#endif
