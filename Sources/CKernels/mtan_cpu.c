#define _GNU_SOURCE

#include "mtan_cpu.h"

#include <sched.h>

int mtan_processor_count(void) {
    cpu_set_t set;
    int count = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
    return count > 0 ? count : 1;
}

#if defined(__x86_64__)
#include <immintrin.h>

/* Bits 15 and 6 of MXCSR: results that are denormal, and operands that are, count as zero. */
uint64_t mtan_flush_denormals(void) {
    unsigned state = _mm_getcsr();
    _mm_setcsr(state | 0x8040u);
    return state;
}

void mtan_restore_denormals(uint64_t state) { _mm_setcsr((unsigned)state); }

void mtan_spin_hint(void) { _mm_pause(); }

#elif defined(__aarch64__)

/* Bit 24 of FPCR: flush to zero. */
uint64_t mtan_flush_denormals(void) {
    uint64_t state;
    __asm__ volatile("mrs %0, fpcr" : "=r"(state));
    __asm__ volatile("msr fpcr, %0" : : "r"(state | (1ull << 24)));
    return state;
}

void mtan_restore_denormals(uint64_t state) { __asm__ volatile("msr fpcr, %0" : : "r"(state)); }

void mtan_spin_hint(void) { __asm__ volatile("yield"); }

#else

uint64_t mtan_flush_denormals(void) { return 0; }

void mtan_restore_denormals(uint64_t state) { (void)state; }

void mtan_spin_hint(void) {}

#endif
