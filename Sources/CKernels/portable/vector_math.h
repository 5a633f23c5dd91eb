#ifndef MTAN_VECTOR_MATH_H
#define MTAN_VECTOR_MATH_H

#include <stdint.h>
#include <string.h>

/* e^x within 2 ulp for x in [-87, 88], clamped outside, written without branches so that compilers
 * vectorise loops over it. Range reduction by ln 2 in two parts and the polynomial of Cephes' expf. */
static inline float mtan_exp(float x) {
    x = x < -87.0f ? -87.0f : x;
    x = x > 88.0f ? 88.0f : x;
    /* Adding and subtracting 1.5 * 2^23 rounds to the nearest integer. */
    float shifted = x * 1.44269504f + 12582912.0f;
    float n = shifted - 12582912.0f;
    float r = x - n * 0.693359375f;
    r = r + n * 2.12194440e-4f;
    float p = 1.9875691500e-4f;
    p = p * r + 1.3981999507e-3f;
    p = p * r + 8.3334519073e-3f;
    p = p * r + 4.1665795894e-2f;
    p = p * r + 1.6666665459e-1f;
    p = p * r + 5.0000001201e-1f;
    p = p * r * r + r + 1.0f;
    /* A NaN has no integer; what is left of it is in p. */
    int32_t whole = (int32_t)(n == n ? n : 0.0f);
    uint32_t exponent = (uint32_t)(whole + 127) << 23;
    float power;
    memcpy(&power, &exponent, sizeof power);
    return p * power;
}

static inline float mtan_sigmoid(float x) { return 1.0f / (1.0f + mtan_exp(-x)); }

#endif
