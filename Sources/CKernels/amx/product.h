/* The matrix product below all convolutions: TILE_BLOCK pixels by channels by 32 outputs at a time.
 *
 * Two tiles of inputs meet two of weights, so each is loaded once for two multiplications. Where elements have two
 * parts, first parts meet first parts, and second parts the first parts of the other side; the products of two second
 * parts are below what the sums can hold. A narrow source has both parts of its pixels in one tile.
 */

/* The weights of 32 channels, a step, are [parts of a weight][2 halves of the outputs] tiles of 16 lines. */
enum { TILE_LINES = 16 };

/* A weight has two parts if the elements that it meets have. */
INLINE int step_lines(int narrow) { return (narrow ? 2 : PARTS) * 2 * TILE_LINES; }

/* Channel blocks of a source, at the first pixel of a span. */
typedef struct {
    const line *first;
    ptrdiff_t plane; /* lines from one channel block to the next */
    int blocks;
    int narrow;
} panel;

/* The left side of a product, the same for all outputs and pixels. */
typedef struct {
    const panel *panels;
    int count;
    int side; /* 1, or 3 for windows */
    ptrdiff_t row;
} operand;

/* What to fetch into the second-level cache meanwhile. */
typedef struct {
    const line *weights; /* of the next output block */
    int lines;           /* of those, after each row of taps */
    int next_pixels;     /* whether the pixels after these have not been read yet */
} lookahead;

/* Tiles 4 and 5 are the inputs, 6 and 7 the weights, 0 to 3 the sums [inputs][weights]. */
INLINE void multiply_parts(int tile_rows, int tile_columns, const line *in, const line *weights) {
    tile_load(6, weights, 64);
    tile_load(4, in, 64 * PARTS);
    tile_multiply(0, 4, 6);
    if (tile_columns == 2) {
        tile_load(7, weights + TILE_LINES, 64);
        tile_multiply(1, 4, 7);
    }
    if (tile_rows == 2) {
        tile_load(5, in + TILE_ROWS * PARTS, 64 * PARTS);
        tile_multiply(2, 5, 6);
        if (tile_columns == 2) tile_multiply(3, 5, 7);
    }
}

/* multiply_parts with the weights that are in tiles 6 and 7. */
INLINE void multiply_other_inputs(int tile_rows, int tile_columns, const line *in) {
    tile_load(4, in, 64 * PARTS);
    tile_multiply(0, 4, 6);
    if (tile_columns == 2) tile_multiply(1, 4, 7);
    if (tile_rows == 2) {
        tile_load(5, in + TILE_ROWS * PARTS, 64 * PARTS);
        tile_multiply(2, 5, 6);
        if (tile_columns == 2) tile_multiply(3, 5, 7);
    }
}

/* multiply_parts with the inputs that are in tiles 4 and 5. */
INLINE void multiply_other_weights(int tile_rows, int tile_columns, const line *weights) {
    tile_load(6, weights, 64);
    tile_multiply(0, 4, 6);
    if (tile_rows == 2) tile_multiply(2, 5, 6);
    if (tile_columns == 2) {
        tile_load(7, weights + TILE_LINES, 64);
        tile_multiply(1, 4, 7);
        if (tile_rows == 2) tile_multiply(3, 5, 7);
    }
}

/* sums += 32 channels of the pixels from `in` * one step of weights, for tile_rows * 16 pixels and tile_columns * 16
 * outputs. */
INLINE void multiply_step(int tile_rows, int tile_columns, int narrow, const line *in, const line *weights) {
    multiply_parts(tile_rows, tile_columns, in + PARTS - 1, weights);
    if (PARTS == 2) multiply_other_inputs(tile_rows, tile_columns, in);
    if (PARTS == 2 || narrow) multiply_other_weights(tile_rows, tile_columns, weights + 2 * TILE_LINES);
}

INLINE void prefetch_lines(const line *from, int count) {
    for (int i = 0; i < count; i++) __builtin_prefetch(from + i, 0, 2);
}

/* sums += the channel blocks of a panel * their `weights`, [channel blocks][side * side] steps. Finishes `pending` on
 * the way, `pace` pixels a row of taps. */
INLINE void multiply_panel(int side, int tile_rows, int tile_columns, int narrow, panel panel, ptrdiff_t row,
                           const line *weights, lookahead *ahead, pending_sums *pending, int pace) {
    const line *in = panel.first;
    for (int block = 0; block < panel.blocks; block++, in += panel.plane) {
        for (int y = -(side / 2); y <= side / 2; y++) {
            for (int x = -(side / 2); x <= side / 2; x++, weights += step_lines(narrow)) {
                multiply_step(tile_rows, tile_columns, narrow, in + (y * row + x) * PARTS, weights);
            }
            finish_some(pending, pace);
            prefetch_lines(ahead->weights, ahead->lines);
            ahead->weights += ahead->lines;
        }
        /* Of the pixels that follow these, the lowest row is the one that no block has read. */
        if (ahead->next_pixels) prefetch_lines(in + (side / 2 * row + TILE_BLOCK) * PARTS, TILE_BLOCK * PARTS);
    }
}

/* The sums of a tile block whose first pixel is `pixel` of the span, into `pending`, after finishing what was there.
 * `weights` are those of its output block, for one panel after the other. */
INLINE void multiply_block(int side, int tile_rows, int tile_columns, const operand *inputs, ptrdiff_t pixel,
                           const line *weights, lookahead ahead, pending_sums *pending, int pace) {
    tile_zero(0);
    tile_zero(1);
    tile_zero(2);
    tile_zero(3);
    for (int i = 0; i < inputs->count; i++) {
        panel panel = inputs->panels[i];
        panel.first += pixel * PARTS;
        if (PARTS == 1 && panel.narrow) {
            multiply_panel(side, tile_rows, tile_columns, 1, panel, inputs->row, weights, &ahead, pending, pace);
        } else {
            multiply_panel(side, tile_rows, tile_columns, 0, panel, inputs->row, weights, &ahead, pending, pace);
        }
        weights += panel.blocks * side * side * step_lines(panel.narrow);
    }
    finish_some(pending, TILE_BLOCK);
    float *sums = (float *)pending->sums;
    tile_store(0, sums, sizeof(lanes));
    tile_store(1, sums + 16, sizeof(lanes));
    if (tile_rows == 2) {
        tile_store(2, sums + TILE_ROWS * BLOCK, sizeof(lanes));
        tile_store(3, sums + TILE_ROWS * BLOCK + 16, sizeof(lanes));
    }
}

typedef void (*block_product)(const operand *inputs, ptrdiff_t pixel, const line *weights, lookahead ahead,
                              pending_sums *pending, int pace);

#define BLOCK_PRODUCT(side, tile_rows, tile_columns)                                                          \
    static void multiply_##side##x##side##_##tile_rows##tile_columns(                                         \
        const operand *inputs, ptrdiff_t pixel, const line *weights, lookahead ahead, pending_sums *pending,   \
        int pace) {                                                                                           \
        multiply_block(side, tile_rows, tile_columns, inputs, pixel, weights, ahead, pending, pace);          \
    }

BLOCK_PRODUCT(1, 1, 1)
BLOCK_PRODUCT(1, 1, 2)
BLOCK_PRODUCT(1, 2, 1)
BLOCK_PRODUCT(1, 2, 2)
BLOCK_PRODUCT(3, 1, 1)
BLOCK_PRODUCT(3, 1, 2)
BLOCK_PRODUCT(3, 2, 1)
BLOCK_PRODUCT(3, 2, 2)

/* [side == 3][two tiles of pixels][two tiles of outputs] */
static const block_product block_products[2][2][2] = {
    {{multiply_1x1_11, multiply_1x1_12}, {multiply_1x1_21, multiply_1x1_22}},
    {{multiply_3x3_11, multiply_3x3_12}, {multiply_3x3_21, multiply_3x3_22}},
};
