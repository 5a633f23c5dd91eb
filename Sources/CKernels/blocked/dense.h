/* 1x1 convolutions and attention blocks: matrix products over lines of pixels, PASS_PIXELS at a time.
 *
 * The zero column between rows is computed like a pixel. A gate is zero there, which makes it zero again; after a
 * plain convolution it is cleared.
 */

enum { PASS_PIXELS = 4 * TILE_PIXELS };

/* The panels of all sources from pixel `first` of their lines. */
static int source_panels(const mtan_map *sources, int count, ptrdiff_t first, panel *panels) {
    for (int i = 0; i < count; i++) {
        panels[i].first = block_of(sources[i], 0) + first * BLOCK;
        panels[i].stride = sources[i].plane;
        panels[i].blocks = block_count(sources[i].channels);
    }
    return count;
}

/* The packed weights of output block `block`. */
INLINE const float *weights_of(const mtan_convolution *convolution, int block) {
    return (const float *)convolution->weights + (ptrdiff_t)block * BLOCK * convolution->taps * convolution->inputs;
}

INLINE void finish_line(float *line, int pixels, vector bias, mtan_activation activation) {
    for (int p = 0; p < pixels; p++) store(line + p * BLOCK, activated(activation, load(line + p * BLOCK) + bias));
}

static void finish_pixels(float *line, int pixels, vector bias, mtan_activation activation) {
    switch (activation) {
    case MTAN_LINEAR: finish_line(line, pixels, bias, MTAN_LINEAR); break;
    case MTAN_RELU: finish_line(line, pixels, bias, MTAN_RELU); break;
    case MTAN_SIGMOID: finish_line(line, pixels, bias, MTAN_SIGMOID); break;
    }
}

/* activation(bias + weights * panels) for the output blocks first ..< last; block first starts at `out`. */
static void convolve_line(const mtan_convolution *convolution, const panel *panels, int count, int pixels, int first,
                          int last, float *out, ptrdiff_t out_block) {
    for (int block = first; block < last; block += TILE_BLOCKS, out += TILE_BLOCKS * out_block) {
        int outputs = at_most(TILE_BLOCKS, last - block);
        multiply(pixels, outputs, panels, count, weights_of(convolution, block), out, out_block, 0,
                 block == first ? PASS_PIXELS * BLOCK : 0);
        for (int o = 0; o < outputs; o++) {
            finish_pixels(out + o * out_block, pixels, load(convolution->bias + (block + o) * BLOCK),
                          convolution->activation);
        }
    }
}

static void clear_columns(mtan_map out, mtan_range rows, int first, int last) {
    for (int block = first; block < last; block++) {
        for (int y = rows.first; y < rows.last; y++) {
            store(block_of(out, block) + (y * out.row + out.width) * BLOCK, splat(0));
        }
    }
}

static void convolve_1x1(const mtan_convolution *convolution, const mtan_map *sources, int count, mtan_map out,
                         mtan_range rows, mtan_range outputs) {
    int first = outputs.first / BLOCK, last = block_count(outputs.last);
    ptrdiff_t end = rows.last * out.row;
    panel panels[count];
    for (ptrdiff_t pixel = rows.first * out.row; pixel < end; pixel += PASS_PIXELS) {
        int pixels = end - pixel < PASS_PIXELS ? (int)(end - pixel) : PASS_PIXELS;
        source_panels(sources, count, pixel, panels);
        convolve_line(convolution, panels, count, pixels, first, last, block_of(out, first) + pixel * BLOCK,
                      out.plane);
    }
    clear_columns(out, rows, first, last);
}

static size_t dense_scratch(const mtan_convolution *first) {
    return (size_t)(block_count(first->outputs) + TILE_BLOCKS) * PASS_PIXELS * BLOCK * sizeof(float);
}

/* out = gate * sigmoid(mask + bias) for one block and line of pixels. */
static void gate_line(const float *mask, vector bias, const float *gate, float *out, int pixels, int streamed) {
    for (int i = 0; i < pixels * BLOCK; i += BLOCK) {
        __builtin_prefetch(gate + PASS_PIXELS * BLOCK + i);
        store_either(out + i, load(gate + i) * sigmoid(load(mask + i) + bias), streamed);
    }
}

/* The attended features of a line of pixels, whose hidden features are given. */
static void mask_line(const mtan_convolution *second, const float *hidden, mtan_map gate, mtan_map out,
                      ptrdiff_t pixel, int pixels, float *mask) {
    panel panels = {hidden, PASS_PIXELS * BLOCK, second->inputs / BLOCK};
    int blocks = block_count(second->outputs);
    for (int block = 0; block < blocks; block += TILE_BLOCKS) {
        int outputs = at_most(TILE_BLOCKS, blocks - block);
        multiply(pixels, outputs, &panels, 1, weights_of(second, block), mask, PASS_PIXELS * BLOCK, 0, 0);
        for (int o = 0; o < outputs; o++) {
            gate_line(mask + o * PASS_PIXELS * BLOCK, load(second->bias + (block + o) * BLOCK),
                      block_of(gate, block + o) + pixel * BLOCK, block_of(out, block + o) + pixel * BLOCK, pixels, is_streamed(out));
        }
    }
}

static void attend_1x1(const mtan_convolution *first, const mtan_convolution *second, const mtan_map *sources,
                       int count, mtan_map gate, mtan_map out, mtan_range rows, float *scratch) {
    float *mask = scratch, *hidden = scratch + TILE_BLOCKS * PASS_PIXELS * BLOCK;
    ptrdiff_t end = rows.last * out.row;
    panel panels[count];
    for (ptrdiff_t pixel = rows.first * out.row; pixel < end; pixel += PASS_PIXELS) {
        int pixels = end - pixel < PASS_PIXELS ? (int)(end - pixel) : PASS_PIXELS;
        source_panels(sources, count, pixel, panels);
        convolve_line(first, panels, count, pixels, 0, block_count(first->outputs), hidden, PASS_PIXELS * BLOCK);
        mask_line(second, hidden, gate, out, pixel, pixels, mask);
    }
    finish_stores();
}
