#include "png_filters.h"

static inline int16_t distance(int16_t value) { return value < 0 ? (int16_t)-value : value; }

/* PNG, section 9.4; without branches, so that compilers make vectors of it. */
static inline uint8_t paeth(int16_t left, int16_t above, int16_t corner) {
    int16_t to_left = distance((int16_t)(above - corner)), to_above = distance((int16_t)(left - corner));
    int16_t to_corner = distance((int16_t)(left + above - 2 * corner));
    int16_t other = to_above <= to_corner ? above : corner;
    return (uint8_t)(to_left <= to_above && to_left <= to_corner ? left : other);
}

void mtan_png_filter_row(
    mtan_png_filter filter, const uint8_t *restrict row, const uint8_t *restrict previous, size_t count, size_t pixel,
    uint8_t *restrict result) {
    /* Left of the first pixel are zeros, where Paeth's predictor is the sample above. */
    size_t plain = filter == MTAN_PNG_FILTER_UP || count < pixel ? count : pixel;
    for (size_t i = 0; i < plain; i++) result[i] = (uint8_t)(row[i] - previous[i]);
    for (size_t i = plain; i < count; i++)
        result[i] = (uint8_t)(row[i] - paeth(row[i - pixel], previous[i], previous[i - pixel]));
}
