/* Weights as the products read them: for each block of outputs and each source, [channel blocks][taps] steps of tiles
 * [parts][2 halves of the outputs][16 pairs of channels][16 outputs][2 channels].
 *
 * Channels and outputs are filled up with zeros to whole blocks, except for narrow sources: the second half of their
 * lines holds the second parts of the first, which meet the first parts of the same weights.
 */

enum { TILE_NUMBERS = TILE_LINES * BLOCK };

/* Numbers of one source for one output block. */
INLINE ptrdiff_t source_numbers(int channels, int taps) {
    return (ptrdiff_t)block_count(channels) * taps * step_lines(is_narrow(channels)) * BLOCK;
}

/* Numbers of one output block. */
static ptrdiff_t block_numbers(const mtan_weight_shape *shape) {
    ptrdiff_t numbers = 0;
    for (int i = 0; i < shape->source_count; i++) numbers += source_numbers(shape->sources[i], shape->taps);
    return numbers;
}

static size_t packed_bytes(mtan_weight_shape shape) {
    return (size_t)block_numbers(&shape) * sizeof(uint16_t) * (size_t)block_count(shape.outputs);
}

INLINE uint16_t rounded_number(float value) {
    uint32_t bits;
    __builtin_memcpy(&bits, &value, sizeof bits);
    return (uint16_t)((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

INLINE float widened_number(uint16_t number) {
    uint32_t bits = (uint32_t)number << 16;
    float value;
    __builtin_memcpy(&value, &bits, sizeof value);
    return value;
}

/* Puts a finite weight of a channel and an output, both counted in their blocks, into a step. */
INLINE void pack_weight(float weight, int channel, int output, int narrow, uint16_t *step) {
    uint16_t *to = step + output / 16 * TILE_NUMBERS + channel / 2 * BLOCK + output % 16 * 2 + channel % 2;
    to[0] = rounded_number(weight);
    if (narrow) to[BLOCK / 4 * BLOCK] = to[0]; /* half of the channels further */
    if (PARTS == 2 || narrow) to[2 * TILE_NUMBERS] = rounded_number(weight - widened_number(to[0]));
}

/* All weights of one output: `dense` is [channels][taps]. */
static void pack_output(const mtan_weight_shape *shape, const float *dense, int output, uint16_t *packed) {
    for (int i = 0; i < shape->source_count; i++) {
        const int channels = shape->sources[i], narrow = is_narrow(channels);
        const int step = step_lines(narrow) * BLOCK;
        for (int c = 0; c < channels; c++) {
            uint16_t *to = packed + (ptrdiff_t)(c / BLOCK) * shape->taps * step;
            for (int tap = 0; tap < shape->taps; tap++, to += step, dense++) {
                pack_weight(*dense, c % BLOCK, output, narrow, to);
            }
        }
        packed += source_numbers(channels, shape->taps);
    }
}

static void pack(mtan_weight_shape shape, mtan_range outputs, const float *dense, void *packed) {
    const ptrdiff_t numbers = block_numbers(&shape);
    ptrdiff_t row = 0;
    for (int i = 0; i < shape.source_count; i++) row += (ptrdiff_t)shape.sources[i] * shape.taps;
    for (int first = outputs.first; first < outputs.last; first += BLOCK) {
        uint16_t *to = (uint16_t *)packed + first / BLOCK * numbers;
        __builtin_memset(to, 0, (size_t)numbers * sizeof *to);
        for (int output = first; output < at_most(first + BLOCK, outputs.last); output++) {
            pack_output(&shape, dense + output * row, output - first, to);
        }
    }
}
