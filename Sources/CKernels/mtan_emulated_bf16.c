#include "mtan_families.h"

/* mtan_amx_bf16.c without AMX: the same results, for tests. */
#if defined(__x86_64__)
#include <immintrin.h>
#include <limits.h>
#include <math.h>

#define TARGET "avx512f,avx512bw,avx512dq,avx512vl,avx512bf16,avx2,fma"
#pragma clang attribute push(__attribute__((target(TARGET))), apply_to = function)

#define PARTS 1
#define TILES "emulated_tiles.h"
#include "amx/family.h"

#pragma clang attribute pop

const mtan_family mtan_emulated_bf16_family = AMX_FAMILY("emulated-amx");
#endif
