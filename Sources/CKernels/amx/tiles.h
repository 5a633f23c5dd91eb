/* The tile instructions of AMX. Numbers of tiles must be literals.
 *
 * Tiles 0 to 3 are sums, `rows` pixels by 16 outputs of float; 4 and 5 are inputs, `rows` pixels by 32 channels of
 * bfloat16; 6 and 7 are weights, 16 pairs of channels by 16 outputs by 2 channels of bfloat16.
 *
 * A thread has tiles between tile_begin and tile_end only: two instructions that wait for each other, in a call of
 * hundreds of multiplications at least. Between them, nothing may be called that could use tiles too.
 */

/* The operand of LDTILECFG. */
typedef struct {
    uint8_t palette, start_row, reserved[14];
    uint16_t row_bytes[16];
    uint8_t rows[16];
} tile_configuration;

INLINE void tile_begin(int rows) {
    tile_configuration configuration = {.palette = 1};
    for (int tile = 0; tile < 8; tile++) {
        configuration.row_bytes[tile] = 64;
        configuration.rows[tile] = tile < 6 ? (uint8_t)rows : 16;
    }
    _tile_loadconfig(&configuration);
}

#define tile_end() _tile_release()
#define tile_zero(tile) _tile_zero(tile)
#define tile_load(tile, from, stride) _tile_loadd(tile, from, stride)
#define tile_store(tile, to, stride) _tile_stored(tile, to, stride)
#define tile_multiply(sums, inputs, weights) _tile_dpbf16ps(sums, inputs, weights)
