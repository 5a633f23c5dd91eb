/* 3x3 convolutions whose results matter to a max pooling alone: some rows at a time are convolved into scratch memory,
 * which stays in the second-level cache, and pooled from there.
 */

enum { UNPOOLED_BYTES = 256 * 1024 };

/* Rows of the sources at a time, an even number. */
INLINE int rows_at_once(int blocks, ptrdiff_t row) {
    int pairs = (int)(UNPOOLED_BYTES / (2 * row * blocks * PARTS * 64));
    return pairs < 1 ? 2 : 2 * pairs;
}

/* `row` is that of the output: the rows of sources to be pooled have one pixel less than two of them. */
static size_t convolve_scratch(const mtan_convolution *convolution, ptrdiff_t row) {
    if (convolution->taps == 1) return 0;
    const size_t blocks = (size_t)block_count(convolution->outputs);
    const size_t two_rows = blocks * 2 * (size_t)(2 * row) * PARTS * sizeof(line);
    return (two_rows < UNPOOLED_BYTES ? UNPOOLED_BYTES : two_rows) + blocks * sizeof(line);
}

/* Pools `rows` rows of `row` pixels into the rows of `out` from `first`; the output blocks `blocks` of them are
 * `plane` lines apart. */
static void pool_rows(const line *unpooled, ptrdiff_t plane, ptrdiff_t row, int rows, mtan_map out, int first,
                      mtan_range blocks) {
    for (int block = blocks.first; block < blocks.last; block++, unpooled += plane) {
        for (int y = 0; y < rows / 2; y++) {
            const line *upper = unpooled + 2 * y * row * PARTS;
            pool_row(upper, upper + row * PARTS, pixel_of(out, block, (first + y) * out.row), 0, out.width,
                     is_narrow(out.channels));
        }
    }
}

static void convolve_pooled(const mtan_convolution *convolution, const mtan_map *sources, int count, mtan_map out,
                            mtan_range rows, mtan_range outputs, void *scratch) {
    const ptrdiff_t row = sources[0].row;
    const mtan_range blocks = {outputs.first / BLOCK, block_count(outputs.last)};
    const int step = rows_at_once(blocks.last - blocks.first, row);
    const ptrdiff_t plane = (step * row * PARTS) | 1; /* no multiple of 4096 bytes */
    panel panels[count];
    operand inputs = {panels, count, 3, row};
    for (int first = rows.first; first < rows.last; first += step) {
        const int taken = at_most(step, rows.last - first), pixels = (int)(taken * row);
        source_panels(sources, count, first * row, panels);
        target to = {
            .out = (line *)scratch - blocks.first * plane, .out_plane = plane,
            .out_narrow = is_narrow(out.channels), .column = INT_MAX, .bias = convolution->bias,
            .activation = convolution->activation,
        };
        tile_begin(at_most(pixels, TILE_ROWS));
        multiply_span(convolution, &inputs, &to, pixels, chunk_pixels(&inputs), blocks);
        tile_end();
        pool_rows(scratch, plane, row, taken, out, first / 2, blocks);
    }
}
