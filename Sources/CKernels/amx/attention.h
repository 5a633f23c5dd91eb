/* Attention blocks: hidden features and masks of a few pixels at a time, in one pass over the sources. */

/* Pixels of a pass: the hidden features stay within 64 KiB, and weights are read for several tile blocks at least. */
INLINE int pass_pixels(int hidden_blocks) {
    int pixels = 1024 / hidden_blocks / TILE_BLOCK * TILE_BLOCK;
    return pixels < 64 ? 64 : at_most(pixels, 256);
}

/* Passes are of nearly equal size, and no multiple of 4096 bytes apart from block to block. */
INLINE ptrdiff_t hidden_plane(int hidden_blocks) { return (pass_pixels(hidden_blocks) + TILE_ROWS) * PARTS + 1; }

static size_t attend_scratch(const mtan_convolution *first, const mtan_convolution *second, ptrdiff_t row) {
    (void)second, (void)row;
    int blocks = block_count(first->outputs);
    return (size_t)(blocks * hidden_plane(blocks)) * sizeof(line);
}

/* The attended features of `pixels` pixels from `start`; `hidden` has room for those of the first convolution. */
static void attend_pixels(const mtan_convolution *first, const mtan_convolution *second, const mtan_map *sources,
                          int count, mtan_map gate, mtan_map out, ptrdiff_t start, int pixels, line *hidden) {
    const int blocks = block_count(first->outputs);
    panel panels[count], hidden_panel = {hidden, hidden_plane(blocks), blocks, is_narrow(first->outputs)};
    source_panels(sources, count, start, panels);
    operand all_sources = {panels, count, 1, 0}, hidden_features = {&hidden_panel, 1, 1, 0};
    target to_hidden = {
        .out = hidden, .out_plane = hidden_plane(blocks), .out_narrow = is_narrow(first->outputs),
        .column = INT_MAX, .bias = first->bias, .activation = first->activation,
    };
    target to_out = map_target(second, out, start);
    to_out.gate = pixel_of(gate, 0, start);
    to_out.gate_plane = plane_of(gate);
    to_out.gate_narrow = is_narrow(gate.channels);
    multiply_span(first, &all_sources, &to_hidden, pixels, pixels, (mtan_range){0, blocks});
    multiply_span(second, &hidden_features, &to_out, pixels, pixels, (mtan_range){0, block_count(second->outputs)});
}

static void attend(const mtan_convolution *first, const mtan_convolution *second, const mtan_map *sources, int count,
                   mtan_map gate, mtan_map out, mtan_range rows, void *scratch) {
    const int pixels = (int)((rows.last - rows.first) * out.row), most = pass_pixels(block_count(first->outputs));
    const int passes = (pixels + most - 1) / most;
    tile_begin(at_most(pixels, TILE_ROWS));
    for (int pass = 0, start = 0; pass < passes; pass++) {
        int end = (int)((int64_t)pixels * (pass + 1) / passes);
        if (end < pixels) end = end / TILE_ROWS * TILE_ROWS;
        attend_pixels(first, second, sources, count, gate, out, rows.first * out.row + start, end - start, scratch);
        start = end;
    }
    tile_end();
}
