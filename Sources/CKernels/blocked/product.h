/* The matrix product below all convolutions: pixels by channels times channels by outputs.
 *
 * TILE_PIXELS x TILE_BLOCKS vectors of results stay in registers; the including file sets both to what its
 * instruction set has registers for.
 */

#define UNROLL _Pragma("clang loop unroll(full)")

/* Pixels of `blocks` channel blocks: channel c of pixel p is first[c / 16 * stride + p * 16 + c % 16]. */
typedef struct {
    const float *first;
    ptrdiff_t stride;
    int blocks;
} panel;

/* out[o][p] (+)= sum over all channels of panel[p][c] * weights[c][o], p < pixels, o < outputs * 16.
 *
 * `weights` is [channels][outputs * 16]; output block o starts at out + o * out_block, one vector a pixel. The pixels
 * `ahead` floats further on, which a later product will read, are asked for line by line: memory delivers them
 * while the sums go on, where a burst of requests would hold up their own loads.
 */
INLINE void multiply_tile(int pixels, int outputs, const panel *panels, int count, ptrdiff_t first,
                          const float *weights, float *out, ptrdiff_t out_block, int accumulate, ptrdiff_t ahead) {
    vector sums[TILE_PIXELS][TILE_BLOCKS];
    UNROLL for (int p = 0; p < pixels; p++) {
        UNROLL for (int o = 0; o < outputs; o++) {
            sums[p][o] = accumulate ? load(out + o * out_block + p * BLOCK) : splat(0);
        }
    }
    for (int i = 0; i < count; i++) {
        const float *in = panels[i].first + first;
        for (int block = 0; block < panels[i].blocks; block++, in += panels[i].stride) {
            for (int c = 0; c < BLOCK; c++, weights += outputs * BLOCK) {
                vector w[TILE_BLOCKS];
                __builtin_prefetch(in + ahead + c * BLOCK);
                UNROLL for (int o = 0; o < outputs; o++) w[o] = load(weights + o * BLOCK);
                UNROLL for (int p = 0; p < pixels; p++) {
                    vector x = splat(in[p * BLOCK + c]);
                    UNROLL for (int o = 0; o < outputs; o++) sums[p][o] += x * w[o];
                }
            }
        }
    }
    UNROLL for (int p = 0; p < pixels; p++) {
        UNROLL for (int o = 0; o < outputs; o++) store(out + o * out_block + p * BLOCK, sums[p][o]);
    }
}

typedef void (*tile_product)(const panel *panels, int count, ptrdiff_t first, const float *weights, float *out,
                             ptrdiff_t out_block, int accumulate, ptrdiff_t ahead);

#define TILE_PRODUCT(pixels, outputs)                                                                        \
    static void product_##pixels##x##outputs(const panel *panels, int count, ptrdiff_t first,                \
                                             const float *weights, float *out, ptrdiff_t out_block,          \
                                             int accumulate, ptrdiff_t ahead) {                              \
        multiply_tile(pixels, outputs, panels, count, first, weights, out, out_block, accumulate, ahead);    \
    }

#if TILE_PIXELS == 14 && TILE_BLOCKS == 2
#define FOR_EACH_TILE(DO, outputs)                                                                            \
    DO(1, outputs)                                                                                            \
    DO(2, outputs)                                                                                            \
    DO(3, outputs)                                                                                            \
    DO(4, outputs)                                                                                            \
    DO(5, outputs)                                                                                            \
    DO(6, outputs)                                                                                            \
    DO(7, outputs)                                                                                            \
    DO(8, outputs)                                                                                            \
    DO(9, outputs)                                                                                            \
    DO(10, outputs)                                                                                           \
    DO(11, outputs)                                                                                           \
    DO(12, outputs)                                                                                           \
    DO(13, outputs)                                                                                           \
    DO(14, outputs)
FOR_EACH_TILE(TILE_PRODUCT, 1)
FOR_EACH_TILE(TILE_PRODUCT, 2)
#elif TILE_PIXELS == 6 && TILE_BLOCKS == 1
#define FOR_EACH_TILE(DO, outputs)                                                                            \
    DO(1, outputs)                                                                                            \
    DO(2, outputs)                                                                                            \
    DO(3, outputs)                                                                                            \
    DO(4, outputs)                                                                                            \
    DO(5, outputs)                                                                                            \
    DO(6, outputs)
FOR_EACH_TILE(TILE_PRODUCT, 1)
#else
#error "no list of tiles for this shape"
#endif

#define TILE_ENTRY(pixels, outputs) product_##pixels##x##outputs,

static const tile_product tile_products[TILE_BLOCKS][TILE_PIXELS] = {
    {FOR_EACH_TILE(TILE_ENTRY, 1)},
#if TILE_BLOCKS > 1
    {FOR_EACH_TILE(TILE_ENTRY, 2)},
#endif
};

/* multiply_tile for any number of pixels, in tiles of nearly equal size. */
static void multiply(int pixels, int outputs, const panel *panels, int count, const float *weights, float *out,
                     ptrdiff_t out_block, int accumulate, ptrdiff_t ahead) {
    int tiles = (pixels + TILE_PIXELS - 1) / TILE_PIXELS;
    for (int tile = 0; tile < tiles; tile++) {
        int first = pixels * tile / tiles, last = pixels * (tile + 1) / tiles;
        tile_products[outputs - 1][last - first - 1](panels, count, (ptrdiff_t)first * BLOCK, weights,
                                                     out + (ptrdiff_t)first * BLOCK, out_block, accumulate, ahead);
    }
}
