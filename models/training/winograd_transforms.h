// Maps and weights to what Winograd's products take, and back; and the same for their gradients.
//
// Maps are [N][H][W][C], weights [outputs][9][inputs], channels multiples of 32. What is transformed lies in 36 planes
// of [C / 32][tiles][32].
#pragma once

#include <algorithm>

#include "winograd_maps.h"

constexpr int PANEL = 32;

// Maps of a batch, cut into tiles.
struct Grid {
    int count, height, width;

    int rows() const { return (height + TILE - 1) / TILE; }
    int columns() const { return (width + TILE - 1) / TILE; }
    int tiles() const { return count * rows() * columns(); }
    size_t pixel(int channels, int y, int x) const { return ((size_t)y * width + x) * channels; }
};

// Tiles `first` ..< `first + count` of a grid, whose planes have room for `stride` tiles.
struct Pass {
    Grid grid;
    int first, count, stride;

    // The upper left pixel of a tile, and the map it is of.
    void locate(int tile, int &n, int &y, int &x) const {
        int columns = grid.columns(), each = columns * grid.rows(), index = first + tile;
        n = index / each, y = index % each / columns * TILE, x = index % columns * TILE;
    }
    size_t plane(int channels) const { return (size_t)channels * stride; }
    size_t offset(int tile, int channel) const {
        return ((size_t)(channel / PANEL) * stride + tile) * PANEL + channel % PANEL;
    }
};

INLINE void store_planes(float *out, size_t plane, const vector *values) {
    #pragma GCC unroll 36
    for (int i = 0; i < PLANES; i++) store(out + i * plane, values[i]);
}

INLINE void load_planes(const float *in, size_t plane, vector *values) {
    #pragma GCC unroll 36
    for (int i = 0; i < PLANES; i++) values[i] = load(in + i * plane);
}

#define BODY __attribute__((always_inline))

// `body(y, x, map, planes)` for 16 channels of a tile at a time: its upper left pixel, and where the channels begin in
// its map and in the planes.
template <typename Body> INLINE void over_tiles(const Pass &pass, int channels, Body body) {
    for (int tile = 0; tile < pass.count; tile++) {
        int n, y, x;
        pass.locate(tile, n, y, x);
        size_t map = (size_t)n * pass.grid.height * pass.grid.width * channels;
        for (int c = 0; c < channels; c += LANES) body(y, x, map + c, pass.offset(tile, c));
    }
}

// `body(i, offset)` for the pixels of a tile's window that are on the map; unrolled where all are.
template <typename Body> INLINE void over_window(const Grid &grid, int channels, int y, int x, Body body) {
    if (y > 0 && x > 0 && y + TILE < grid.height && x + TILE < grid.width) {
        #pragma GCC unroll 36
        for (int i = 0; i < PLANES; i++) body(i, grid.pixel(channels, y - 1 + i / WINDOW, x - 1 + i % WINDOW));
        return;
    }
    for (int i = 0; i < PLANES; i++) {
        int v = y - 1 + i / WINDOW, u = x - 1 + i % WINDOW;
        if (v >= 0 && v < grid.height && u >= 0 && u < grid.width) body(i, grid.pixel(channels, v, u));
    }
}

// `body(i, offset)` for the pixels of a tile that are on the map.
template <typename Body> INLINE void over_pixels(const Grid &grid, int channels, int y, int x, Body body) {
    int rows = std::min(TILE, grid.height - y), columns = std::min(TILE, grid.width - x);
    for (int i = 0; i < rows; i++) {
        for (int j = 0; j < columns; j++) body(TILE * i + j, grid.pixel(channels, y + i, x + j));
    }
}

// Windows of a map, transformed.
static void transform_input(const Pass &pass, const float *map, int channels, float *planes) {
    over_tiles(pass, channels, [&](int y, int x, size_t from, size_t to) BODY {
        vector window[PLANES] = {}, result[PLANES];
        over_window(pass.grid, channels, y, x, [&](int i, size_t at) BODY { window[i] = load(map + from + at); });
        both_ways<input, 6, 6>(window, result);
        store_planes(planes + to, pass.plane(channels), result);
    });
}

// The gradient of a map, added up from that of its transformed windows.
static void transform_input_back(const Pass &pass, const float *planes, int channels, float *map) {
    over_tiles(pass, channels, [&](int y, int x, size_t to, size_t from) BODY {
        vector values[PLANES], window[PLANES];
        load_planes(planes + from, pass.plane(channels), values);
        both_ways<input_back, 6, 6>(values, window);
        over_window(pass.grid, channels, y, x, [&](int i, size_t at) BODY {
            store(map + to + at, load(map + to + at) + window[i]);
        });
    });
}

// Tiles of the output, with bias and perhaps ReLU.
static void transform_output(const Pass &pass, const float *planes, int channels, const float *bias, bool relu,
                             float *map) {
    over_tiles(pass, channels, [&](int y, int x, size_t to, size_t from) BODY {
        vector values[PLANES], result[TILE * TILE], shift = load(bias + to % channels);
        load_planes(planes + from, pass.plane(channels), values);
        both_ways<output, 6, 4>(values, result);
        over_pixels(pass.grid, channels, y, x, [&](int i, size_t at) BODY {
            vector value = result[i] + shift;
            if (relu) value = value > 0 ? value : vector{};
            store(map + to + at, value);
        });
    });
}

// The gradient of the output, where ReLU (if `answer` is given) let it pass, transformed, and its sum by channel.
static void transform_output_back(const Pass &pass, const float *map, const float *answer, int channels, float *sum,
                                  float *planes) {
    over_tiles(pass, channels, [&](int y, int x, size_t from, size_t to) BODY {
        float *channel_sum = sum + from % channels;
        vector values[TILE * TILE] = {}, result[PLANES], total = load(channel_sum);
        over_pixels(pass.grid, channels, y, x, [&](int i, size_t at) BODY {
            vector value = load(map + from + at);
            if (answer) value = load(answer + from + at) > 0 ? value : vector{};
            total += values[i] = value;
        });
        store(channel_sum, total);
        both_ways<output_back, 4, 6>(values, result);
        store_planes(planes + to, pass.plane(channels), result);
    });
}

// U of 16 inputs of one output; `taps` are `inputs` apart.
INLINE void transform_taps(const float *taps, int inputs, vector *result) {
    vector values[9];
    for (int k = 0; k < 9; k++) values[k] = load(taps + (size_t)k * inputs);
    both_ways<weight, 3, 6>(values, result);
}

// U as [36][inputs / 32][outputs][32].
static void transform_weights_back(const float *weights, int inputs, int outputs, float *planes) {
    for (int o = 0; o < outputs; o++) {
        for (int c = 0; c < inputs; c += LANES) {
            vector result[PLANES];
            transform_taps(weights + (size_t)o * 9 * inputs + c, inputs, result);
            store_planes(planes + ((size_t)(c / PANEL) * outputs + o) * PANEL + c % PANEL, (size_t)inputs * outputs,
                         result);
        }
    }
}

// U as [36][outputs / 32][inputs][32].
static void transform_weights(const float *weights, int inputs, int outputs, float *planes) {
    for (int o = 0; o < outputs; o += LANES) {
        for (int c = 0; c < inputs; c += LANES) {
            vector results[LANES][PLANES];
            for (int lane = 0; lane < LANES; lane++) {
                transform_taps(weights + (size_t)(o + lane) * 9 * inputs + c, inputs, results[lane]);
            }
            float *out = planes + ((size_t)(o / PANEL) * inputs + c) * PANEL + o % PANEL;
            for (int i = 0; i < PLANES; i++, out += (size_t)inputs * outputs) {
                for (int k = 0; k < LANES; k++) {
                    for (int lane = 0; lane < LANES; lane++) out[k * PANEL + lane] = results[lane][i][k];
                }
            }
        }
    }
}

// The weights' gradient [outputs][9][inputs] from that of U, [36][inputs / 32][outputs][32].
static void finish_weights_back(const float *planes, int inputs, int outputs, float *weights) {
    for (int o = 0; o < outputs; o++) {
        for (int c = 0; c < inputs; c += LANES) {
            vector values[PLANES], result[9];
            load_planes(planes + ((size_t)(c / PANEL) * outputs + o) * PANEL + c % PANEL, (size_t)inputs * outputs,
                        values);
            both_ways<weight_back, 6, 3>(values, result);
            for (int k = 0; k < 9; k++) store(weights + ((size_t)o * 9 + k) * inputs + c, result[k]);
        }
    }
}
