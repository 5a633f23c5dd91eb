/* Weights as the products read them: for each TILE_BLOCKS blocks of outputs, [inputs][taps][outputs], inputs and
 * outputs filled up with zeros to whole blocks. */

static int packed_inputs(mtan_weight_shape shape) {
    int blocks = 0;
    for (int i = 0; i < shape.source_count; i++) blocks += block_count(shape.sources[i]);
    return blocks * BLOCK;
}

static size_t packed_bytes(mtan_weight_shape shape) {
    return (size_t)shape.taps * packed_inputs(shape) * block_count(shape.outputs) * BLOCK * sizeof(float);
}

/* `lanes` outputs from `first` of one input channel: out[taps][lanes]. */
static void pack_input(mtan_weight_shape shape, int first, int lanes, int channels, const float *dense, float *out) {
    for (int tap = 0; tap < shape.taps; tap++) {
        for (int lane = 0; lane < lanes; lane++) {
            ptrdiff_t output = first + lane;
            *out++ = output < shape.outputs ? dense[output * channels * shape.taps + tap] : 0.0f;
        }
    }
}

static void pack(mtan_weight_shape shape, mtan_range outputs, const float *dense, void *packed) {
    int channels = 0, step = TILE_BLOCKS * BLOCK, end = block_count(outputs.last) * BLOCK;
    for (int i = 0; i < shape.source_count; i++) channels += shape.sources[i];
    ptrdiff_t output_floats = (ptrdiff_t)shape.taps * packed_inputs(shape);
    for (int first = outputs.first; first < end; first += step) {
        int lanes = at_most(step, end - first);
        float *out = (float *)packed + first * output_floats;
        const float *in = dense;
        for (int i = 0; i < shape.source_count; i++) {
            int padding = block_count(shape.sources[i]) * BLOCK - shape.sources[i];
            for (int c = 0; c < shape.sources[i]; c++, in += shape.taps, out += shape.taps * lanes) {
                pack_input(shape, first, lanes, channels, in, out);
            }
            for (int c = 0; c < padding * shape.taps * lanes; c++) *out++ = 0.0f;
        }
    }
}
