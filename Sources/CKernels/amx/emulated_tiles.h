/* The functions of tiles.h without AMX, bit for bit, so that the kernels can be tested on other processors.
 *
 * TDPBF16PS, by Intel's manual: for each pixel and output, the products of the even and of the odd channels are
 * summed apart from zero, each by fused multiply-add in the order of channels; the two sums are added, and that is
 * added to the tile. All roundings are to nearest even. Denormals count as zero, which holds here as long as the
 * caller has them flushed (mtan_flush_denormals).
 */

typedef struct {
    int rows[8];
    half tiles[8][16];
} emulated_tiles;

static _Thread_local emulated_tiles emulated;

typedef uint32_t words __attribute__((ext_vector_type(16)));

INLINE void tile_begin(int rows) {
    for (int tile = 0; tile < 8; tile++) emulated.rows[tile] = tile < 6 ? rows : 16;
}

INLINE void tile_end(void) {}

static void tile_zero(int tile) { __builtin_memset(emulated.tiles[tile], 0, sizeof emulated.tiles[tile]); }

static void tile_load(int tile, const void *from, ptrdiff_t stride) {
    tile_zero(tile);
    for (int row = 0; row < emulated.rows[tile]; row++) {
        emulated.tiles[tile][row] = *(const half *)((const char *)from + row * stride);
    }
}

static void tile_store(int tile, void *to, ptrdiff_t stride) {
    for (int row = 0; row < emulated.rows[tile]; row++) {
        *(half *)((char *)to + row * stride) = emulated.tiles[tile][row];
    }
}

INLINE half even_numbers(half pairs) { return (half)((words)pairs << 16); }

INLINE half odd_numbers(half pairs) { return (half)((words)pairs & 0xffff0000u); }

static void tile_multiply(int sums, int inputs, int weights) {
    for (int row = 0; row < emulated.rows[sums]; row++) {
        half pixel = emulated.tiles[inputs][row], even = 0.0f, odd = 0.0f;
        half even_channels = even_numbers(pixel), odd_channels = odd_numbers(pixel);
        for (int pair = 0; pair < 16; pair++) {
            half outputs = emulated.tiles[weights][pair];
            even = __builtin_elementwise_fma((half)even_channels[pair], even_numbers(outputs), even);
            odd = __builtin_elementwise_fma((half)odd_channels[pair], odd_numbers(outputs), odd);
        }
        emulated.tiles[sums][row] += even + odd;
    }
}
