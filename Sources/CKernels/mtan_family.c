#include "mtan_families.h"

#if defined(__x86_64__)
static int has_avx2(void) { return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"); }

static int has_avx512(void) {
    return has_avx2() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
}
#endif

/* Writes the families in the order of mtan_family_at and returns their number. */
static int list_families(const mtan_family *families[4]) {
    int count = 0;
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (has_avx512()) families[count++] = &mtan_avx512_family;
    if (has_avx2()) families[count++] = &mtan_avx2_family;
#elif defined(__aarch64__)
    families[count++] = &mtan_neon_family;
#endif
    families[count++] = &mtan_portable_family;
    return count;
}

int mtan_family_count(void) {
    const mtan_family *families[4];
    return list_families(families);
}

const mtan_family *mtan_family_at(int index) {
    const mtan_family *families[4];
    return index >= 0 && index < list_families(families) ? families[index] : 0;
}
