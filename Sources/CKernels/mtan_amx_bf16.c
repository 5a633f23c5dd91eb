#include "mtan_families.h"

/* The kernels of amx/ with products of bfloat16. */
#if defined(__x86_64__)
#include <immintrin.h>
#include <limits.h>
#include <math.h>

#define TARGET "amx-tile,amx-bf16,avx512f,avx512bw,avx512dq,avx512vl,avx512bf16,avx2,fma"
#pragma clang attribute push(__attribute__((target(TARGET))), apply_to = function)

#define PARTS 1
#define TILES "tiles.h"
#include "amx/family.h"

#pragma clang attribute pop

const mtan_family mtan_amx_bf16_family = AMX_FAMILY("amx");
#endif
