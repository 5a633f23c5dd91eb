#include "mtan_families.h"

/* The kernels of blocked/ for processors with AVX-512. */
#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma"))), \
                             apply_to = function)

/* 28 of 32 registers hold sums; the rest two vectors of weights and a pixel. */
#define TILE_PIXELS 14
#define TILE_BLOCKS 2
#include "blocked/family.h"

#pragma clang attribute pop

const mtan_family mtan_avx512_family = BLOCKED_FAMILY("avx512");
#endif
