// 3x3 convolutions with a border of zeros, forward and backward, by Winograd's F(4x4, 3x3), for `convolution.py`.
//
// One thread; fast where vectors of 16 floats are registers (AVX-512). The gradients of input and weights share the
// transformed gradient of the output.
#include <cstdlib>
#include <cstring>

#include "winograd_transforms.h"

namespace {

constexpr int ROWS = 14;        // of a product that is kept in registers

// Memory that is kept for the next call.
struct Scratch {
    float *data = nullptr;
    size_t size = 0;

    float *take(size_t count) {
        if (count > size) {
            free(data);
            data = static_cast<float *>(aligned_alloc(64, (count * sizeof(float) + 63) / 64 * 64));
            if (!data) abort();
            size = count;
        }
        return data;
    }
};

thread_local Scratch weight_planes, input_planes, output_planes, gradient_planes;

// C[r][32] = the sum over k of a[r][k] b[k][32]; a in `panels` of [..][32].
template <int COUNT> void multiply_rows(const float *a, size_t panel, int panels, const float *b, float *c) {
    vector sums[COUNT][2] = {};
    for (int p = 0; p < panels; p++, a += panel) {
        for (int k = 0; k < PANEL; k++, b += PANEL) {
            vector left = load(b), right = load(b + LANES);
            #pragma GCC unroll 14
            for (int r = 0; r < COUNT; r++) {
                vector x = splat(a[r * PANEL + k]);
                sums[r][0] += x * left, sums[r][1] += x * right;
            }
        }
    }
    #pragma GCC unroll 14
    for (int r = 0; r < COUNT; r++) store(c + r * PANEL, sums[r][0]), store(c + r * PANEL + LANES, sums[r][1]);
}

typedef void (*row_kernel)(const float *, size_t, int, const float *, float *);
const row_kernel row_kernels[ROWS + 1] = {
    nullptr, multiply_rows<1>, multiply_rows<2>, multiply_rows<3>, multiply_rows<4>, multiply_rows<5>,
    multiply_rows<6>, multiply_rows<7>, multiply_rows<8>, multiply_rows<9>, multiply_rows<10>, multiply_rows<11>,
    multiply_rows<12>, multiply_rows<13>, multiply_rows<14>};

// In one plane: out [to / 32][tiles][32] = in [from / 32][tiles][32] times weights [to / 32][from][32].
void multiply(const Pass &pass, const float *in, int from, const float *weights, int to, float *out) {
    size_t panel = (size_t)pass.stride * PANEL;
    for (int c = 0; c < to / PANEL; c++) {
        for (int tile = 0; tile < pass.count; tile += ROWS) {
            row_kernels[std::min(ROWS, pass.count - tile)](in + (size_t)tile * PANEL, panel, from / PANEL,
                                                           weights + (size_t)c * from * PANEL,
                                                           out + c * panel + (size_t)tile * PANEL);
        }
    }
}

// In one plane: the gradient [inputs / 32][outputs][32] of U plus the products of dM and V, summed over tiles.
void correlate(const Pass &pass, const float *dm, int outputs, const float *v, int inputs, float *du) {
    constexpr int COUNT = 8;
    size_t panel = (size_t)pass.stride * PANEL;
    for (int c = 0; c < inputs / PANEL; c++) {
        for (int o = 0; o < outputs; o += COUNT, du += COUNT * PANEL) {
            const float *a = dm + o / PANEL * panel + o % PANEL, *b = v + c * panel;
            vector sums[COUNT][2];
            for (int r = 0; r < COUNT; r++) {
                for (int h = 0; h < 2; h++) sums[r][h] = load(du + r * PANEL + h * LANES);
            }
            for (int tile = 0; tile < pass.count; tile++, a += PANEL, b += PANEL) {
                vector left = load(b), right = load(b + LANES);
                #pragma GCC unroll 8
                for (int r = 0; r < COUNT; r++) {
                    vector x = splat(a[r]);
                    sums[r][0] += x * left, sums[r][1] += x * right;
                }
            }
            for (int r = 0; r < COUNT; r++) {
                for (int h = 0; h < 2; h++) store(du + r * PANEL + h * LANES, sums[r][h]);
            }
        }
    }
}

// As many tiles at a time as the second-level cache has room for, but enough to make reading U worth it.
Pass first_pass(const Grid &grid, int inputs, int outputs) {
    constexpr int BYTES = 3 << 19, FEWEST = 8 * ROWS, MOST = 32 * ROWS;
    int tiles = grid.tiles();
    int most = std::clamp(BYTES / (PLANES * (int)sizeof(float) * (inputs + outputs)), FEWEST, MOST);
    int passes = (tiles + most - 1) / most, each = ((tiles + passes - 1) / passes + ROWS - 1) / ROWS * ROWS;
    return {grid, 0, std::min(each, tiles), each | 1};
}

bool next(Pass &pass) {
    pass.first += pass.count;
    pass.count = std::min(pass.count, pass.grid.tiles() - pass.first);
    return pass.count > 0;
}

}  // namespace

// answer [N][H][W][outputs] = convolution of map [N][H][W][inputs] with weights, + bias, then ReLU if `relu`.
extern "C" void winograd_forward(const float *map, const float *weights, const float *bias, int relu, int count,
                                 int height, int width, int inputs, int outputs, float *answer) {
    Pass pass = first_pass({count, height, width}, inputs, outputs);
    size_t area = (size_t)inputs * outputs;
    float *u = weight_planes.take(PLANES * area);
    float *v = input_planes.take(PLANES * pass.plane(inputs)), *m = output_planes.take(PLANES * pass.plane(outputs));
    transform_weights(weights, inputs, outputs, u);
    do {
        transform_input(pass, map, inputs, v);
        for (int i = 0; i < PLANES; i++) {
            multiply(pass, v + i * pass.plane(inputs), inputs, u + i * area, outputs, m + i * pass.plane(outputs));
        }
        transform_output(pass, m, outputs, bias, relu, answer);
    } while (next(pass));
}

// The gradients of a convolution: of the map if `map_gradient`, of the weights if `weight_gradient` is given; that of
// the bias is added to `bias_gradient`, that of the map to zeros. `answer` is null where there was no ReLU.
extern "C" void winograd_backward(const float *map, const float *answer, const float *gradient, const float *weights,
                                  int count, int height, int width, int inputs, int outputs, float *map_gradient,
                                  float *weight_gradient, float *bias_gradient) {
    Pass pass = first_pass({count, height, width}, inputs, outputs);
    size_t area = (size_t)inputs * outputs;
    float *u = weight_planes.take(PLANES * area);
    float *du = weight_gradient ? gradient_planes.take(PLANES * area) : nullptr;
    float *v = input_planes.take(PLANES * pass.plane(inputs)), *m = output_planes.take(PLANES * pass.plane(outputs));
    if (map_gradient) transform_weights_back(weights, inputs, outputs, u);
    if (du) std::memset(du, 0, PLANES * area * sizeof(float));
    do {
        transform_output_back(pass, gradient, answer, outputs, bias_gradient, m);
        if (du) transform_input(pass, map, inputs, v);
        for (int i = 0; i < PLANES; i++) {
            float *plane_v = v + i * pass.plane(inputs), *plane_m = m + i * pass.plane(outputs);
            if (du) correlate(pass, plane_m, outputs, plane_v, inputs, du + i * area);
            if (map_gradient) multiply(pass, plane_m, outputs, u + i * area, inputs, plane_v);
        }
        if (map_gradient) transform_input_back(pass, v, inputs, map_gradient);
    } while (next(pass));
    if (du) finish_weights_back(du, inputs, outputs, weight_gradient);
}
