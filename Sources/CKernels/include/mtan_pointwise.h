#ifndef MTAN_POINTWISE_H
#define MTAN_POINTWISE_H

#include "mtan_map.h"

/* All of these write rows `rows` of `out` and the zero column after each of them. */

/* activation(in), element by element. */
void mtan_activate(mtan_activation activation, mtan_map in, mtan_map out, mtan_range rows);

/* scale[c] * in + shift[c]: batch normalisation that could not be folded into a convolution. */
void mtan_scale_shift(const float *scale, const float *shift, mtan_map in, mtan_map out, mtan_range rows);

/* a * b, element by element. */
void mtan_multiply(mtan_map a, mtan_map b, mtan_map out, mtan_range rows);

/* The channels of `in` become channels first_channel ..< first_channel + in.channels of `out`. */
void mtan_copy_channels(mtan_map in, mtan_map out, int first_channel, mtan_range rows);

/* 2x2 max pooling with stride 2; `in` is twice as high and wide as `out`.
 *
 * `positions` may be NULL; else positions[c][y][x] (dense, as many as `out` has pixels) becomes the place of
 * the first maximum of the window in row-major order, 0 to 3. A NaN counts as the maximum.
 */
void mtan_max_pool(mtan_map in, mtan_map out, uint8_t *positions, mtan_range rows);

/* The inverse of mtan_max_pool: each value of `in` goes to its position in a 2x2 window of `out`, the other
 * three become 0. `rows` are rows of `in`. */
void mtan_max_unpool(mtan_map in, const uint8_t *positions, mtan_map out, mtan_range rows);

/* Bilinear enlargement to twice the height and width with the corner pixels of both aligned (PyTorch's
 * align_corners=True). */
void mtan_upsample_aligned(mtan_map in, mtan_map out, mtan_range rows);

/* in - log(sum of exp(in)) over the channels of each pixel. */
void mtan_log_softmax(mtan_map in, mtan_map out, mtan_range rows);

/* in / |in| over the channels of each pixel; a vector of length zero stays zero. */
void mtan_unit_normalize(mtan_map in, mtan_map out, mtan_range rows);

#endif
