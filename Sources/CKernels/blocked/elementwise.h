/* Functions of single elements and of the channels of single pixels, and the way in and out of blocks. */

#include <math.h>

/* Sets `at` to each pixel's offset in a block, and clears the zero columns of `out` on the way. */
#define FOR_EACH_PIXEL(at, block, out, rows)                                                                  \
    for (int block = 0; block < block_count((out).channels); block++)                                         \
        for (int y = (rows).first; y < (rows).last; y++)                                                      \
            for (ptrdiff_t at = y * (out).row * BLOCK, x = 0; x <= (out).width; x++, at += BLOCK)

INLINE void activate_map(mtan_activation activation, mtan_map in, mtan_map out, mtan_range rows) {
    FOR_EACH_PIXEL(at, block, out, rows) {
        vector value = activated(activation, load(block_of(in, block) + at));
        store(block_of(out, block) + at, x < out.width ? value : splat(0));
    }
}

static void activate(mtan_activation activation, mtan_map in, mtan_map out, mtan_range rows) {
    switch (activation) {
    case MTAN_LINEAR: activate_map(MTAN_LINEAR, in, out, rows); break;
    case MTAN_RELU: activate_map(MTAN_RELU, in, out, rows); break;
    case MTAN_SIGMOID: activate_map(MTAN_SIGMOID, in, out, rows); break;
    }
}

static void scale_shift(const float *scale, const float *shift, mtan_map in, mtan_map out, mtan_range rows) {
    FOR_EACH_PIXEL(at, block, out, rows) {
        vector value = load(scale + block * BLOCK) * load(block_of(in, block) + at) + load(shift + block * BLOCK);
        store(block_of(out, block) + at, x < out.width ? value : splat(0));
    }
}

static void multiply_maps(mtan_map a, mtan_map b, mtan_map out, mtan_range rows) {
    FOR_EACH_PIXEL(at, block, out, rows) {
        vector value = load(block_of(a, block) + at) * load(block_of(b, block) + at);
        store(block_of(out, block) + at, x < out.width ? value : splat(0));
    }
}

/* Channel `channel` of the pixel at offset `at`. */
INLINE float *element(mtan_map map, int channel, ptrdiff_t at) {
    return block_of(map, channel / BLOCK) + at + channel % BLOCK;
}

/* One channel at a time: the parts of a concatenation need not be whole blocks. */
static void copy_channels(mtan_map in, mtan_map out, int first_channel, mtan_range rows) {
    for (int c = 0; c < in.channels; c++) {
        for (int y = rows.first; y < rows.last; y++) {
            for (int x = 0; x <= out.width; x++) {
                ptrdiff_t at = (y * out.row + x) * BLOCK;
                *element(out, first_channel + c, at) = x < out.width ? *element(in, c, at) : 0.0f;
            }
        }
    }
}

static void log_softmax(mtan_map in, mtan_map out, mtan_range rows) {
    for (int y = rows.first; y < rows.last; y++) {
        for (int x = 0; x < out.width; x++) {
            ptrdiff_t at = (y * in.row + x) * BLOCK;
            float largest = *element(in, 0, at);
            for (int c = 1; c < in.channels; c++) largest = fmaxf(largest, *element(in, c, at));
            float sum = 0.0f;
            for (int block = 0; block < block_count(in.channels); block++) {
                vector powers = exponential(load(block_of(in, block) + at) - largest);
                int channels = at_most(BLOCK, in.channels - block * BLOCK);
                for (int c = 0; c < channels; c++) sum += powers[c];
            }
            float offset = largest + logf(sum);
            for (int block = 0; block < block_count(in.channels); block++) {
                store(block_of(out, block) + at, load(block_of(in, block) + at) - offset);
            }
        }
    }
    FOR_EACH_PIXEL(at, block, out, rows) if (x == out.width) store(block_of(out, block) + at, splat(0));
}

static void unit_normalize(mtan_map in, mtan_map out, mtan_range rows) {
    for (int y = rows.first; y < rows.last; y++) {
        for (int x = 0; x < out.width; x++) {
            ptrdiff_t at = (y * in.row + x) * BLOCK;
            double sum = 0.0; /* in double: the square of a tiny component would vanish in float */
            for (int c = 0; c < in.channels; c++) sum += (double)*element(in, c, at) * *element(in, c, at);
            float factor = sum > 0.0 ? (float)(1.0 / sqrt(sum)) : 0.0f;
            for (int block = 0; block < block_count(in.channels); block++) {
                store(block_of(out, block) + at, load(block_of(in, block) + at) * factor);
            }
        }
    }
    FOR_EACH_PIXEL(at, block, out, rows) if (x == out.width) store(block_of(out, block) + at, splat(0));
}

static void read_dense(const float *dense, mtan_map out, mtan_range rows) {
    ptrdiff_t plane = (ptrdiff_t)out.height * out.width;
    FOR_EACH_PIXEL(at, block, out, rows) {
        vector value = splat(0);
        int channels = x < out.width ? at_most(BLOCK, out.channels - block * BLOCK) : 0;
        const float *from = dense + block * BLOCK * plane + (ptrdiff_t)y * out.width + x;
        for (int c = 0; c < channels; c++) value[c] = from[c * plane];
        store(block_of(out, block) + at, value);
    }
}

static void write_dense(mtan_map in, float *dense, mtan_range rows) {
    for (int c = 0; c < in.channels; c++) {
        for (int y = rows.first; y < rows.last; y++) {
            const float *from = element(in, c, y * in.row * BLOCK);
            float *to = dense + ((ptrdiff_t)c * in.height + y) * in.width;
            for (int x = 0; x < in.width; x++) to[x] = from[(ptrdiff_t)x * BLOCK];
        }
    }
}
