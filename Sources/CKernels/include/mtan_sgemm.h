#ifndef MTAN_SGEMM_H
#define MTAN_SGEMM_H

#include "mtan_map.h"

/* The kernels for every architecture: matrix products by OpenBLAS, everything else portable C. */


/* The weights of one convolution as the sgemm kernels read them.
 *
 * `taps`    1 for a 1x1 convolution, 9 for a 3x3 one with zero padding of 1.
 * `weights` [taps][outputs][inputs], taps in row-major order of the window.
 * `bias`    [outputs].
 */
typedef struct {
    int taps;
    int inputs;
    int outputs;
    const float *weights;
    const float *bias;
    mtan_activation activation;
} mtan_sgemm_convolution;

/* OpenBLAS must not start threads of its own below ours. To be called once, before the first product. */
void mtan_sgemm_initialize(void);

/* Output channels `outputs` and rows `rows` of activation(bias + weights * concatenation(sources)).
 *
 * The sources are padded maps of one height and width whose channels add up to convolution->inputs; `out`
 * is a padded map of the same height and width with convolution->outputs channels. The zero column after
 * each written row is written too; the border rows above and below are the caller's.
 */
void mtan_sgemm_convolve(const mtan_sgemm_convolution *convolution, const mtan_map *sources, int source_count,
                         mtan_map out, mtan_range rows, mtan_range outputs);

/* Rows `rows` of an attention block: gate * second(first(concatenation(sources))).
 *
 * Both convolutions are 1x1, `first` ends in ReLU and `second` in a sigmoid. `gate` and `out` are padded maps
 * with second->outputs channels. `scratch` holds first->outputs * (rows.last - rows.first) * out.row floats.
 */
void mtan_sgemm_attend(const mtan_sgemm_convolution *first, const mtan_sgemm_convolution *second,
                       const mtan_map *sources, int source_count, mtan_map gate, mtan_map out, mtan_range rows,
                       float *scratch);

#endif
