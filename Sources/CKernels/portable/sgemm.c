#include "sgemm.h"
#include "vector_math.h"

#include <cblas.h>

void mtan_sgemm_prepare(void) { openblas_set_num_threads(1); }

/* out[outputs, pixels] = or += weights[outputs, inputs] * in[inputs, pixels] */
static void multiply(const float *weights, ptrdiff_t weights_row, const float *in, ptrdiff_t in_row, float *out,
                     ptrdiff_t out_row, int outputs, int inputs, int pixels, int accumulate) {
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, outputs, pixels, inputs, 1.0f, weights,
                (blasint)weights_row, in, (blasint)in_row, accumulate ? 1.0f : 0.0f, out, (blasint)out_row);
}

/* One matrix product for each tap and source, straight from the feature maps: a tap of the window is the
 * same line of pixels moved by a constant. `out` is the first of `pixels` pixels that start at `first`. */
static void accumulate_taps(const mtan_convolution *convolution, const mtan_map *sources, int source_count,
                            ptrdiff_t first, int pixels, mtan_range outputs, float *out, ptrdiff_t out_plane) {
    ptrdiff_t row = sources[0].row;
    int accumulate = 0;
    const float *packed = convolution->weights;
    for (int tap = 0; tap < convolution->taps; tap++) {
        ptrdiff_t shift = convolution->taps == 1 ? 0 : (tap / 3 - 1) * row + tap % 3 - 1;
        const float *weights =
            packed + ((ptrdiff_t)tap * convolution->outputs + outputs.first) * convolution->inputs;
        for (int source = 0; source < source_count; source++) {
            multiply(weights, convolution->inputs, (const float *)sources[source].origin + first + shift, sources[source].plane,
                     out, out_plane, outputs.last - outputs.first, sources[source].channels, pixels, accumulate);
            weights += sources[source].channels;
            accumulate = 1;
        }
    }
}

static void add_bias_linear(float *restrict pixels, int count, float bias) {
    for (int i = 0; i < count; i++) pixels[i] += bias;
}

static void add_bias_relu(float *restrict pixels, int count, float bias) {
    for (int i = 0; i < count; i++) {
        float x = pixels[i] + bias;
        pixels[i] = x < 0.0f ? 0.0f : x; /* a NaN stays one */
    }
}

static void add_bias_sigmoid(float *restrict pixels, int count, float bias) {
    for (int i = 0; i < count; i++) pixels[i] = mtan_sigmoid(pixels[i] + bias);
}

static void finish(float *pixels, int count, float bias, mtan_activation activation) {
    switch (activation) {
    case MTAN_LINEAR: add_bias_linear(pixels, count, bias); break;
    case MTAN_RELU: add_bias_relu(pixels, count, bias); break;
    case MTAN_SIGMOID: add_bias_sigmoid(pixels, count, bias); break;
    }
}

/* Products over a line of pixels also fill the column between rows, which must stay zero. */
static void clear_columns(float *pixels, mtan_map map, int rows) {
    for (int y = 0; y < rows; y++) pixels[y * map.row + map.width] = 0.0f;
}

static int input_count(mtan_weight_shape shape) {
    int inputs = 0;
    for (int i = 0; i < shape.source_count; i++) inputs += shape.sources[i];
    return inputs;
}

size_t mtan_sgemm_packed_bytes(mtan_weight_shape shape) {
    return (size_t)shape.taps * shape.outputs * input_count(shape) * sizeof(float);
}

void mtan_sgemm_pack(mtan_weight_shape shape, mtan_range outputs, const float *dense, void *packed) {
    ptrdiff_t inputs = input_count(shape);
    float *out = packed;
    for (ptrdiff_t output = outputs.first; output < outputs.last; output++) {
        for (ptrdiff_t input = 0; input < inputs; input++) {
            for (ptrdiff_t tap = 0; tap < shape.taps; tap++) {
                out[(tap * shape.outputs + output) * inputs + input] = dense[(output * inputs + input) * shape.taps + tap];
            }
        }
    }
}

size_t mtan_sgemm_convolve_scratch(const mtan_convolution *convolution, ptrdiff_t row) {
    (void)convolution, (void)row;
    return 0;
}

void mtan_sgemm_convolve(const mtan_convolution *convolution, const mtan_map *sources, int source_count,
                         mtan_map out, mtan_range rows, mtan_range outputs, void *scratch) {
    (void)scratch;
    int height = rows.last - rows.first;
    int pixels = height * (int)out.row;
    ptrdiff_t first = rows.first * out.row;
    float *target = (float *)out.origin + outputs.first * out.plane + first;
    accumulate_taps(convolution, sources, source_count, first, pixels, outputs, target, out.plane);
    for (int channel = outputs.first; channel < outputs.last; channel++, target += out.plane) {
        finish(target, pixels, convolution->bias[channel], convolution->activation);
        clear_columns(target, out, height);
    }
}

static void gate_pixels(float *restrict pixels, const float *restrict gate, int count) {
    for (int i = 0; i < count; i++) pixels[i] *= gate[i];
}

/* Whole rows, so that no row is cut: about ATTEND_PIXELS, at least one. */
enum { ATTEND_PIXELS = 512 };

static int attend_rows(ptrdiff_t row) { return row < ATTEND_PIXELS ? (int)(ATTEND_PIXELS / row) : 1; }

size_t mtan_sgemm_attend_scratch(const mtan_convolution *first, const mtan_convolution *second, ptrdiff_t row) {
    (void)second;
    return (size_t)first->outputs * attend_rows(row) * row * sizeof(float);
}

static void attend_pixels(const mtan_convolution *first, const mtan_convolution *second, const mtan_map *sources,
                          int source_count, mtan_map gate, mtan_map out, mtan_range rows, float *hidden) {
    int height = rows.last - rows.first;
    int pixels = height * (int)out.row;
    ptrdiff_t start = rows.first * out.row;
    mtan_range all = {0, first->outputs};
    accumulate_taps(first, sources, source_count, start, pixels, all, hidden, pixels);
    for (int channel = 0; channel < first->outputs; channel++) {
        finish(hidden + (ptrdiff_t)channel * pixels, pixels, first->bias[channel], first->activation);
    }
    float *target = (float *)out.origin + start;
    multiply(second->weights, second->inputs, hidden, pixels, target, out.plane, second->outputs, second->inputs,
             pixels, 0);
    for (int channel = 0; channel < second->outputs; channel++, target += out.plane) {
        finish(target, pixels, second->bias[channel], second->activation);
        gate_pixels(target, (const float *)gate.origin + channel * gate.plane + start, pixels);
        clear_columns(target, out, height);
    }
}

void mtan_sgemm_attend(const mtan_convolution *first, const mtan_convolution *second, const mtan_map *sources,
                       int source_count, mtan_map gate, mtan_map out, mtan_range rows, void *scratch) {
    int step = attend_rows(out.row);
    for (int y = rows.first; y < rows.last; y += step) {
        mtan_range some = {y, y + step < rows.last ? y + step : rows.last};
        attend_pixels(first, second, sources, source_count, gate, out, some, scratch);
    }
}
