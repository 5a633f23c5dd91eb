#ifndef MTAN_PORTABLE_POINTWISE_H
#define MTAN_PORTABLE_POINTWISE_H

#include "mtan_map.h"

/* Everything but convolutions, in plain C, for maps with one channel a block. See mtan_family.h for what each
 * function does. */

void mtan_activate(mtan_activation activation, mtan_map in, mtan_map out, mtan_range rows);
void mtan_scale_shift(const float *scale, const float *shift, mtan_map in, mtan_map out, mtan_range rows);
void mtan_multiply(mtan_map a, mtan_map b, mtan_map out, mtan_range rows);
void mtan_copy_channels(mtan_map in, mtan_map out, int first_channel, mtan_range rows);
void mtan_max_pool(mtan_map in, mtan_map out, uint8_t *positions, mtan_range rows);
void mtan_max_unpool(mtan_map in, const uint8_t *positions, mtan_map out, mtan_range rows);
void mtan_upsample_aligned(mtan_map in, mtan_map out, mtan_range rows);
void mtan_log_softmax(mtan_map in, mtan_map out, mtan_range rows);
void mtan_unit_normalize(mtan_map in, mtan_map out, mtan_range rows);
void mtan_read_dense(const float *dense, mtan_map out, mtan_range rows);
void mtan_write_dense(mtan_map in, float *dense, mtan_range rows);

#endif
