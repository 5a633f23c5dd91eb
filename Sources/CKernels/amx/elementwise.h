/* Functions of single elements and of the channels of single pixels, and the way in and out of blocks. */

/* Sets `pixel` to each pixel of each block, those of the zero columns included. */
#define FOR_EACH_PIXEL(pixel, x, block, out, rows)                                                            \
    for (int block = 0; block < block_count((out).channels); block++)                                         \
        for (int y = (rows).first; y < (rows).last; y++)                                                      \
            for (ptrdiff_t pixel = y * (out).row, x = 0; x <= (out).width; x++, pixel++)

INLINE lanes pixel_at(mtan_map map, int block, ptrdiff_t pixel) {
    return read_pixel(pixel_of(map, block, pixel), is_narrow(map.channels));
}

INLINE void set_pixel(mtan_map map, int block, ptrdiff_t pixel, lanes value) {
    write_pixel(pixel_of(map, block, pixel), value, is_narrow(map.channels));
}

static void activate(mtan_activation activation, mtan_map in, mtan_map out, mtan_range rows) {
    FOR_EACH_PIXEL(pixel, x, block, out, rows) {
        lanes value = activated(activation, pixel_at(in, block, pixel));
        set_pixel(out, block, pixel, x < out.width ? value : splat(0));
    }
}

static void scale_shift(const float *scale, const float *shift, mtan_map in, mtan_map out, mtan_range rows) {
    FOR_EACH_PIXEL(pixel, x, block, out, rows) {
        lanes factor = *(const lanes *)(scale + block * BLOCK), offset = *(const lanes *)(shift + block * BLOCK);
        lanes value = factor * pixel_at(in, block, pixel) + offset;
        set_pixel(out, block, pixel, x < out.width ? value : splat(0));
    }
}

static void multiply_maps(mtan_map a, mtan_map b, mtan_map out, mtan_range rows) {
    FOR_EACH_PIXEL(pixel, x, block, out, rows) {
        lanes value = pixel_at(a, block, pixel) * pixel_at(b, block, pixel);
        set_pixel(out, block, pixel, x < out.width ? value : splat(0));
    }
}

/* One channel at a time: the parts of a concatenation need not be whole blocks. */
static void copy_channels(mtan_map in, mtan_map out, int first_channel, mtan_range rows) {
    for (int first = first_channel; first < first_channel + in.channels; first += BLOCK - first % BLOCK) {
        const int block = first / BLOCK;
        const int last = at_most((block + 1) * BLOCK, first_channel + in.channels);
        for (int y = rows.first; y < rows.last; y++) {
            for (int x = 0; x < out.width; x++) {
                const ptrdiff_t pixel = y * out.row + x;
                lanes value = pixel_at(out, block, pixel);
                for (int c = first; c < last; c++) value[c % BLOCK] = element(in, c - first_channel, pixel);
                set_pixel(out, block, pixel, value);
            }
            set_pixel(out, block, y * out.row + out.width, splat(0));
        }
    }
}

/* The channels of block `block`, and what stands for others. */
INLINE lanes channels_at(mtan_map map, int block, ptrdiff_t pixel, float filler) {
    return cut(pixel_at(map, block, pixel), map.channels - block * BLOCK, filler);
}

static void log_softmax(mtan_map in, mtan_map out, mtan_range rows) {
    const int blocks = block_count(in.channels);
    for (int y = rows.first; y < rows.last; y++) {
        for (int x = 0; x < out.width; x++) {
            const ptrdiff_t pixel = y * in.row + x;
            float top = -INFINITY, total = 0.0f;
            for (int block = 0; block < blocks; block++) {
                top = fmaxf(top, largest(channels_at(in, block, pixel, -INFINITY)));
            }
            for (int block = 0; block < blocks; block++) {
                total += sum(exponential(channels_at(in, block, pixel, -INFINITY) - top));
            }
            const float offset = top + logf(total);
            for (int block = 0; block < blocks; block++) {
                set_pixel(out, block, pixel, channels_at(in, block, pixel, offset) - offset);
            }
        }
        for (int block = 0; block < blocks; block++) set_pixel(out, block, y * out.row + out.width, splat(0));
    }
}

/* By way of vectors whose largest component is 1, whose squares neither vanish nor overflow. */
static void unit_normalize(mtan_map in, mtan_map out, mtan_range rows) {
    const int blocks = block_count(in.channels);
    for (int y = rows.first; y < rows.last; y++) {
        for (int x = 0; x < out.width; x++) {
            const ptrdiff_t pixel = y * in.row + x;
            float top = 0.0f, total = 0.0f;
            for (int block = 0; block < blocks; block++) {
                lanes value = channels_at(in, block, pixel, 0.0f);
                top = fmaxf(top, largest(choose(value < 0.0f, -value, value)));
            }
            for (int block = 0; block < blocks; block++) {
                lanes value = channels_at(in, block, pixel, 0.0f) / top;
                total += sum(cut(value * value, in.channels - block * BLOCK, 0.0f));
            }
            const float length = sqrtf(total);
            for (int block = 0; block < blocks; block++) {
                lanes value = channels_at(in, block, pixel, 0.0f) / top / length;
                set_pixel(out, block, pixel, top > 0.0f ? value : splat(0));
            }
        }
        for (int block = 0; block < blocks; block++) set_pixel(out, block, y * out.row + out.width, splat(0));
    }
}

static void read_dense(const float *dense, mtan_map out, mtan_range rows) {
    const ptrdiff_t plane = (ptrdiff_t)out.height * out.width;
    FOR_EACH_PIXEL(pixel, x, block, out, rows) {
        lanes value = splat(0);
        int channels = x < out.width ? at_most(BLOCK, out.channels - block * BLOCK) : 0;
        const float *from = dense + block * BLOCK * plane + (ptrdiff_t)y * out.width + x;
        for (int c = 0; c < channels; c++) value[c] = from[c * plane];
        set_pixel(out, block, pixel, value);
    }
}

static void write_dense(mtan_map in, float *dense, mtan_range rows) {
    for (int c = 0; c < in.channels; c++) {
        for (int y = rows.first; y < rows.last; y++) {
            float *to = dense + ((ptrdiff_t)c * in.height + y) * in.width;
            for (int x = 0; x < in.width; x++) to[x] = element(in, c, y * in.row + x);
        }
    }
}
