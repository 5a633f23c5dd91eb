/* All kernels of this folder as a family, for the instruction set that the including file compiles them for. */
#include "vectors.h"
#include "product.h"
#include "winograd.h"
#include "dense.h"
#include "packing.h"
#include "resampling.h"
#include "elementwise.h"

static size_t convolve_scratch(const mtan_convolution *convolution, ptrdiff_t row) {
    (void)row;
    return convolution->taps == 1 ? 0 : winograd_scratch(convolution);
}

static void convolve(const mtan_convolution *convolution, const mtan_map *sources, int count, mtan_map out,
                     mtan_range rows, mtan_range outputs, void *scratch) {
    if (convolution->taps == 1) {
        convolve_1x1(convolution, sources, count, out, rows, outputs);
    } else {
        convolve_3x3(convolution, sources, count, out, 1, rows, outputs, scratch);
    }
}

static void convolve_pooled(const mtan_convolution *convolution, const mtan_map *sources, int count, mtan_map out,
                            mtan_range rows, mtan_range outputs, void *scratch) {
    convolve_3x3(convolution, sources, count, out, 2, rows, outputs, scratch);
}

static size_t attend_scratch(const mtan_convolution *first, const mtan_convolution *second, ptrdiff_t row) {
    (void)second, (void)row;
    return dense_scratch(first);
}

static void attend(const mtan_convolution *first, const mtan_convolution *second, const mtan_map *sources, int count,
                   mtan_map gate, mtan_map out, mtan_range rows, void *scratch) {
    attend_1x1(first, second, sources, count, gate, out, rows, scratch);
}

static void prepare(void) {}

#define BLOCKED_FAMILY(name)                                                                                  \
    {                                                                                                         \
        .isa = name, .precision = MTAN_FP32, .prepare = prepare,                                              \
        .block = BLOCK, .element_bytes = sizeof(float),                                                       \
        .row_step = WINOGRAD_TILE, .output_step = TILE_BLOCKS * BLOCK,                                        \
        .packed_bytes = packed_bytes, .pack = pack,                                                           \
        .convolve_scratch = convolve_scratch, .convolve = convolve, .convolve_pooled = convolve_pooled,       \
        .window_bytes = window_bytes, .transform_windows = transform_windows,                                 \
        .convolve_windows = convolve_windows,                                                                 \
        .attend_scratch = attend_scratch, .attend = attend,                                                   \
        .activate = activate, .scale_shift = scale_shift, .multiply = multiply_maps,                          \
        .copy_channels = copy_channels, .max_pool = max_pool, .max_unpool = max_unpool,                       \
        .upsample_aligned = upsample_aligned, .log_softmax = log_softmax,                                     \
        .unit_normalize = unit_normalize, .read_dense = read_dense, .write_dense = write_dense,               \
    }
