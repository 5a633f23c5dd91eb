// The one-dimensional maps of Winograd's F(4x4, 3x3) and their transposes, on vectors of 16 channels.
//
// Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks" (arXiv 1509.09308), with the points 0, +-5/8,
// +-3/2 and infinity. A 4x4 tile of the output comes from a 6x6 window of the input: Y = A' (U . B' D B) A, where
// U = G W G', summed over input channels before A. The gradients take the transposes of these maps.
#pragma once

#include <cstddef>

typedef float vector __attribute__((vector_size(64)));
#define INLINE static inline __attribute__((always_inline))

INLINE vector load(const float *from) { vector v; __builtin_memcpy(&v, from, sizeof v); return v; }
INLINE void store(float *to, vector v) { __builtin_memcpy(to, &v, sizeof v); }
INLINE vector splat(float x) { return vector{x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x}; }

constexpr int LANES = 16, TILE = 4, WINDOW = 6, PLANES = WINDOW * WINDOW;
constexpr float P = 0.625f, Q = 1.5f, PP = P * P, QQ = Q * Q;
constexpr float N0 = PP * QQ, NP = 2 * PP * (PP - QQ), NQ = 2 * QQ * (QQ - PP);

// One-dimensional maps, from values `s` apart to values `t` apart, and (`_back`) their transposes.

INLINE void input(const vector *d, int s, vector *o, int t) {                         // B': 6 to 6
    vector even_p = d[4 * s] - QQ * d[2 * s], odd_p = P * (d[3 * s] - QQ * d[s]);
    vector even_q = d[4 * s] - PP * d[2 * s], odd_q = Q * (d[3 * s] - PP * d[s]);
    o[0] = d[4 * s] - (PP + QQ) * d[2 * s] + N0 * d[0];
    o[t] = even_p + odd_p, o[2 * t] = even_p - odd_p, o[3 * t] = even_q + odd_q, o[4 * t] = even_q - odd_q;
    o[5 * t] = d[5 * s] - (PP + QQ) * d[3 * s] + N0 * d[s];
}

INLINE void input_back(const vector *o, int s, vector *d, int t) {                    // B: 6 to 6
    vector sum_p = o[s] + o[2 * s], difference_p = P * (o[s] - o[2 * s]);
    vector sum_q = o[3 * s] + o[4 * s], difference_q = Q * (o[3 * s] - o[4 * s]);
    d[0] = N0 * o[0];
    d[t] = N0 * o[5 * s] - QQ * difference_p - PP * difference_q;
    d[2 * t] = -(PP + QQ) * o[0] - QQ * sum_p - PP * sum_q;
    d[3 * t] = difference_p + difference_q - (PP + QQ) * o[5 * s];
    d[4 * t] = o[0] + sum_p + sum_q;
    d[5 * t] = o[5 * s];
}

INLINE void output(const vector *m, int s, vector *o, int t) {                        // A': 6 to 4
    vector sum_p = m[s] + m[2 * s], difference_p = m[s] - m[2 * s];
    vector sum_q = m[3 * s] + m[4 * s], difference_q = m[3 * s] - m[4 * s];
    o[0] = m[0] + sum_p + sum_q;
    o[t] = P * difference_p + Q * difference_q;
    o[2 * t] = PP * sum_p + QQ * sum_q;
    o[3 * t] = P * PP * difference_p + Q * QQ * difference_q + m[5 * s];
}

INLINE void output_back(const vector *o, int s, vector *m, int t) {                   // A: 4 to 6
    vector even_p = o[0] + PP * o[2 * s], odd_p = P * (o[s] + PP * o[3 * s]);
    vector even_q = o[0] + QQ * o[2 * s], odd_q = Q * (o[s] + QQ * o[3 * s]);
    m[0] = o[0];
    m[t] = even_p + odd_p, m[2 * t] = even_p - odd_p, m[3 * t] = even_q + odd_q, m[4 * t] = even_q - odd_q;
    m[5 * t] = o[3 * s];
}

INLINE void weight(const vector *g, int s, vector *u, int t) {                        // G: 3 to 6
    vector even_p = (1 / NP) * g[0] + (PP / NP) * g[2 * s], odd_p = (P / NP) * g[s];
    vector even_q = (1 / NQ) * g[0] + (QQ / NQ) * g[2 * s], odd_q = (Q / NQ) * g[s];
    u[0] = (1 / N0) * g[0];
    u[t] = even_p + odd_p, u[2 * t] = even_p - odd_p, u[3 * t] = even_q + odd_q, u[4 * t] = even_q - odd_q;
    u[5 * t] = g[2 * s];
}

INLINE void weight_back(const vector *u, int s, vector *g, int t) {                   // G': 6 to 3
    vector sum_p = (1 / NP) * (u[s] + u[2 * s]), sum_q = (1 / NQ) * (u[3 * s] + u[4 * s]);
    g[0] = (1 / N0) * u[0] + sum_p + sum_q;
    g[t] = (P / NP) * (u[s] - u[2 * s]) + (Q / NQ) * (u[3 * s] - u[4 * s]);
    g[2 * t] = PP * sum_p + QQ * sum_q + u[5 * s];
}

// A one-dimensional map over the columns, then over the rows, of FROM x FROM values: TO x TO.
template <void map(const vector *, int, vector *, int), int FROM, int TO>
INLINE void both_ways(const vector *in, vector *out) {
    vector half[TO * FROM];
    #pragma GCC unroll 6
    for (int x = 0; x < FROM; x++) map(in + x, FROM, half + x, FROM);
    #pragma GCC unroll 6
    for (int y = 0; y < TO; y++) map(half + FROM * y, 1, out + TO * y, 1);
}
