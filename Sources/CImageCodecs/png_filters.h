#ifndef MTAN_PNG_FILTERS_H
#define MTAN_PNG_FILTERS_H

#include "CImageCodecs.h"

/* Filters one row of `count` bytes into `result`; `previous` is the row above, zeros above the first, and `pixel`
 * the bytes of a pixel. */
void mtan_png_filter_row(
    mtan_png_filter filter, const uint8_t *restrict row, const uint8_t *restrict previous, size_t count, size_t pixel,
    uint8_t *restrict result);

#endif
