#include "mtan_family.h"
#include "pointwise.h"
#include "vector_math.h"
#include "../mtan_aligned.h"

#include <math.h>
#include <string.h>

static inline float *row_of(mtan_map map, int channel, int y) {
    return (float *)map.origin + channel * map.plane + y * map.row;
}

void mtan_activate(mtan_activation activation, mtan_map in, mtan_map out, mtan_range rows) {
    for (int c = 0; c < out.channels; c++) {
        for (int y = rows.first; y < rows.last; y++) {
            const float *source = row_of(in, c, y);
            float *target = row_of(out, c, y);
            for (int x = 0; x < out.width; x++) {
                float value = source[x];
                if (activation == MTAN_RELU) value = value < 0.0f ? 0.0f : value;
                if (activation == MTAN_SIGMOID) value = mtan_sigmoid(value);
                target[x] = value;
            }
            target[out.width] = 0.0f;
        }
    }
}

void mtan_scale_shift(const float *scale, const float *shift, mtan_map in, mtan_map out, mtan_range rows) {
    for (int c = 0; c < out.channels; c++) {
        for (int y = rows.first; y < rows.last; y++) {
            const float *source = row_of(in, c, y);
            float *target = row_of(out, c, y);
            for (int x = 0; x < out.width; x++) target[x] = source[x] * scale[c] + shift[c];
            target[out.width] = 0.0f;
        }
    }
}

void mtan_multiply(mtan_map a, mtan_map b, mtan_map out, mtan_range rows) {
    for (int c = 0; c < out.channels; c++) {
        for (int y = rows.first; y < rows.last; y++) {
            const float *left = row_of(a, c, y), *right = row_of(b, c, y);
            float *target = row_of(out, c, y);
            for (int x = 0; x < out.width; x++) target[x] = left[x] * right[x];
            target[out.width] = 0.0f;
        }
    }
}

void mtan_copy_channels(mtan_map in, mtan_map out, int first_channel, mtan_range rows) {
    for (int c = 0; c < in.channels; c++) {
        for (int y = rows.first; y < rows.last; y++) {
            float *target = row_of(out, first_channel + c, y);
            memcpy(target, row_of(in, c, y), (size_t)in.width * sizeof(float));
            target[out.width] = 0.0f;
        }
    }
}

static inline float larger(float a, float b) { return b > a || b != b ? b : a; }

static inline int is_maximum(float value, float best, float least) {
    return value >= least || value == best || value != value;
}

static void pool_row(const float *restrict upper, const float *restrict lower, float *restrict out,
                     uint8_t *restrict positions, int width) {
    for (int x = 0; x < width; x++) {
        float a = upper[2 * x], b = upper[2 * x + 1], c = lower[2 * x], d = lower[2 * x + 1];
        float best = larger(larger(a, b), larger(c, d));
        float least = best - MTAN_TIE * fabsf(best);
        out[x] = best;
        positions[x] = is_maximum(a, best, least) ? 0 : is_maximum(b, best, least) ? 1 : is_maximum(c, best, least) ? 2 : 3;
    }
}

/* Without positions the row is a plain maximum, which vectorises. */
static void pool_row_values(const float *restrict upper, const float *restrict lower, float *restrict out,
                            int width) {
    for (int x = 0; x < width; x++) {
        float a = upper[2 * x], b = upper[2 * x + 1], c = lower[2 * x], d = lower[2 * x + 1];
        out[x] = larger(larger(a, b), larger(c, d));
    }
}

void mtan_max_pool(mtan_map in, mtan_map out, uint8_t *positions, mtan_range rows) {
    for (int c = 0; c < out.channels; c++) {
        for (int y = rows.first; y < rows.last; y++) {
            const float *upper = row_of(in, c, 2 * y), *lower = row_of(in, c, 2 * y + 1);
            float *target = row_of(out, c, y);
            if (positions) {
                pool_row(upper, lower, target, positions + ((ptrdiff_t)c * out.height + y) * out.width, out.width);
            } else {
                pool_row_values(upper, lower, target, out.width);
            }
            target[out.width] = 0.0f;
        }
    }
}

void mtan_max_unpool(mtan_map in, const uint8_t *positions, mtan_map out, mtan_range rows) {
    for (int c = 0; c < in.channels; c++) {
        for (int y = rows.first; y < rows.last; y++) {
            const float *source = row_of(in, c, y);
            const uint8_t *position = positions + ((ptrdiff_t)c * in.height + y) * in.width;
            float *upper = row_of(out, c, 2 * y), *lower = row_of(out, c, 2 * y + 1);
            for (int x = 0; x < in.width; x++) {
                upper[2 * x] = position[x] == 0 ? source[x] : 0.0f;
                upper[2 * x + 1] = position[x] == 1 ? source[x] : 0.0f;
                lower[2 * x] = position[x] == 2 ? source[x] : 0.0f;
                lower[2 * x + 1] = position[x] == 3 ? source[x] : 0.0f;
            }
            upper[out.width] = 0.0f;
            lower[out.width] = 0.0f;
        }
    }
}

void mtan_upsample_aligned(mtan_map in, mtan_map out, mtan_range rows) {
    for (int c = 0; c < out.channels; c++) {
        for (int y = rows.first; y < rows.last; y++) {
            float down, right;
            int above = mtan_locate_aligned(y, in.height, out.height, &down);
            const float *upper = row_of(in, c, above);
            const float *lower = row_of(in, c, above + 1 < in.height ? above + 1 : above);
            float *target = row_of(out, c, y);
            for (int x = 0; x < out.width; x++) {
                int left = mtan_locate_aligned(x, in.width, out.width, &right);
                int next = left + 1 < in.width ? left + 1 : left;
                float top = (1.0f - right) * upper[left] + right * upper[next];
                float bottom = (1.0f - right) * lower[left] + right * lower[next];
                target[x] = (1.0f - down) * top + down * bottom;
            }
            target[out.width] = 0.0f;
        }
    }
}

void mtan_log_softmax(mtan_map in, mtan_map out, mtan_range rows) {
    for (int y = rows.first; y < rows.last; y++) {
        for (int x = 0; x < out.width; x++) {
            const float *source = (const float *)in.origin + y * in.row + x;
            float *target = (float *)out.origin + y * out.row + x;
            float largest = source[0];
            for (int c = 1; c < in.channels; c++) largest = fmaxf(largest, source[c * in.plane]);
            float sum = 0.0f;
            for (int c = 0; c < in.channels; c++) sum += mtan_exp(source[c * in.plane] - largest);
            float offset = largest + logf(sum);
            for (int c = 0; c < in.channels; c++) target[c * out.plane] = source[c * in.plane] - offset;
        }
        for (int c = 0; c < out.channels; c++) row_of(out, c, y)[out.width] = 0.0f;
    }
}

void mtan_unit_normalize(mtan_map in, mtan_map out, mtan_range rows) {
    for (int y = rows.first; y < rows.last; y++) {
        for (int x = 0; x < out.width; x++) {
            const float *source = (const float *)in.origin + y * in.row + x;
            float *target = (float *)out.origin + y * out.row + x;
            double sum = 0.0; /* in double: the square of a tiny component would vanish in float */
            for (int c = 0; c < in.channels; c++) sum += (double)source[c * in.plane] * source[c * in.plane];
            float factor = sum > 0.0 ? (float)(1.0 / sqrt(sum)) : 0.0f;
            for (int c = 0; c < in.channels; c++) target[c * out.plane] = source[c * in.plane] * factor;
        }
        for (int c = 0; c < out.channels; c++) row_of(out, c, y)[out.width] = 0.0f;
    }
}

void mtan_read_dense(const float *dense, mtan_map out, mtan_range rows) {
    for (int c = 0; c < out.channels; c++) {
        for (int y = rows.first; y < rows.last; y++) {
            float *target = row_of(out, c, y);
            memcpy(target, dense + ((ptrdiff_t)c * out.height + y) * out.width, (size_t)out.width * sizeof(float));
            target[out.width] = 0.0f;
        }
    }
}

void mtan_write_dense(mtan_map in, float *dense, mtan_range rows) {
    for (int c = 0; c < in.channels; c++) {
        for (int y = rows.first; y < rows.last; y++) {
            memcpy(dense + ((ptrdiff_t)c * in.height + y) * in.width, row_of(in, c, y), (size_t)in.width * sizeof(float));
        }
    }
}
