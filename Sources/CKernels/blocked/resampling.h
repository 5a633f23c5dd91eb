/* Pooling and its inverse, and enlargement. */
#include "../mtan_aligned.h"

typedef uint8_t position_vector __attribute__((ext_vector_type(BLOCK), aligned(1)));

INLINE ivector is_maximum(vector value, vector best, vector least) {
    return (value >= least) | (value == best) | (value != value);
}

/* The maximum of a 2x2 window and the first place where it is, give or take MTAN_TIE. */
INLINE vector pool_window(vector a, vector b, vector c, vector d, ivector *position) {
    vector best = larger(larger(a, b), larger(c, d));
    vector least = best - MTAN_TIE * (vector)((ivector)best & 0x7fffffff);
    ivector at_a = is_maximum(a, best, least), at_b = is_maximum(b, best, least), at_c = is_maximum(c, best, least);
    *position = ~at_a & ((at_b & 1) | (~at_b & ((at_c & 2) | (~at_c & 3))));
    return best;
}

INLINE void store_positions(uint8_t *to, ivector positions) {
    *(position_vector *)to = __builtin_convertvector(positions, position_vector);
}

INLINE uint8_t *positions_of(uint8_t *positions, mtan_map map, int block, int y) {
    return positions + ((ptrdiff_t)block * map.height + y) * map.width * BLOCK;
}

static void max_pool(mtan_map in, mtan_map out, uint8_t *positions, mtan_range rows) {
    for (int block = 0; block < block_count(out.channels); block++) {
        for (int y = rows.first; y < rows.last; y++) {
            const float *upper = block_of(in, block) + 2 * y * in.row * BLOCK, *lower = upper + in.row * BLOCK;
            float *target = block_of(out, block) + y * out.row * BLOCK;
            uint8_t *place = positions ? positions_of(positions, out, block, y) : 0;
            for (int x = 0; x < out.width * BLOCK; x += BLOCK) {
                ivector position;
                store(target + x, pool_window(load(upper + 2 * x), load(upper + 2 * x + BLOCK), load(lower + 2 * x),
                                              load(lower + 2 * x + BLOCK), &position));
                if (place) store_positions(place + x, position);
            }
            store(target + out.width * BLOCK, splat(0));
        }
    }
}

INLINE vector where(ivector positions, int position, vector value) {
    return (vector)((positions == position) & (ivector)value);
}

static void max_unpool(mtan_map in, const uint8_t *positions, mtan_map out, mtan_range rows) {
    for (int block = 0; block < block_count(in.channels); block++) {
        for (int y = rows.first; y < rows.last; y++) {
            const float *source = block_of(in, block) + y * in.row * BLOCK;
            const uint8_t *place = positions_of((uint8_t *)positions, in, block, y);
            float *upper = block_of(out, block) + 2 * y * out.row * BLOCK, *lower = upper + out.row * BLOCK;
            for (int x = 0; x < in.width * BLOCK; x += BLOCK) {
                ivector position = __builtin_convertvector(*(const position_vector *)(place + x), ivector);
                vector value = load(source + x);
                store(upper + 2 * x, where(position, 0, value));
                store(upper + 2 * x + BLOCK, where(position, 1, value));
                store(lower + 2 * x, where(position, 2, value));
                store(lower + 2 * x + BLOCK, where(position, 3, value));
            }
            store(upper + out.width * BLOCK, splat(0));
            store(lower + out.width * BLOCK, splat(0));
        }
    }
}

/* One row between `upper` and `lower`. Each column is interpolated downwards once, where an output first reads
 * it. */
static void upsample_row(const float *upper, const float *lower, float down, int in_width, float *out, int width) {
    vector left = (1.0f - down) * load(upper) + down * load(lower), next = left;
    int column = -1;
    for (int x = 0; x < width; x++) {
        float right;
        int wanted = mtan_locate_aligned(x, in_width, width, &right);
        while (column < wanted) {
            column++;
            int following = at_most(column + 1, in_width - 1) * BLOCK;
            left = next;
            next = (1.0f - down) * load(upper + following) + down * load(lower + following);
        }
        store(out + x * BLOCK, (1.0f - right) * left + right * next);
    }
    store(out + width * BLOCK, splat(0));
}

static void upsample_aligned(mtan_map in, mtan_map out, mtan_range rows) {
    for (int block = 0; block < block_count(out.channels); block++) {
        for (int y = rows.first; y < rows.last; y++) {
            float down;
            int above = mtan_locate_aligned(y, in.height, out.height, &down);
            const float *upper = block_of(in, block) + above * in.row * BLOCK;
            const float *lower = block_of(in, block) + at_most(above + 1, in.height - 1) * in.row * BLOCK;
            upsample_row(upper, lower, down, in.width, block_of(out, block) + y * out.row * BLOCK, out.width);
        }
    }
}
