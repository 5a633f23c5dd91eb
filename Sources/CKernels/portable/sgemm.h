#ifndef MTAN_PORTABLE_SGEMM_H
#define MTAN_PORTABLE_SGEMM_H

#include "mtan_family.h"

/* Convolutions for every architecture, by OpenBLAS. See mtan_family.h for what each function does; weights are
 * packed as [taps][outputs][inputs], taps in row-major order of the window. */

/* OpenBLAS must not start threads of its own below ours. */
void mtan_sgemm_prepare(void);

size_t mtan_sgemm_packed_bytes(mtan_weight_shape shape);
void mtan_sgemm_pack(mtan_weight_shape shape, mtan_range outputs, const float *dense, void *packed);

size_t mtan_sgemm_convolve_scratch(const mtan_convolution *convolution, ptrdiff_t row);
void mtan_sgemm_convolve(const mtan_convolution *convolution, const mtan_map *sources, int source_count,
                         mtan_map out, mtan_range rows, mtan_range outputs, void *scratch);

size_t mtan_sgemm_attend_scratch(const mtan_convolution *first, const mtan_convolution *second, ptrdiff_t row);
void mtan_sgemm_attend(const mtan_convolution *first, const mtan_convolution *second, const mtan_map *sources,
                       int source_count, mtan_map gate, mtan_map out, mtan_range rows, void *scratch);

#endif
