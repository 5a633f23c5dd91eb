/* Pooling and its inverse, and enlargement. */
#include "../mtan_aligned.h"

typedef uint8_t places __attribute__((ext_vector_type(BLOCK), aligned(1)));

/* The larger of two; a NaN wins. */
INLINE lanes larger(lanes a, lanes b) { return choose((b > a) | (b != b), b, a); }

INLINE integers is_maximum(lanes value, lanes best, lanes least) {
    return (value >= least) | (value == best) | (value != value);
}

/* The maximum of the 2x2 window whose rows start at `upper` and `lower`, and the first place where it is, give or take
 * MTAN_TIE. */
INLINE lanes pool_window(const line *upper, const line *lower, int narrow, integers *position) {
    lanes a = read_pixel(upper, narrow), b = read_pixel(upper + PARTS, narrow);
    lanes c = read_pixel(lower, narrow), d = read_pixel(lower + PARTS, narrow);
    lanes best = larger(larger(a, b), larger(c, d));
    lanes least = best - MTAN_TIE * (lanes)((integers)best & 0x7fffffff);
    integers at_a = is_maximum(a, best, least), at_b = is_maximum(b, best, least), at_c = is_maximum(c, best, least);
    *position = ~at_a & ((at_b & 1) | (~at_b & ((at_c & 2) | (~at_c & 3))));
    return best;
}

INLINE ptrdiff_t first_place(mtan_map map, int block, int y) {
    return ((ptrdiff_t)block * map.height + y) * map.width * BLOCK;
}

/* One row of pooled pixels and its zero column; `place` may be NULL. */
static void pool_row(const line *upper, const line *lower, line *out, places *place, int width, int narrow) {
    for (int x = 0; x < width; x++) {
        integers position;
        lanes best = pool_window(upper + 2 * x * PARTS, lower + 2 * x * PARTS, narrow, &position);
        write_pixel(out + x * PARTS, best, narrow);
        if (place) place[x] = __builtin_convertvector(position, places);
    }
    write_pixel(out + width * PARTS, splat(0), narrow);
}

/* In narrow maps the second half of a pixel's positions repeats the first: max_unpool reads all lines alike. */
static void max_pool(mtan_map in, mtan_map out, uint8_t *positions, mtan_range rows) {
    for (int block = 0; block < block_count(out.channels); block++) {
        for (int y = rows.first; y < rows.last; y++) {
            const line *upper = pixel_of(in, block, 2 * y * in.row);
            places *place = positions ? (places *)(positions + first_place(out, block, y)) : 0;
            pool_row(upper, upper + in.row * PARTS, pixel_of(out, block, y * out.row), place, out.width,
                     is_narrow(out.channels));
        }
    }
}

/* `from` where `place` is `position`, else zeros, for all lines of a pixel. */
INLINE void put_where(line place, uint16_t position, const line *from, line *to) {
    line mask = (line)(place == position);
    for (int part = 0; part < PARTS; part++) to[part] = mask & from[part];
}

static void max_unpool(mtan_map in, const uint8_t *positions, mtan_map out, mtan_range rows) {
    for (int block = 0; block < block_count(in.channels); block++) {
        for (int y = rows.first; y < rows.last; y++) {
            const line *source = pixel_of(in, block, y * in.row);
            const places *from = (const places *)(positions + first_place(in, block, y));
            line *upper = pixel_of(out, block, 2 * y * out.row), *lower = upper + out.row * PARTS;
            for (int x = 0; x < in.width; x++, source += PARTS) {
                line place = __builtin_convertvector(from[x], line);
                put_where(place, 0, source, upper + 2 * x * PARTS);
                put_where(place, 1, source, upper + (2 * x + 1) * PARTS);
                put_where(place, 2, source, lower + 2 * x * PARTS);
                put_where(place, 3, source, lower + (2 * x + 1) * PARTS);
            }
            write_pixel(upper + out.width * PARTS, splat(0), 0);
            write_pixel(lower + out.width * PARTS, splat(0), 0);
        }
    }
}

INLINE lanes between(lanes first, lanes second, float fraction) { return first + (second - first) * fraction; }

/* One row between `upper` and `lower`. Each column is interpolated downwards once, where an output first reads
 * it. */
static void upsample_row(const line *upper, const line *lower, float down, int in_width, line *out, int width,
                         int narrow) {
    lanes left = between(read_pixel(upper, narrow), read_pixel(lower, narrow), down), next = left;
    int column = -1;
    for (int x = 0; x < width; x++) {
        float right;
        int wanted = mtan_locate_aligned(x, in_width, width, &right);
        while (column < wanted) {
            column++;
            int following = at_most(column + 1, in_width - 1) * PARTS;
            left = next;
            next = between(read_pixel(upper + following, narrow), read_pixel(lower + following, narrow), down);
        }
        write_pixel(out + x * PARTS, between(left, next, right), narrow);
    }
    write_pixel(out + width * PARTS, splat(0), narrow);
}

static void upsample_aligned(mtan_map in, mtan_map out, mtan_range rows) {
    for (int block = 0; block < block_count(out.channels); block++) {
        for (int y = rows.first; y < rows.last; y++) {
            float down;
            int above = mtan_locate_aligned(y, in.height, out.height, &down);
            const line *upper = pixel_of(in, block, above * in.row);
            const line *lower = pixel_of(in, block, at_most(above + 1, in.height - 1) * in.row);
            upsample_row(upper, lower, down, in.width, pixel_of(out, block, y * out.row), out.width,
                         is_narrow(out.channels));
        }
    }
}
