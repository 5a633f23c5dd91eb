/* 3x3 convolutions by winograd_transforms.h.
 *
 * A pass takes up to PASS_TILES tiles through three steps: all input channels are transformed (`windows`);
 * for TILE_BLOCKS blocks of outputs at a time, the 36 matrix products are made (`products`); those are
 * transformed back, finished and stored. Weights are kept as the 9 taps and transformed as they are needed,
 * PASS_BLOCKS input blocks at a time: that costs less than reading four times as many bytes of them.
 *
 * Strides between the 36 planes are padded by one vector, so that a tile's 36 stores meet different cache
 * sets.
 */
#include "winograd_transforms.h"

enum { PASS_TILES = 112, PASS_BLOCKS = 4 };

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
    for (int y = 0; y < WINOGRAD_WINDOW; y++) {
        for (int x = 0; x < WINOGRAD_WINDOW; x++) {
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
    for (int x = 0; x < WINOGRAD_WINDOW; x++) {
        vector column[6];
        transform_input(window[x], column);
        for (int y = 0; y < WINOGRAD_WINDOW; y++) half[y][x] = column[y];
    }
    for (int y = 0; y < WINOGRAD_WINDOW; y++) {
        vector result[6];
        transform_input(half[y], result);
        for (int x = 0; x < WINOGRAD_WINDOW; x++) store(out + (y * WINOGRAD_WINDOW + x) * plane, result[x]);
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

/* Step 2 for `outputs` output blocks, whose taps are given. */
static void multiply_windows(const winograd_pass *pass, const float *taps, int input_blocks, int outputs) {
    int lanes = outputs * BLOCK;
    ptrdiff_t weight_plane = PASS_BLOCKS * BLOCK * lanes + BLOCK;
    ptrdiff_t product_plane = (ptrdiff_t)pass->tiles * lanes + BLOCK;
    ptrdiff_t window_block = WINOGRAD_PRODUCTS * pass->window_plane;
    for (int first = 0; first < input_blocks; first += PASS_BLOCKS) {
        int blocks = at_most(PASS_BLOCKS, input_blocks - first);
        transform_taps(taps + (ptrdiff_t)first * BLOCK * 9 * lanes, blocks * BLOCK, outputs, pass->weights,
                       weight_plane);
        for (int i = 0; i < WINOGRAD_PRODUCTS; i++) {
            panel windows = {pass->windows + first * window_block + i * pass->window_plane, window_block, blocks};
            multiply(pass->tiles, outputs, &windows, 1, pass->weights + i * weight_plane,
                     pass->products + i * product_plane, (ptrdiff_t)pass->tiles * BLOCK, first > 0, 0);
        }
    }
}

/* The 4x4 results of a tile, before bias and activation. */
INLINE void transform_products(const float *products, ptrdiff_t plane, vector out[4][4]) {
    vector half[4][6]; /* [y][x] */
    for (int x = 0; x < WINOGRAD_WINDOW; x++) {
        vector column[6], result[4];
        for (int y = 0; y < WINOGRAD_WINDOW; y++) column[y] = load(products + (y * WINOGRAD_WINDOW + x) * plane);
        transform_output(column, result);
        for (int y = 0; y < WINOGRAD_TILE; y++) half[y][x] = result[y];
    }
    for (int y = 0; y < WINOGRAD_TILE; y++) transform_output(half[y], out[y]);
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
    for (int y = 0; y < 2; y++) {
        for (int x = 0; x < 2; x++) {
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

/* All steps for the tiles of a pass and the output blocks first ..< last. */
static void run_pass(const winograd_pass *pass, const mtan_convolution *convolution, const mtan_map *sources,
                     int count, int first, int last) {
    int input_blocks = 0;
    for (int i = 0; i < count; i++) {
        for (int block = 0; block < block_count(sources[i].channels); block++, input_blocks++) {
            transform_block(pass, sources[i], block,
                            pass->windows + input_blocks * WINOGRAD_PRODUCTS * pass->window_plane);
        }
    }
    const float *weights = convolution->weights;
    for (int block = first; block < last; block += TILE_BLOCKS) {
        int outputs = at_most(TILE_BLOCKS, last - block);
        multiply_windows(pass, weights + (ptrdiff_t)block * BLOCK * 9 * input_blocks * BLOCK, input_blocks, outputs);
        finish_products(pass, convolution, block, outputs);
    }
}

/* Floats of the three parts of a pass's memory. */
static size_t window_floats(int input_blocks) {
    return (size_t)input_blocks * WINOGRAD_PRODUCTS * (PASS_TILES + 1) * BLOCK;
}

enum {
    PASS_WEIGHT_FLOATS = WINOGRAD_PRODUCTS * (PASS_BLOCKS * BLOCK * TILE_BLOCKS * BLOCK + BLOCK),
    PASS_PRODUCT_FLOATS = WINOGRAD_PRODUCTS * (PASS_TILES * TILE_BLOCKS * BLOCK + BLOCK),
};

static size_t winograd_scratch(const mtan_convolution *convolution) {
    return (window_floats(convolution->inputs / BLOCK) + PASS_WEIGHT_FLOATS + PASS_PRODUCT_FLOATS) * sizeof(float);
}

/* With `pool` 2, `out` has half the sides of the sources. `rows` are rows of the sources and start at a multiple of 4,
 * `outputs` at one of TILE_BLOCKS * 16. */
static void convolve_3x3(const mtan_convolution *convolution, const mtan_map *sources, int count, mtan_map out,
                         int pool, mtan_range rows, mtan_range outputs, float *scratch) {
    int columns = (sources[0].width + WINOGRAD_TILE - 1) / WINOGRAD_TILE;
    int start = rows.first / WINOGRAD_TILE * columns;
    int tiles = (rows.last - rows.first + WINOGRAD_TILE - 1) / WINOGRAD_TILE * columns;
    int passes = (tiles + PASS_TILES - 1) / PASS_TILES;
    winograd_pass pass = {.out = out, .pool = pool, .columns = columns, .weights = scratch};
    pass.products = pass.weights + PASS_WEIGHT_FLOATS;
    pass.windows = pass.products + PASS_PRODUCT_FLOATS;
    for (int i = 0; i < passes; i++) {
        int first = (int)((int64_t)tiles * i / passes), last = (int)((int64_t)tiles * (i + 1) / passes);
        pass.first = start + first;
        pass.tiles = last - first;
        pass.window_plane = (pass.tiles | 1) * BLOCK;
        run_pass(&pass, convolution, sources, count, outputs.first / BLOCK, block_count(outputs.last));
    }
    finish_stores();
}
