#include "mtan_families.h"

/* The kernels of blocked/ for processors with AVX2 and FMA. */
#if defined(__x86_64__)
#pragma clang diagnostic ignored "-Wpsabi" /* vectors are passed between inlined functions only */
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)

/* A vector is two registers: 12 of 16 hold sums, two a vector of weights, one a pixel. */
#define TILE_PIXELS 6
#define TILE_BLOCKS 1
#include "blocked/family.h"

#pragma clang attribute pop

const mtan_family mtan_avx2_family = BLOCKED_FAMILY("avx2");
#endif
