/* Convolutions: products over spans, which are runs of pixels in the order of memory. The zero column between rows
 * is computed like a pixel, then cleared.
 */

/* Channel blocks over all panels. */
INLINE int input_blocks(const operand *inputs) {
    int blocks = 0;
    for (int i = 0; i < inputs->count; i++) blocks += inputs->panels[i].blocks;
    return blocks;
}

/* Lines of the packed weights of one output block. */
INLINE ptrdiff_t weight_lines(const operand *inputs) {
    ptrdiff_t lines = 0;
    for (int i = 0; i < inputs->count; i++) {
        lines += inputs->panels[i].blocks * step_lines(inputs->panels[i].narrow);
    }
    return lines * inputs->side * inputs->side;
}

/* The first pixel of the zero column that is not before `pixel`. */
INLINE int column_from(const target *to, int pixel) {
    if (pixel <= to->column) return to->column;
    return to->column + (pixel - to->column + to->row - 1) / to->row * to->row;
}

/* One output block for the pixels first ..< last of a span of `last` pixels or more. Its last tile block ends at
 * `last`, and for that may start with pixels that are already done. `tile_columns` is 2, or 1 where all outputs fit
 * into one tile. */
static void multiply_output_block(const operand *inputs, const target *to, const line *weights, int block, int first,
                                  int last, int tile_columns, lookahead ahead, pending_sums *pending) {
    const int rows_of_taps = input_blocks(inputs) * inputs->side;
    const int pace = (TILE_BLOCK + rows_of_taps - 1) / rows_of_taps;
    for (int pixel = first; pixel < last;) {
        int tile_rows = last - pixel > TILE_ROWS && last >= TILE_BLOCK ? 2 : 1;
        int start = at_most(pixel, last - tile_rows * TILE_ROWS);
        if (start < 0) start = 0;
        int end = at_most(start + tile_rows * TILE_ROWS, last);
        block_products[inputs->side / 2][tile_rows - 1][tile_columns - 1](inputs, start, weights, ahead, pending, pace);
        ahead.weights += (ptrdiff_t)ahead.lines * rows_of_taps;
        pending->to = *to;
        pending->block = block;
        pending->first = start;
        pending->next = pixel - start;
        pending->count = end - start;
        pending->column = column_from(to, pixel) - start;
        pixel = end;
    }
}

/* How much of the next output block's weights each row of taps prefetches, so that all of them are there in time. */
static lookahead look_ahead(const operand *inputs, const line *next, int pixels) {
    const int steps = (pixels + TILE_BLOCK - 1) / TILE_BLOCK * input_blocks(inputs) * inputs->side;
    const ptrdiff_t lines = weight_lines(inputs);
    /* Fewer stay in the cache by themselves, and so do those of 1x1 convolutions. */
    if (inputs->side == 1 || lines * 64 < 64 * 1024 * PARTS) return (lookahead){next, 0, 0};
    return (lookahead){next, (int)((lines + steps - 1) / steps), 0};
}

/* The output blocks `blocks` of a convolution for all `pixels` of a span, which the tiles are configured for. `chunk`
 * pixels at a time are taken through all blocks, while they are in the cache. */
static void multiply_span(const mtan_convolution *convolution, const operand *inputs, const target *to, int pixels,
                          int chunk, mtan_range blocks) {
    const line *weights = convolution->weights;
    const ptrdiff_t lines = weight_lines(inputs);
    pending_sums pending;
    pending.to = *to;
    pending.block = blocks.first;
    pending.first = pending.next = pending.count = 0;
    pending.column = TILE_BLOCK;
    for (int first = 0; first < pixels; first += chunk) {
        int last = at_most(first + chunk, pixels);
        for (int block = blocks.first; block < blocks.last; block++) {
            int next = block + 1 < blocks.last ? block + 1 : blocks.first;
            lookahead ahead = look_ahead(inputs, weights + next * lines, last - first);
            ahead.next_pixels = block == blocks.first && inputs->side == 3;
            int tile_columns = convolution->outputs - block * BLOCK > BLOCK / 2 ? 2 : 1;
            multiply_output_block(inputs, to, weights + block * lines, block, first, last, tile_columns, ahead,
                                  &pending);
        }
    }
    finish_some(&pending, TILE_BLOCK);
}

/* The panels of all sources from pixel `first`. */
static void source_panels(const mtan_map *sources, int count, ptrdiff_t first, panel *panels) {
    for (int i = 0; i < count; i++) {
        panels[i].first = pixel_of(sources[i], 0, first);
        panels[i].plane = plane_of(sources[i]);
        panels[i].blocks = block_count(sources[i].channels);
        panels[i].narrow = is_narrow(sources[i].channels);
    }
}

/* The results of a convolution in a map, for spans from pixel `first`. */
static target map_target(const mtan_convolution *convolution, mtan_map out, ptrdiff_t first) {
    return (target){
        .out = pixel_of(out, 0, first), .out_plane = plane_of(out), .out_narrow = is_narrow(out.channels),
        .column = (int)((out.width - first % out.row + out.row) % out.row), .row = (int)out.row,
        .bias = convolution->bias, .activation = convolution->activation,
    };
}

/* Pixels whose inputs, with a window's rows around them, fill about a quarter of the second-level cache. */
static int chunk_pixels(const operand *inputs) {
    int pixels = 512 * 1024 / (input_blocks(inputs) * PARTS * 64);
    return pixels < 256 ? 256 : pixels / TILE_BLOCK * TILE_BLOCK;
}

static void convolve(const mtan_convolution *convolution, const mtan_map *sources, int count, mtan_map out,
                     mtan_range rows, mtan_range outputs, void *scratch) {
    (void)scratch;
    const ptrdiff_t first = rows.first * out.row;
    const int pixels = (int)((rows.last - rows.first) * out.row);
    panel panels[count];
    source_panels(sources, count, first, panels);
    operand inputs = {panels, count, convolution->taps == 1 ? 1 : 3, out.row};
    target to = map_target(convolution, out, first);
    tile_begin(at_most(pixels, TILE_ROWS));
    multiply_span(convolution, &inputs, &to, pixels, chunk_pixels(&inputs),
                  (mtan_range){outputs.first / BLOCK, block_count(outputs.last)});
    tile_end();
}
