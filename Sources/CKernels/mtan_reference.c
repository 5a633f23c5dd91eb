#include "mtan_reference.h"
#include "mtan_family.h"

#include <math.h>

static float at(mtan_map map, int c, int y, int x) {
    if (y < 0 || x < 0 || y >= map.height || x >= map.width) return 0.0f;
    return ((const float *)map.origin)[c * map.plane + y * map.row + x];
}

static double activate(double x, mtan_activation activation) {
    switch (activation) {
    case MTAN_RELU: return x < 0 ? 0 : x;
    case MTAN_SIGMOID: return 1 / (1 + exp(-x));
    default: return x;
    }
}

void mtan_reference_convolve(const float *weights, const float *bias, int side, mtan_activation activation,
                             mtan_map in, mtan_map out) {
    for (int n = 0; n < out.channels; n++)
        for (int y = 0; y < out.height; y++)
            for (int x = 0; x < out.width; x++) {
                double sum = bias[n];
                for (int c = 0; c < in.channels; c++)
                    for (int dy = 0; dy < side; dy++)
                        for (int dx = 0; dx < side; dx++)
                            sum += (double)weights[((n * in.channels + c) * side + dy) * side + dx] *
                                   at(in, c, y + dy - side / 2, x + dx - side / 2);
                ((float *)out.origin)[n * out.plane + y * out.row + x] = (float)activate(sum, activation);
            }
}

static float maximum(const float window[4]) {
    float best = window[0];
    for (int i = 1; i < 4; i++) {
        if (isnan(window[i]) || window[i] > best) best = window[i];
    }
    return best;
}

void mtan_reference_max_pool(mtan_map in, mtan_map out, uint8_t *positions) {
    for (int c = 0; c < out.channels; c++)
        for (int y = 0; y < out.height; y++)
            for (int x = 0; x < out.width; x++) {
                float window[4];
                for (int i = 0; i < 4; i++) window[i] = at(in, c, 2 * y + i / 2, 2 * x + i % 2);
                float best = maximum(window), least = best - MTAN_TIE * fabsf(best);
                int first = 0;
                while (!isnan(window[first]) && window[first] != best && !(window[first] >= least)) first++;
                ((float *)out.origin)[c * out.plane + y * out.row + x] = best;
                positions[(c * out.height + y) * out.width + x] = (uint8_t)first;
            }
}

static double sample(mtan_map in, int c, double y, double x) {
    int y0 = (int)y, x0 = (int)x;
    int y1 = y0 + 1 < in.height ? y0 + 1 : y0, x1 = x0 + 1 < in.width ? x0 + 1 : x0;
    double fy = y - y0, fx = x - x0;
    return (1 - fy) * ((1 - fx) * at(in, c, y0, x0) + fx * at(in, c, y0, x1)) +
           fy * ((1 - fx) * at(in, c, y1, x0) + fx * at(in, c, y1, x1));
}

void mtan_reference_upsample_aligned(mtan_map in, mtan_map out) {
    double scale_y = out.height > 1 ? (double)(in.height - 1) / (out.height - 1) : 0;
    double scale_x = out.width > 1 ? (double)(in.width - 1) / (out.width - 1) : 0;
    for (int c = 0; c < out.channels; c++)
        for (int y = 0; y < out.height; y++)
            for (int x = 0; x < out.width; x++)
                ((float *)out.origin)[c * out.plane + y * out.row + x] = (float)sample(in, c, y * scale_y, x * scale_x);
}
