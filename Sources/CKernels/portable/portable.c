#include "../mtan_families.h"
#include "pointwise.h"
#include "sgemm.h"

/* The kernels for every architecture: matrix products by OpenBLAS, everything else plain C. */
const mtan_family mtan_portable_family = {
    .isa = "portable",
    .precision = MTAN_FP32,
    .block = 1,
    .element_bytes = sizeof(float),
    .row_step = 1,
    .output_step = 1,
    .prepare = mtan_sgemm_prepare,
    .packed_bytes = mtan_sgemm_packed_bytes,
    .pack = mtan_sgemm_pack,
    .convolve_scratch = mtan_sgemm_convolve_scratch,
    .convolve = mtan_sgemm_convolve,
    .attend_scratch = mtan_sgemm_attend_scratch,
    .attend = mtan_sgemm_attend,
    .activate = mtan_activate,
    .scale_shift = mtan_scale_shift,
    .multiply = mtan_multiply,
    .copy_channels = mtan_copy_channels,
    .max_pool = mtan_max_pool,
    .max_unpool = mtan_max_unpool,
    .upsample_aligned = mtan_upsample_aligned,
    .log_softmax = mtan_log_softmax,
    .unit_normalize = mtan_unit_normalize,
    .read_dense = mtan_read_dense,
    .write_dense = mtan_write_dense,
};
