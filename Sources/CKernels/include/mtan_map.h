#ifndef MTAN_MAP_H
#define MTAN_MAP_H

#include <stddef.h>
#include <stdint.h>

/* A feature map [channels, height, width], its channels in blocks of as many as the kernel family wants
 * (mtan_family.h).
 *
 * `origin` is pixel (0, 0) of channel 0. With blocks of B channels, channel c, row y, column x is element
 * (c / B) * plane + (y * row + x) * B + c % B from there: for B = 1 one plane per channel, for B = 16 one
 * 64-byte line per pixel and block. Channels that fill up the last block hold finite numbers that no weight
 * lets through.
 *
 * Maps are padded: row == width + 1, and there are zeros in the column after each row, in the row above the
 * first, in the row below the last, and in the one pixel before and after those rows. A 3x3 window can then walk
 * the pixels as one line: each tap is a constant offset, and the borders need no special case. The zero
 * column at the end of a row is also the left neighbour of the next row.
 */
typedef struct {
    void *origin;    /* floats, unless the family says otherwise */
    ptrdiff_t plane; /* elements from one channel block to the next */
    ptrdiff_t row;   /* pixels from one row to the next */
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

/* The rows (or channels) first ..< last. */
typedef struct {
    int first;
    int last;
} mtan_range;

#endif
