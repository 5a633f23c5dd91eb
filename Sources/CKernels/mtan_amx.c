#include "mtan_families.h"

/* Whether this process may use AMX. */
#if defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
    /* CPUID leaf 7, EDX. */
    CPUID_AMX_BF16 = 1 << 22,
    CPUID_AMX_TILE = 1 << 24,
    /* Leaf 1, ECX: the system has enabled XGETBV. */
    CPUID_OSXSAVE = 1 << 27,
    /* XCR0: the system saves tile configurations and tiles. */
    XCR0_TILES = 3 << 17,
    /* arch_prctl: lets this process use a part of the state that is too large to give to all. */
    ARCH_REQ_XCOMP_PERM = 0x1023,
    XFEATURE_XTILEDATA = 18,
};

__attribute__((target("xsave"))) static int system_saves_tiles(void) {
    unsigned eax, ebx, ecx = 0, edx;
    if (!__get_cpuid(1, &eax, &ebx, &ecx, &edx) || !(ecx & CPUID_OSXSAVE)) return 0;
    return (_xgetbv(0) & XCR0_TILES) == XCR0_TILES;
}

static int processor_has_amx(void) {
    unsigned eax, ebx, ecx, edx = 0;
    const unsigned wanted = CPUID_AMX_BF16 | CPUID_AMX_TILE;
    return __get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx) && (edx & wanted) == wanted;
}

/* Asking again for what was granted is granted. The permission holds for all threads. */
int mtan_amx_is_permitted(void) {
    return processor_has_amx() && system_saves_tiles() &&
           syscall(SYS_arch_prctl, ARCH_REQ_XCOMP_PERM, XFEATURE_XTILEDATA) == 0;
}
#endif
