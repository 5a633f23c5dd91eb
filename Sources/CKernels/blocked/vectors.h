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

INLINE vector splat(float value) { return (vector)value; }

/* Where `mask` is all ones, a, else b. */
INLINE vector choose(ivector mask, vector a, vector b) {
    return (vector)((mask & (ivector)a) | (~mask & (ivector)b));
}

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

/* Pixel (0, 0) of channel block `block`. */
INLINE float *block_of(mtan_map map, int block) { return (float *)map.origin + block * map.plane; }
