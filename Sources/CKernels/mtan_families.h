#ifndef MTAN_FAMILIES_H
#define MTAN_FAMILIES_H

#include "mtan_family.h"

/* Each in the file of its name; the second list only where the compiler's target has the instruction set. */
extern const mtan_family mtan_portable_family;
#if defined(__x86_64__)
extern const mtan_family mtan_avx512_family, mtan_avx2_family;
extern const mtan_family mtan_amx_bf16_family, mtan_amx_bf16x3_family;
extern const mtan_family mtan_emulated_bf16_family, mtan_emulated_bf16x3_family;

/* Asks the system for permission to use AMX; nonzero if the processor has it and the process may. */
int mtan_amx_is_permitted(void);
#elif defined(__aarch64__)
extern const mtan_family mtan_neon_family;
#endif

#endif
