#ifndef MTAN_JPEG_MESSAGES_H
#define MTAN_JPEG_MESSAGES_H

#include "CImageCodecs.h"

/* What one of libjpeg's errors or warnings means, by its code. libjpeg calls data that it had to invent a
 * warning. Those are errors here; the others, which leave every pixel as it was encoded, are MTAN_CODEC_OK. */
mtan_codec_status mtan_jpeg_judge(int code);

/* The same by the formatted message, which is all that libtiff hands on. Text that is none of libjpeg's own is
 * MTAN_CODEC_CORRUPT. */
mtan_codec_status mtan_jpeg_judge_text(const char *text);

/* Whether the coefficients of a stream decode, with all its warnings judged: a stream inside a TIFF file, whose
 * tables may lie apart (`tables_size` is 0 if they do not). On failure `message`, of `capacity` bytes, says why. */
mtan_codec_status mtan_jpeg_verify(
    const uint8_t *tables, size_t tables_size, const uint8_t *bytes, size_t size, size_t memory_limit, char *message,
    size_t capacity);

#endif
