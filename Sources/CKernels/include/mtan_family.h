#ifndef MTAN_FAMILY_H
#define MTAN_FAMILY_H

#include "mtan_map.h"

/* One convolution with its weights packed by a family's `pack`.
 *
 * `taps`    1 for a 1x1 convolution, 9 for a 3x3 one with zero padding of 1.
 * `inputs`  channels over all sources, each source rounded up to whole blocks.
 * `outputs` channels.
 * `bias`    [outputs], rounded up to whole blocks with zeros.
 */
typedef struct {
    int taps;
    int inputs;
    int outputs;
    const void *weights;
    const float *bias;
    mtan_activation activation;
} mtan_convolution;

/* The extents of a convolution's dense weights [outputs][sum of sources][taps]. */
typedef struct {
    int taps;
    int outputs;
    const int *sources; /* channels of each source */
    int source_count;
} mtan_weight_shape;

/* Values closer than this share of the larger are one value to max_pool's positions. In flat areas of a photo, such as
 * overexposed ones, exact arithmetic gives ties, and the first of them counts; sums that are rounded differently
 * from pixel to pixel must not decide there. Chosen by the distance from PyTorch on rendered and real images. */
#define MTAN_TIE 0x1p-19f

/* What the products of a convolution are made of. */
typedef enum {
    MTAN_FP32,   /* 32-bit floats */
    MTAN_BF16X3, /* each float as the sum of two bfloat16, three products; sums in 32 bits */
    MTAN_BF16,   /* bfloat16, sums in 32 bits */
} mtan_precision;

/* The kernels for one instruction set, and how they want their data.
 *
 * All kernels work on rows of the output (of the input for max_unpool), so that the caller can spread one
 * operation over threads, and write the zero column after each of those rows; the border rows above and
 * below are the caller's. The bits of a result do not depend on which rows and outputs a call computes, with the
 * exception of the portable family, where they may.
 */
typedef struct {
    const char *isa;
    mtan_precision precision;

    /* Channels in a block of a map, and bytes of an element. */
    int block;
    int element_bytes;

    /* The rows of `convolve` start at multiples of this, the outputs at multiples of the next. */
    int row_step;
    int output_step;

    /* To be called once in a process, before anything below. */
    void (*prepare)(void);

    /* Bytes of packed weights, and the packing: `dense` to `packed`, 64-byte aligned, for outputs that start at a
     * multiple of output_step. */
    size_t (*packed_bytes)(mtan_weight_shape shape);
    void (*pack)(mtan_weight_shape shape, mtan_range outputs, const float *dense, void *packed);

    /* Output channels `outputs` and rows `rows` of activation(bias + weights * concatenation(sources)); sources
     * and `out` have one height and width. `scratch` holds convolve_scratch bytes for rows of `row` pixels. */
    size_t (*convolve_scratch)(const mtan_convolution *convolution, ptrdiff_t row);
    void (*convolve)(const mtan_convolution *convolution, const mtan_map *sources, int source_count, mtan_map out,
                     mtan_range rows, mtan_range outputs, void *scratch);

    /* A 3x3 convolution and max_pool of its result, which nothing else reads: `out` has half the sides of the sources,
     * `rows` are those of the sources. NULL if the family has no such kernel. */
    void (*convolve_pooled)(const mtan_convolution *convolution, const mtan_map *sources, int source_count,
                            mtan_map out, mtan_range rows, mtan_range outputs, void *scratch);

    /* A 3x3 convolution in two stages, for maps so small that there is more to divide in their channels than in their
     * rows: all sources are transformed into `windows`, channel block by channel block (counted over all sources);
     * when that is complete, output channels are made from them. window_bytes is 0 where `convolve` is faster; all
     * three are NULL if the family has only that. `height` and `width` are those of the sources; `pool` is 2 for
     * convolve_pooled, else 1. */
    size_t (*window_bytes)(const mtan_convolution *convolution, int height, int width);
    void (*transform_windows)(const mtan_map *sources, int source_count, mtan_range blocks, void *windows);
    void (*convolve_windows)(const mtan_convolution *convolution, const void *windows, mtan_map out, int pool,
                             mtan_range outputs, void *scratch);

    /* Rows of an attention block: gate * second(first(concatenation(sources))). Both convolutions are 1x1, `first`
     * ends in ReLU and `second` in a sigmoid; `gate` and `out` have second->outputs channels. */
    size_t (*attend_scratch)(const mtan_convolution *first, const mtan_convolution *second, ptrdiff_t row);
    void (*attend)(const mtan_convolution *first, const mtan_convolution *second, const mtan_map *sources,
                   int source_count, mtan_map gate, mtan_map out, mtan_range rows, void *scratch);

    /* activation(in), element by element. */
    void (*activate)(mtan_activation activation, mtan_map in, mtan_map out, mtan_range rows);

    /* scale[c] * in + shift[c], both rounded up to whole blocks: batch normalisation that could not be folded. */
    void (*scale_shift)(const float *scale, const float *shift, mtan_map in, mtan_map out, mtan_range rows);

    /* a * b, element by element. */
    void (*multiply)(mtan_map a, mtan_map b, mtan_map out, mtan_range rows);

    /* The channels of `in` become channels first_channel ..< first_channel + in.channels of `out`. */
    void (*copy_channels)(mtan_map in, mtan_map out, int first_channel, mtan_range rows);

    /* 2x2 max pooling with stride 2; `in` is twice as high and wide as `out`.
     *
     * `positions` may be NULL; else it becomes, in the order of the elements of `out` but dense, the place of the
     * first value of the window in row-major order, 0 to 3, that is the maximum or as good as that: less by at most
     * the MTAN_TIE-th part. A NaN counts as the maximum. */
    void (*max_pool)(mtan_map in, mtan_map out, uint8_t *positions, mtan_range rows);

    /* The inverse of max_pool: each value of `in` goes to its position in a 2x2 window of `out`, the other three
     * become 0. */
    void (*max_unpool)(mtan_map in, const uint8_t *positions, mtan_map out, mtan_range rows);

    /* Bilinear enlargement to twice the height and width with the corner pixels of both aligned (PyTorch's
     * align_corners=True). */
    void (*upsample_aligned)(mtan_map in, mtan_map out, mtan_range rows);

    /* in - log(sum of exp(in)) over the channels of each pixel. */
    void (*log_softmax)(mtan_map in, mtan_map out, mtan_range rows);

    /* in / |in| over the channels of each pixel; a vector of length zero stays zero. */
    void (*unit_normalize)(mtan_map in, mtan_map out, mtan_range rows);

    /* Rows of a dense [channels][height][width] into a map, and back. */
    void (*read_dense)(const float *dense, mtan_map out, mtan_range rows);
    void (*write_dense)(mtan_map in, float *dense, mtan_range rows);
} mtan_family;

/* The families that this processor can run, the fastest first; the last is always "portable". */
int mtan_family_count(void);
const mtan_family *mtan_family_at(int index);

/* Families that compute what the AMX ones do, bit for bit, on other processors: for tests. They are slow, so
 * mtan_family_at lists them only if the environment has MTAN_EMULATE_AMX, and then just before "portable". */
int mtan_emulated_family_count(void);
const mtan_family *mtan_emulated_family_at(int index);

#endif
