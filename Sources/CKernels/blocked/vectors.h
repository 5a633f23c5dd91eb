/* Vectors of one channel block, for kernels that are compiled once for each instruction set.
 *
 * A vector always holds 16 floats; the compiler splits it where registers are narrower. Products are added
 * by fused multiply-add on every instruction set that includes this, in an order that does not depend on
 * the register width, so all of them give the same bits.
 */
#include "mtan_family.h"

#include <stdint.h>

#define BLOCK 16
#define INLINE static inline __attribute__((always_inline))

typedef float vector __attribute__((ext_vector_type(BLOCK)));
typedef int32_t ivector __attribute__((ext_vector_type(BLOCK)));

/* A vector at an address that is only known to be that of a float. */
typedef float unaligned_vector __attribute__((ext_vector_type(BLOCK), aligned(4)));

INLINE vector load(const float *from) { return *(const vector *)from; }

INLINE void store(float *to, vector value) { *(vector *)to = value; }

/* Past the caches: for maps so large that nothing of them is left there when they are read. */
INLINE void store_to_memory(float *to, vector value) { __builtin_nontemporal_store(value, (vector *)to); }

/* Makes such stores visible to the threads that are told of them next. */
INLINE void finish_stores(void) { __atomic_thread_fence(__ATOMIC_SEQ_CST); }

INLINE vector splat(float value) { return (vector)value; }

/* Where `mask` is all ones, a, else b. */
INLINE vector choose(ivector mask, vector a, vector b) {
    return (vector)((mask & (ivector)a) | (~mask & (ivector)b));
}

/* The larger; a NaN if there is one. */
INLINE vector larger(vector a, vector b) { return choose((b > a) | (b != b), b, a); }

/* max(x, 0), a NaN stays one. */
INLINE vector relu(vector x) { return choose(x < 0.0f, splat(0.0f), x); }

/* e^x as mtan_exp of mtan_vector_math.h computes it. */
INLINE vector exponential(vector x) {
    x = choose(x < -87.0f, splat(-87.0f), x);
    x = choose(x > 88.0f, splat(88.0f), x);
    vector shifted = x * 1.44269504f + 12582912.0f;
    vector n = shifted - 12582912.0f;
    vector r = x - n * 0.693359375f;
    r = r + n * 2.12194440e-4f;
    vector p = splat(1.9875691500e-4f);
    p = p * r + 1.3981999507e-3f;
    p = p * r + 8.3334519073e-3f;
    p = p * r + 4.1665795894e-2f;
    p = p * r + 1.6666665459e-1f;
    p = p * r + 5.0000001201e-1f;
    p = p * r * r + r + 1.0f;
    /* The low bits of the shifted number are the integer; those of a NaN do not matter, as p is one. */
    ivector whole = (ivector)shifted << 23;
    return p * (vector)(whole + (127 << 23));
}

INLINE vector sigmoid(vector x) { return 1.0f / (1.0f + exponential(-x)); }

INLINE vector activated(mtan_activation activation, vector x) {
    switch (activation) {
    case MTAN_LINEAR: return x;
    case MTAN_RELU: return relu(x);
    case MTAN_SIGMOID: return sigmoid(x);
    }
    return x;
}

/* The number of channel blocks that hold `channels`. */
INLINE int block_count(int channels) { return (channels + BLOCK - 1) / BLOCK; }

/* Whether a map is written past the caches: it would not stay in them, and lines that are written whole need not be
 * read first. */
enum { STREAM_BYTES = 8 << 20 };

INLINE int is_streamed(mtan_map map) {
    return (size_t)block_count(map.channels) * map.plane * sizeof(float) >= STREAM_BYTES;
}

/* Pixel (0, 0) of channel block `block`. */
INLINE float *block_of(mtan_map map, int block) { return (float *)map.origin + block * map.plane; }

INLINE void store_either(float *to, vector value, int streamed) {
    if (streamed) {
        store_to_memory(to, value);
    } else {
        store(to, value);
    }
}
