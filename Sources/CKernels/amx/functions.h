/* Functions of single numbers, as exact as elements of the family can tell. */

/* 2^x, to a relative error of 2e-9 before rounding if `exact`, else of 1e-4. */
INLINE half power_of_two(half x, int exact) {
    half f = (half)_mm512_reduce_ps((__m512)x, 0x09); /* x - floor(x), 0 for infinities */
    half p;
    if (exact) {
        p = f * 2.17150255e-4f + 1.24408771e-3f;
        p = p * f + 9.67806388e-3f;
        p = p * f + 5.54841525e-2f;
        p = p * f + 2.40229513e-1f;
        p = p * f + 6.93147032e-1f;
    } else {
        p = f * 7.82679702e-2f + 2.26307682e-1f;
        p = p * f + 6.95424348e-1f;
    }
    p = p * f + 1.0f;
    return (half)_mm512_scalef_ps((__m512)p, (__m512)x); /* p * 2^floor(x) */
}

/* 1 / (1 + e^-x), to 2e-4 where elements are single bfloat16. */
INLINE half sigmoid_half(half x) {
    half exponent = x * -1.44269504f;
    /* An infinite power would make the correction below a NaN. The order of operands lets a NaN pass. */
    if (PARTS == 2) exponent = (half)_mm512_min_ps(_mm512_set1_ps(126.0f), (__m512)exponent);
    half divisor = 1.0f + power_of_two(exponent, PARTS == 2);
    half quotient = (half)_mm512_rcp14_ps((__m512)divisor);
    return PARTS == 2 ? quotient + quotient * (1.0f - divisor * quotient) : quotient;
}

INLINE lanes sigmoid(lanes x) { return join(sigmoid_half(x.lo), sigmoid_half(x.hi)); }

/* max(x, 0), a NaN stays one. */
INLINE lanes relu(lanes x) {
    __m512 zero = _mm512_setzero_ps();
    return join((half)_mm512_max_ps(zero, (__m512)x.lo), (half)_mm512_max_ps(zero, (__m512)x.hi));
}

INLINE lanes activated(mtan_activation activation, lanes x) {
    switch (activation) {
    case MTAN_LINEAR: return x;
    case MTAN_RELU: return relu(x);
    case MTAN_SIGMOID: return sigmoid(x);
    }
    return x;
}

/* e^x */
INLINE lanes exponential(lanes x) {
    lanes exponent = x * 1.44269504f;
    return join(power_of_two(exponent.lo, 1), power_of_two(exponent.hi, 1));
}

/* Channel `channels` and all after it become `filler`. */
INLINE lanes cut(lanes values, int channels, float filler) {
    static const integers numbers = {0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14, 15,
                                     16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31};
    return choose(numbers < channels, values, splat(filler));
}

INLINE float largest(lanes x) { return _mm512_reduce_max_ps(_mm512_max_ps((__m512)x.lo, (__m512)x.hi)); }

INLINE float sum(lanes x) { return _mm512_reduce_add_ps((__m512)(x.lo + x.hi)); }
