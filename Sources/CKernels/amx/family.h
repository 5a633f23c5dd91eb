/* The kernels of this folder as a kernel family.
 *
 * The including file sets PARTS to 1 or 2 (pixels.h), includes tiles.h or emulated_tiles.h by TILES, and has the
 * compiler's target set to AVX-512 with bfloat16 conversions, and to AMX if its tiles are real.
 */
#include "pixels.h"

#include "functions.h"
#include TILES
#include "finishing.h"
#include "product.h"
#include "convolution.h"
#include "attention.h"
#include "packing.h"
#include "resampling.h"
#include "pooled_convolution.h"
#include "elementwise.h"

static void prepare(void) {}

#define AMX_FAMILY(name)                                                                                      \
    {                                                                                                         \
        .isa = name, .precision = PARTS == 1 ? MTAN_BF16 : MTAN_BF16X3, .block = BLOCK,                       \
        .element_bytes = PARTS * sizeof(uint16_t), .row_step = 2, .output_step = BLOCK, .prepare = prepare,   \
        .packed_bytes = packed_bytes, .pack = pack, .convolve_scratch = convolve_scratch,                     \
        .convolve = convolve, .convolve_pooled = convolve_pooled, .attend_scratch = attend_scratch,           \
        .attend = attend, .activate = activate,                                                               \
        .scale_shift = scale_shift, .multiply = multiply_maps, .copy_channels = copy_channels,                \
        .max_pool = max_pool, .max_unpool = max_unpool, .upsample_aligned = upsample_aligned,                 \
        .log_softmax = log_softmax, .unit_normalize = unit_normalize, .read_dense = read_dense,               \
        .write_dense = write_dense,                                                                           \
    }
