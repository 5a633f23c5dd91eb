#include "mtan_families.h"

/* The kernels of amx/ with products of sums of two bfloat16: nearly those of floats. */
#if defined(__x86_64__)
#include <immintrin.h>
#include <limits.h>
#include <math.h>

#define TARGET "amx-tile,amx-bf16,avx512f,avx512bw,avx512dq,avx512vl,avx512bf16,avx2,fma"
#pragma clang attribute push(__attribute__((target(TARGET))), apply_to = function)

#define PARTS 2
#define TILES "tiles.h"
#include "amx/family.h"

#pragma clang attribute pop

const mtan_family mtan_amx_bf16x3_family = AMX_FAMILY("amx");
#endif
