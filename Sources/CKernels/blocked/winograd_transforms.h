/* Winograd's minimal filtering F(4x4, 3x3): a 4x4 tile of a 3x3 convolution takes 36 products instead of 144.
 *
 * Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks" (arXiv 1509.09308), with the
 * interpolation points 0, +-5/8, +-3/2 and infinity in place of 0, +-1, +-2: all constants are exact in binary,
 * and the rounding errors are less than half as large.
 */
#define WINOGRAD_TILE 4
#define WINOGRAD_WINDOW 6
#define WINOGRAD_PRODUCTS 36

/* The points, their squares, and m'(p) where m(x) = x (x^2 - P^2) (x^2 - Q^2). */
#define P 0.625f
#define Q 1.5f
#define PP (P * P)
#define QQ (Q * Q)
#define NORM_0 (PP * QQ)
#define NORM_P (2.0f * PP * (PP - QQ))
#define NORM_Q (2.0f * QQ * (QQ - PP))

/* One row or column of B' d B. */
INLINE void transform_input(const vector d[6], vector out[6]) {
    vector even_p = d[4] - QQ * d[2], odd_p = d[3] - QQ * d[1];
    vector even_q = d[4] - PP * d[2], odd_q = d[3] - PP * d[1];
    out[0] = (d[4] - (PP + QQ) * d[2]) + NORM_0 * d[0];
    out[1] = even_p + P * odd_p;
    out[2] = even_p - P * odd_p;
    out[3] = even_q + Q * odd_q;
    out[4] = even_q - Q * odd_q;
    out[5] = (d[5] - (PP + QQ) * d[3]) + NORM_0 * d[1];
}

/* One row or column of G g G'. */
INLINE void transform_weights(const vector g[3], vector out[6]) {
    vector even_p = g[0] * (1.0f / NORM_P) + g[2] * (PP / NORM_P), odd_p = g[1] * (P / NORM_P);
    vector even_q = g[0] * (1.0f / NORM_Q) + g[2] * (QQ / NORM_Q), odd_q = g[1] * (Q / NORM_Q);
    out[0] = g[0] * (1.0f / NORM_0);
    out[1] = even_p + odd_p;
    out[2] = even_p - odd_p;
    out[3] = even_q + odd_q;
    out[4] = even_q - odd_q;
    out[5] = g[2];
}

/* One row or column of A' m A. */
INLINE void transform_output(const vector m[6], vector out[4]) {
    vector sum_p = m[1] + m[2], difference_p = m[1] - m[2];
    vector sum_q = m[3] + m[4], difference_q = m[3] - m[4];
    out[0] = m[0] + (sum_p + sum_q);
    out[1] = P * difference_p + Q * difference_q;
    out[2] = PP * sum_p + QQ * sum_q;
    out[3] = (P * PP * difference_p + Q * QQ * difference_q) + m[5];
}

#undef P
#undef Q
#undef PP
#undef QQ
#undef NORM_0
#undef NORM_P
#undef NORM_Q
