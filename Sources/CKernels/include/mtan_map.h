#ifndef MTAN_MAP_H
#define MTAN_MAP_H

#include <stddef.h>
#include <stdint.h>

/* A feature map [channels, height, width] of floats, one plane per channel.
 *
 * `origin` is pixel (0, 0) of channel 0; channel c, row y, column x is origin[c * plane + y * row + x].
 *
 * A padded map has row == width + 1 and zeros in the column after each row, in the row above the first, in
 * the row below the last, and in the one float before and after those rows. A 3x3 convolution can then walk
 * the pixels as one line: each tap is a constant offset, and the borders need no special case. The zero
 * column at the end of a row is also the left neighbour of the next row.
 */
typedef struct {
    float *origin;
    ptrdiff_t plane;
    ptrdiff_t row;
    int channels;
    int height;
    int width;
} mtan_map;

/* What follows a convolution. */
typedef enum {
    MTAN_LINEAR = 0,
    MTAN_RELU = 1,
    MTAN_SIGMOID = 2,
} mtan_activation;

/* The rows first ..< last of a map. */
typedef struct {
    int first;
    int last;
} mtan_range;

#endif
