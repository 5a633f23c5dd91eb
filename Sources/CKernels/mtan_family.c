#include "mtan_families.h"

#include <stdlib.h>

#if defined(__x86_64__)
static int has_avx2(void) { return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"); }

static int has_avx512(void) {
    return has_avx2() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
}

/* AVX-512 with conversions to bfloat16. */
static int has_avx512_bf16(void) { return has_avx512() && __builtin_cpu_supports("avx512bf16"); }
#endif

enum { MOST_FAMILIES = 8 };

/* Writes the emulated families and returns their number. */
static int list_emulated_families(const mtan_family **families) {
    int count = 0;
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (has_avx512_bf16()) {
        families[count++] = &mtan_emulated_bf16_family;
        families[count++] = &mtan_emulated_bf16x3_family;
    }
#endif
    return count;
}

/* Writes the families in the order of mtan_family_at and returns their number. */
static int list_families(const mtan_family *families[MOST_FAMILIES]) {
    int count = 0;
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (has_avx512_bf16() && mtan_amx_is_permitted()) {
        families[count++] = &mtan_amx_bf16_family;
        families[count++] = &mtan_amx_bf16x3_family;
    }
    if (has_avx512()) families[count++] = &mtan_avx512_family;
    if (has_avx2()) families[count++] = &mtan_avx2_family;
#elif defined(__aarch64__)
    families[count++] = &mtan_neon_family;
#endif
    if (getenv("MTAN_EMULATE_AMX")) count += list_emulated_families(families + count);
    families[count++] = &mtan_portable_family;
    return count;
}

int mtan_family_count(void) {
    const mtan_family *families[MOST_FAMILIES];
    return list_families(families);
}

const mtan_family *mtan_family_at(int index) {
    const mtan_family *families[MOST_FAMILIES];
    return index >= 0 && index < list_families(families) ? families[index] : 0;
}

int mtan_emulated_family_count(void) {
    const mtan_family *families[MOST_FAMILIES];
    return list_emulated_families(families);
}

const mtan_family *mtan_emulated_family_at(int index) {
    const mtan_family *families[MOST_FAMILIES];
    return index >= 0 && index < list_emulated_families(families) ? families[index] : 0;
}
