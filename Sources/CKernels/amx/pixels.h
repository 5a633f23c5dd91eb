/* Feature maps in bfloat16, as the tiles read them.
 *
 * A pixel of a channel block is PARTS lines of 32 numbers. With PARTS == 1 an element is one bfloat16. With PARTS == 2
 * it is the sum of two, the second what rounding left over of the first: all first parts, then all second parts.
 *
 * A map of at most 16 channels would leave half of every line empty. With PARTS == 1 that half holds the second parts
 * instead: such a map is called narrow. Images, scores and depths so keep 16 bits of their values, and so does what
 * decides where the maxima of a slim network's first level are, which its accuracy hangs on.
 */
#include "mtan_family.h"

#include <stdint.h>

#define BLOCK 32
#define INLINE static inline __attribute__((always_inline))

typedef float half __attribute__((ext_vector_type(BLOCK / 2)));

/* All channels of a pixel: two registers, so no more than 64 bytes of alignment. */
typedef float lanes __attribute__((ext_vector_type(BLOCK), aligned(64)));
typedef int32_t integers __attribute__((ext_vector_type(BLOCK), aligned(64)));
typedef uint16_t line __attribute__((ext_vector_type(BLOCK)));

INLINE int at_most(int value, int limit) { return value < limit ? value : limit; }

/* The number of channel blocks that hold `channels`. */
INLINE int block_count(int channels) { return (channels + BLOCK - 1) / BLOCK; }

INLINE int is_narrow(int channels) { return PARTS == 1 && channels <= BLOCK / 2; }

/* Lines from one channel block to the next. */
INLINE ptrdiff_t plane_of(mtan_map map) { return map.plane * PARTS / BLOCK; }

/* Pixel `pixel` of a channel block, counted along the rows. */
INLINE line *pixel_of(mtan_map map, int block, ptrdiff_t pixel) {
    return (line *)map.origin + block * plane_of(map) + pixel * PARTS;
}

INLINE lanes splat(float value) { return (lanes)value; }

INLINE lanes join(half low, half high) {
    lanes joined;
    joined.lo = low;
    joined.hi = high;
    return joined;
}

/* Where `mask` is all ones, a, else b. */
INLINE lanes choose(integers mask, lanes a, lanes b) { return (lanes)((mask & (integers)a) | (~mask & (integers)b)); }

/* bfloat16 to float: exact. */
INLINE lanes widened(line numbers) { return (lanes)(__builtin_convertvector(numbers, integers) << 16); }

/* Float to bfloat16, to nearest, ties to even. */
INLINE line rounded(lanes values) { return (line)_mm512_cvtne2ps_pbh((__m512)values.hi, (__m512)values.lo); }

/* The channels of a pixel; those of a narrow map twice. */
INLINE lanes read_pixel(const line *from, int narrow) {
    lanes values = widened(from[0]);
    if (PARTS == 2) return values + widened(from[PARTS - 1]);
    return narrow ? join(values.lo + values.hi, values.lo + values.hi) : values;
}

/* What rounding leaves over: nothing of infinities and NaN. */
INLINE lanes remainder_of(lanes values, line first) {
    lanes difference = values - widened(first);
    return choose(difference == difference, difference, splat(0));
}

INLINE void write_pixel(line *to, lanes values, int narrow) {
    line first = rounded(values);
    if (narrow) first = rounded(join(values.lo, remainder_of(values, first).lo));
    to[0] = first;
    if (PARTS == 2) to[PARTS - 1] = rounded(remainder_of(values, first));
}

INLINE float number_at(const line *from, int lane) {
    uint32_t bits = (uint32_t)((const uint16_t *)from)[lane] << 16;
    float value;
    __builtin_memcpy(&value, &bits, sizeof value);
    return value;
}

/* One channel of a pixel. */
INLINE float element(mtan_map map, int channel, ptrdiff_t pixel) {
    const line *from = pixel_of(map, channel / BLOCK, pixel);
    float value = number_at(from, channel % BLOCK);
    if (PARTS == 2) return value + number_at(from + PARTS - 1, channel % BLOCK);
    return is_narrow(map.channels) ? value + number_at(from, BLOCK / 2 + channel) : value;
}
