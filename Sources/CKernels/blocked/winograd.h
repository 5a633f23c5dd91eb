/* 3x3 convolutions by winograd_transforms.h.
 *
 * A pass takes some tiles through three steps: all input channels are transformed (`windows`); for TILE_BLOCKS blocks
 * of outputs at a time, the 36 matrix products are made (`products`); those are transformed back, finished and
 * stored.
 *
 * Few weights are kept transformed. Many are kept as the 9 taps and transformed as they are needed, PASS_BLOCKS input
 * blocks at a time: for passes of many tiles that costs less than reading four times as many bytes. Passes are as
 * large as the second-level cache allows in the first case, larger in the second.
 *
 * Strides between the 36 planes are padded by one vector, so that a tile's 36 stores meet different cache
 * sets.
 */
#include "winograd_transforms.h"

enum {
    PASS_BLOCKS = 4,
    PASS_TILES = 112,
    PASS_WINDOW_BYTES = 400 << 10,   /* with weights that are kept transformed */
    TRANSFORMED_WEIGHTS = 256 * 256, /* inputs times outputs, at most, of those */
};

static int keeps_transformed(int inputs, int outputs) { return (int64_t)inputs * outputs <= TRANSFORMED_WEIGHTS; }

/* The most tiles in a pass. */
static int pass_tiles(int inputs, int outputs) {
    if (!keeps_transformed(inputs, outputs)) return PASS_TILES;
    int tiles = PASS_WINDOW_BYTES / (WINOGRAD_PRODUCTS * (int)sizeof(float)) / inputs / TILE_PIXELS * TILE_PIXELS;
    return tiles < TILE_PIXELS ? TILE_PIXELS : tiles > PASS_TILES ? PASS_TILES : tiles;
}

/* What all steps of a pass share. */
typedef struct {
    mtan_map out;
    int pool;       /* 2 if `out` takes the maxima of 2x2 windows, else 1 */
    int columns;    /* tiles in a row of tiles */
    int first;      /* the first tile, counted row by row */
    int tiles;
    ptrdiff_t window_plane;
    float *windows;  /* [input blocks][36][tiles][16] */
    float *weights;  /* [36][PASS_BLOCKS * 16][TILE_BLOCKS * 16] */
    float *products; /* [36][outputs][tiles][16] */
} winograd_pass;

/* Pixel (y, x) of a tile's upper left corner. */
INLINE void locate_tile(const winograd_pass *pass, int tile, int *y, int *x) {
    *y = (pass->first + tile) / pass->columns * WINOGRAD_TILE;
    *x = (pass->first + tile) % pass->columns * WINOGRAD_TILE;
}

INLINE int at_most(int value, int limit) { return value < limit ? value : limit; }

/* The window of a tile whose upper left neighbour is at `corner`; what lies beyond `rows` and `columns` is not
 * read. */
INLINE void read_window(const float *corner, ptrdiff_t row, int rows, int columns, vector window[6][6]) {
    UNROLL for (int y = 0; y < WINOGRAD_WINDOW; y++) {
        UNROLL for (int x = 0; x < WINOGRAD_WINDOW; x++) {
            window[x][y] = y < rows && x < columns ? load(corner + y * row + x * BLOCK) : splat(0);
        }
    }
}

/* Asks for the part of a later tile's window that no earlier tile reads. Six rows are more streams than
 * hardware prefetchers follow. */
INLINE void prefetch_window(const float *corner, ptrdiff_t row) {
    const int ahead = 4 * WINOGRAD_TILE;
    for (int y = 0; y < WINOGRAD_WINDOW; y++) {
        for (int x = 0; x < WINOGRAD_TILE; x++) __builtin_prefetch(corner + y * row + (ahead + x) * BLOCK);
    }
}

INLINE void transform_window(const vector window[6][6], float *out, ptrdiff_t plane) {
    vector half[6][6]; /* [y][x] */
    UNROLL for (int x = 0; x < WINOGRAD_WINDOW; x++) {
        vector column[6];
        transform_input(window[x], column);
        UNROLL for (int y = 0; y < WINOGRAD_WINDOW; y++) half[y][x] = column[y];
    }
    UNROLL for (int y = 0; y < WINOGRAD_WINDOW; y++) {
        vector result[6];
        transform_input(half[y], result);
        UNROLL for (int x = 0; x < WINOGRAD_WINDOW; x++) store(out + (y * WINOGRAD_WINDOW + x) * plane, result[x]);
    }
}

/* Step 1 for one channel block of a source. */
static void transform_block(const winograd_pass *pass, mtan_map source, int block, float *out) {
    ptrdiff_t row = source.row * BLOCK;
    for (int tile = 0; tile < pass->tiles; tile++, out += BLOCK) {
        int y, x;
        vector window[6][6];
        locate_tile(pass, tile, &y, &x);
        const float *corner = block_of(source, block) + (y - 1) * row + (x - 1) * BLOCK;
        /* The zero row below the map and the zero column beside it can be read. */
        int rows = source.height + 2 - y, columns = source.width + 2 - x;
        prefetch_window(corner, row);
        if (rows >= WINOGRAD_WINDOW && columns >= WINOGRAD_WINDOW) {
            read_window(corner, row, WINOGRAD_WINDOW, WINOGRAD_WINDOW, window);
        } else {
            read_window(corner, row, rows, columns, window);
        }
        transform_window(window, out, pass->window_plane);
    }
}

/* U = G g G' of `channels` input channels; `taps` is [channels][9][outputs * 16]. */
static void transform_taps(const float *taps, int channels, int outputs, float *out, ptrdiff_t plane) {
    int lanes = outputs * BLOCK;
    for (int c = 0; c < channels; c++, taps += 9 * lanes, out += lanes) {
        for (int o = 0; o < lanes; o += BLOCK) {
            vector half[6][3]; /* [y][x] */
            for (int x = 0; x < 3; x++) {
                vector column[3], result[6];
                for (int y = 0; y < 3; y++) column[y] = load(taps + (y * 3 + x) * lanes + o);
                transform_weights(column, result);
                for (int y = 0; y < 6; y++) half[y][x] = result[y];
            }
            for (int y = 0; y < 6; y++) {
                vector result[6];
                transform_weights(half[y], result);
                for (int x = 0; x < 6; x++) store(out + (y * 6 + x) * plane + o, result[x]);
            }
        }
    }
}

/* The products of some input blocks, whose transformed weights are given. */
static void multiply_blocks(const winograd_pass *pass, const float *weights, ptrdiff_t weight_plane, int first,
                            int blocks, int outputs, const float *next, int next_floats) {
    ptrdiff_t product_plane = (ptrdiff_t)pass->tiles * outputs * BLOCK + BLOCK;
    ptrdiff_t window_block = WINOGRAD_PRODUCTS * pass->window_plane;
    for (int i = 0; i < WINOGRAD_PRODUCTS; i++) {
        panel windows = {pass->windows + first * window_block + i * pass->window_plane, window_block, blocks};
        multiply(pass->tiles, outputs, &windows, 1, weights + i * weight_plane, pass->products + i * product_plane,
                 (ptrdiff_t)pass->tiles * BLOCK, first > 0, 0);
        for (int f = 0; f < next_floats; f += BLOCK) __builtin_prefetch(next + i * next_floats + f, 0, 2);
    }
}

/* Step 2 for `outputs` output blocks from `block`. */
static void multiply_windows(const winograd_pass *pass, const mtan_convolution *convolution, int block, int outputs) {
    int lanes = outputs * BLOCK, input_blocks = convolution->inputs / BLOCK;
    const float *weights = convolution->weights;
    if (keeps_transformed(convolution->inputs, convolution->outputs)) {
        weights += (ptrdiff_t)block * BLOCK * WINOGRAD_PRODUCTS * convolution->inputs;
        multiply_blocks(pass, weights, (ptrdiff_t)convolution->inputs * lanes, 0, input_blocks, outputs, 0, 0);
        return;
    }
    weights += (ptrdiff_t)block * BLOCK * 9 * convolution->inputs;
    ptrdiff_t plane = PASS_BLOCKS * BLOCK * lanes + BLOCK;
    for (int first = 0; first < input_blocks; first += PASS_BLOCKS) {
        int blocks = at_most(PASS_BLOCKS, input_blocks - first);
        const float *taps = weights + (ptrdiff_t)first * BLOCK * 9 * lanes, *next = taps + blocks * BLOCK * 9 * lanes;
        transform_taps(taps, blocks * BLOCK, outputs, pass->weights, plane);
        multiply_blocks(pass, pass->weights, plane, first, blocks, outputs, next, blocks * BLOCK * lanes / 4);
    }
}

/* The 4x4 results of a tile, before bias and activation. */
INLINE void transform_products(const float *products, ptrdiff_t plane, vector out[4][4]) {
    vector half[4][6]; /* [y][x] */
    UNROLL for (int x = 0; x < WINOGRAD_WINDOW; x++) {
        vector column[6], result[4];
        UNROLL for (int y = 0; y < WINOGRAD_WINDOW; y++) column[y] = load(products + (y * WINOGRAD_WINDOW + x) * plane);
        transform_output(column, result);
        UNROLL for (int y = 0; y < WINOGRAD_TILE; y++) half[y][x] = result[y];
    }
    UNROLL for (int y = 0; y < WINOGRAD_TILE; y++) transform_output(half[y], out[y]);
}

/* The part of a tile that lies on the map, and the zero column if it is next. */
INLINE void store_tile(mtan_map map, float *out, int rows, int columns, int is_last, int streamed,
                       vector results[4][4], vector bias, mtan_activation activation) {
    for (int y = 0; y < rows; y++, out += map.row * BLOCK) {
        for (int x = 0; x < columns; x++) {
            store_either(out + x * BLOCK, activated(activation, results[y][x] + bias), streamed);
        }
        if (is_last) store(out + columns * BLOCK, splat(0));
    }
}

/* The maxima of a tile's 2x2 windows. No activation reorders numbers, so that it is enough to apply it to them. */
INLINE void pool_tile(vector results[4][4]) {
    UNROLL for (int y = 0; y < 2; y++) {
        UNROLL for (int x = 0; x < 2; x++) {
            vector upper = larger(results[2 * y][2 * x], results[2 * y][2 * x + 1]);
            vector lower = larger(results[2 * y + 1][2 * x], results[2 * y + 1][2 * x + 1]);
            results[y][x] = larger(upper, lower);
        }
    }
}

/* Step 3 for one output block. */
INLINE void finish_block(const winograd_pass *pass, const float *products, ptrdiff_t plane, vector bias,
                         mtan_activation activation, int block) {
    int pool = pass->pool, side = WINOGRAD_TILE / pool, streamed = is_streamed(pass->out);
    for (int tile = 0; tile < pass->tiles; tile++, products += BLOCK) {
        int y, x;
        vector results[4][4];
        locate_tile(pass, tile, &y, &x);
        y /= pool, x /= pool;
        transform_products(products, plane, results);
        if (pool == 2) pool_tile(results);
        float *out = block_of(pass->out, block) + (y * pass->out.row + x) * BLOCK;
        int rows = at_most(side, pass->out.height - y), columns = at_most(side, pass->out.width - x);
        store_tile(pass->out, out, rows, columns, x + columns == pass->out.width, streamed, results, bias, activation);
    }
}

static void finish_products(const winograd_pass *pass, const mtan_convolution *convolution, int block, int outputs) {
    ptrdiff_t plane = (ptrdiff_t)pass->tiles * outputs * BLOCK + BLOCK;
    for (int o = 0; o < outputs; o++) {
        const float *products = pass->products + (ptrdiff_t)o * pass->tiles * BLOCK;
        vector bias = load(convolution->bias + (block + o) * BLOCK);
        switch (convolution->activation) {
        case MTAN_LINEAR: finish_block(pass, products, plane, bias, MTAN_LINEAR, block + o); break;
        case MTAN_RELU: finish_block(pass, products, plane, bias, MTAN_RELU, block + o); break;
        case MTAN_SIGMOID: finish_block(pass, products, plane, bias, MTAN_SIGMOID, block + o); break;
        }
    }
}

/* Step 1 for the channel blocks first ..< last, counted over all sources. */
static void transform_sources(const winograd_pass *pass, const mtan_map *sources, int count, int first, int last) {
    int index = 0;
    for (int i = 0; i < count; i++) {
        for (int block = 0; block < block_count(sources[i].channels); block++, index++) {
            if (index < first || index >= last) continue;
            transform_block(pass, sources[i], block, pass->windows + index * WINOGRAD_PRODUCTS * pass->window_plane);
        }
    }
}

/* Steps 2 and 3 for the output blocks first ..< last. */
static void convolve_pass(const winograd_pass *pass, const mtan_convolution *convolution, int first, int last) {
    for (int block = first; block < last; block += TILE_BLOCKS) {
        int outputs = at_most(TILE_BLOCKS, last - block);
        multiply_windows(pass, convolution, block, outputs);
        finish_products(pass, convolution, block, outputs);
    }
}

enum {
    PASS_WEIGHT_FLOATS = WINOGRAD_PRODUCTS * (PASS_BLOCKS * BLOCK * TILE_BLOCKS * BLOCK + BLOCK),
    PASS_PRODUCT_FLOATS = WINOGRAD_PRODUCTS * (PASS_TILES * TILE_BLOCKS * BLOCK + BLOCK),
};

static size_t winograd_scratch(const mtan_convolution *convolution) {
    size_t tiles = pass_tiles(convolution->inputs, convolution->outputs) | 1;
    size_t windows = WINOGRAD_PRODUCTS * tiles * convolution->inputs;
    return (PASS_WEIGHT_FLOATS + PASS_PRODUCT_FLOATS + windows) * sizeof(float);
}

static int tile_columns(int width) { return (width + WINOGRAD_TILE - 1) / WINOGRAD_TILE; }

/* A pass over the tiles first ..< last of maps with `columns` tiles in a row. */
static winograd_pass make_pass(mtan_map out, int pool, int columns, int first, int last, float *windows,
                               float *scratch) {
    winograd_pass pass = {.out = out, .pool = pool, .columns = columns, .first = first, .tiles = last - first};
    pass.window_plane = (pass.tiles | 1) * BLOCK;
    pass.weights = scratch;
    pass.products = scratch ? scratch + PASS_WEIGHT_FLOATS : 0;
    pass.windows = windows;
    return pass;
}

/* With `pool` 2, `out` has half the sides of the sources. `rows` are rows of the sources and start at a multiple of 4,
 * `outputs` at one of TILE_BLOCKS * 16. */
static void convolve_3x3(const mtan_convolution *convolution, const mtan_map *sources, int count, mtan_map out,
                         int pool, mtan_range rows, mtan_range outputs, float *scratch) {
    int columns = tile_columns(sources[0].width), start = rows.first / WINOGRAD_TILE * columns;
    int tiles = (rows.last - rows.first + WINOGRAD_TILE - 1) / WINOGRAD_TILE * columns;
    int most = pass_tiles(convolution->inputs, convolution->outputs), passes = (tiles + most - 1) / most;
    float *windows = scratch + PASS_WEIGHT_FLOATS + PASS_PRODUCT_FLOATS;
    for (int i = 0; i < passes; i++) {
        int first = (int)((int64_t)tiles * i / passes), last = (int)((int64_t)tiles * (i + 1) / passes);
        winograd_pass pass = make_pass(out, pool, columns, start + first, start + last, windows, scratch);
        transform_sources(&pass, sources, count, 0, convolution->inputs / BLOCK);
        convolve_pass(&pass, convolution, outputs.first / BLOCK, block_count(outputs.last));
    }
    finish_stores();
}

/* The two stages of a convolution whose tiles fit one pass. */

static int tile_count(int height, int width) { return tile_columns(height) * tile_columns(width); }

static size_t window_bytes(const mtan_convolution *convolution, int height, int width) {
    int tiles = tile_count(height, width);
    if (convolution->taps == 1 || keeps_transformed(convolution->inputs, convolution->outputs)) return 0;
    return tiles > PASS_TILES ? 0 : WINOGRAD_PRODUCTS * (size_t)(tiles | 1) * convolution->inputs * sizeof(float);
}

static void transform_windows(const mtan_map *sources, int count, mtan_range blocks, void *windows) {
    int tiles = tile_count(sources[0].height, sources[0].width);
    winograd_pass pass = make_pass(sources[0], 1, tile_columns(sources[0].width), 0, tiles, windows, 0);
    transform_sources(&pass, sources, count, blocks.first, blocks.last);
}

static void convolve_windows(const mtan_convolution *convolution, const void *windows, mtan_map out, int pool,
                             mtan_range outputs, void *scratch) {
    int columns = tile_columns(out.width * pool), tiles = tile_count(out.height * pool, out.width * pool);
    winograd_pass pass = make_pass(out, pool, columns, 0, tiles, (float *)windows, scratch);
    convolve_pass(&pass, convolution, outputs.first / BLOCK, block_count(outputs.last));
    finish_stores();
}
