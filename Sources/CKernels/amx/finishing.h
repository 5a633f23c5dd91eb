/* What happens to the sums of a tile block: bias, activation, gate, rounding.
 *
 * The vector units do this while the tile unit multiplies the next block, so it comes in portions: a block's sums
 * are left in memory as `pending`, and finish_some takes the next few pixels of them.
 */

/* The pixels of a tile block. */
enum { TILE_ROWS = 16, TILE_BLOCK = 2 * TILE_ROWS };

/* Where the results for a span of pixels go. All pointers are to the span's first pixel, of channel block 0. */
typedef struct {
    line *out;
    ptrdiff_t out_plane; /* lines from one channel block to the next */
    int out_narrow;
    const line *gate; /* what results are multiplied by, or NULL */
    ptrdiff_t gate_plane;
    int gate_narrow;
    int column; /* the first pixel of the span that is one of the zero column */
    int row;    /* pixels from one of them to the next */
    const float *bias;
    mtan_activation activation;
} target;

/* Sums [pixels][32 outputs] of channel block `block`, for the pixels from `first` of a span. */
typedef struct {
    target to;
    int block;
    int first;
    int next;   /* the sums from here on are not finished yet */
    int count;  /* up to here */
    int column; /* the next pixel of the zero column, counted from `first` */
    lanes sums[TILE_BLOCK];
} pending_sums;

INLINE void finish_pixels(const pending_sums *pending, int last, mtan_activation activation) {
    const target *to = &pending->to;
    lanes bias = *(const lanes *)(to->bias + pending->block * BLOCK);
    line *out = to->out + pending->block * to->out_plane + pending->first * PARTS;
    const line *gate = to->gate ? to->gate + pending->block * to->gate_plane + pending->first * PARTS : 0;
    for (int pixel = pending->next; pixel < last; pixel++) {
        lanes value = activated(activation, pending->sums[pixel] + bias);
        if (gate) value *= read_pixel(gate + pixel * PARTS, to->gate_narrow);
        write_pixel(out + pixel * PARTS, value, to->out_narrow);
    }
}

/* Finishes up to `pixels` more pixels. */
static void finish_some(pending_sums *pending, int pixels) {
    int last = at_most(pending->next + pixels, pending->count);
    switch (pending->to.activation) {
    case MTAN_LINEAR: finish_pixels(pending, last, MTAN_LINEAR); break;
    case MTAN_RELU: finish_pixels(pending, last, MTAN_RELU); break;
    case MTAN_SIGMOID: finish_pixels(pending, last, MTAN_SIGMOID); break;
    }
    line *out = pending->to.out + pending->block * pending->to.out_plane + pending->first * PARTS;
    for (; pending->column < last; pending->column += pending->to.row) {
        write_pixel(out + pending->column * PARTS, splat(0), pending->to.out_narrow);
    }
    pending->next = last;
}
