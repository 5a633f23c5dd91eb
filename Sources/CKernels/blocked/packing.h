/* Weights as the products read them, for each TILE_BLOCKS blocks of outputs: [inputs][taps][outputs], or
 * [36][inputs][outputs] where they are kept transformed. Inputs and outputs are filled up with zeros to whole
 * blocks. */
#include <string.h>

static int packed_inputs(mtan_weight_shape shape) {
    int blocks = 0;
    for (int i = 0; i < shape.source_count; i++) blocks += block_count(shape.sources[i]);
    return blocks * BLOCK;
}

static int packs_transformed(mtan_weight_shape shape) {
    return shape.taps == 9 && keeps_transformed(packed_inputs(shape), shape.outputs);
}

/* Floats for each output. */
static ptrdiff_t output_floats(mtan_weight_shape shape) {
    return (ptrdiff_t)packed_inputs(shape) * (packs_transformed(shape) ? WINOGRAD_PRODUCTS : shape.taps);
}

static size_t packed_bytes(mtan_weight_shape shape) {
    return (size_t)output_floats(shape) * block_count(shape.outputs) * BLOCK * sizeof(float);
}

/* `lanes` outputs from `first` of one of `channels` input channels: taps[shape.taps][lanes]. */
static void gather_taps(mtan_weight_shape shape, int first, int lanes, int channels, const float *dense, float *taps) {
    for (int tap = 0; tap < shape.taps; tap++) {
        for (int lane = 0; lane < lanes; lane++) {
            ptrdiff_t output = first + lane;
            *taps++ = output < shape.outputs ? dense[output * channels * shape.taps + tap] : 0.0f;
        }
    }
}

/* Input channel `input` of `lanes` outputs, whose packed weights start at `packed`. */
static void place_taps(mtan_weight_shape shape, int input, int lanes, const float *taps, float *packed) {
    if (packs_transformed(shape)) {
        transform_taps(taps, 1, lanes / BLOCK, packed + input * lanes, (ptrdiff_t)packed_inputs(shape) * lanes);
    } else {
        memcpy(packed + (ptrdiff_t)input * shape.taps * lanes, taps, shape.taps * lanes * sizeof(float));
    }
}

static void pack(mtan_weight_shape shape, mtan_range outputs, const float *dense, void *packed) {
    float taps[9 * TILE_BLOCKS * BLOCK] __attribute__((aligned(64)));
    int channels = 0, step = TILE_BLOCKS * BLOCK, end = block_count(outputs.last) * BLOCK;
    for (int i = 0; i < shape.source_count; i++) channels += shape.sources[i];
    for (int first = outputs.first; first < end; first += step) {
        int lanes = at_most(step, end - first), input = 0;
        float *out = (float *)packed + first * output_floats(shape);
        const float *in = dense;
        for (int i = 0; i < shape.source_count; i++) {
            for (int c = 0; c < shape.sources[i]; c++, input++, in += shape.taps) {
                gather_taps(shape, first, lanes, channels, in, taps);
                place_taps(shape, input, lanes, taps, out);
            }
            memset(taps, 0, sizeof taps);
            for (; input % BLOCK != 0; input++) place_taps(shape, input, lanes, taps, out);
        }
    }
}
