#ifndef MTAN_ALIGNED_H
#define MTAN_ALIGNED_H

/* Where an output coordinate falls between two input ones when the corners are aligned: the lower one, and how far it
 * is to the next, for all kernels alike. */
static inline __attribute__((always_inline)) int mtan_locate_aligned(int position, int in_size, int out_size,
                                                                     float *fraction) {
    float scale = out_size > 1 ? (float)(in_size - 1) / (float)(out_size - 1) : 0.0f;
    float exact = scale * (float)position;
    int lower = (int)exact;
    *fraction = exact - (float)lower;
    return lower;
}

#endif
