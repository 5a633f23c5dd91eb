#include "jpeg_messages.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

/* jpeglib.h needs stdio.h and stddef.h before it. */
#include <jpeglib.h>

#include <jerror.h>

mtan_codec_status mtan_jpeg_judge(int code) {
    switch (code) {
    case JWRN_ADOBE_XFORM:
    case JWRN_BOGUS_ICC:
    /* Bytes between segments are padding; those before a restart marker are judged where it is read. */
    case JWRN_EXTRANEOUS_DATA:
    case JWRN_JFIF_MAJOR:
    case JWRN_NOT_SEQUENTIAL: return MTAN_CODEC_OK;
    case JWRN_JPEG_EOF:
    case JERR_INPUT_EOF:
    case JERR_INPUT_EMPTY: return MTAN_CODEC_TRUNCATED;
    case JERR_IMAGE_TOO_BIG: return MTAN_CODEC_SIDE_TOO_LONG;
    case JERR_NO_BACKING_STORE: return MTAN_CODEC_OVER_MEMORY;
    case JERR_OUT_OF_MEMORY: return MTAN_CODEC_OUT_OF_MEMORY;
    case JERR_ARITH_NOTIMPL:
    case JERR_BAD_PRECISION:
    case JERR_CCIR601_NOTIMPL:
    case JERR_COMPONENT_COUNT:
    case JERR_CONVERSION_NOTIMPL:
    case JERR_EMPTY_IMAGE:
    case JERR_FRACT_SAMPLE_NOTIMPL:
    case JERR_NOT_COMPILED:
    case JERR_SOF_UNSUPPORTED: return MTAN_CODEC_UNSUPPORTED;
    default: return MTAN_CODEC_CORRUPT;
    }
}

/* Whether a text is what a format makes with some numbers. */
static int matches(const char *text, const char *format) {
    while (*format != '\0') {
        if (*format != '%') {
            if (*format++ != *text++) return 0;
            continue;
        }
        format++;
        while (isdigit((unsigned char)*format) || *format == 'l') format++;
        if (*format != 'd' && *format != 'u' && *format != 'x') return 0;
        char *end = NULL;
        strtol(text, &end, *format++ == 'x' ? 16 : 10);
        if (end == text) return 0;
        text = end;
    }
    return *text == '\0';
}

mtan_codec_status mtan_jpeg_judge_text(const char *text) {
    struct jpeg_error_mgr errors;
    jpeg_std_error(&errors);
    for (int code = 1; code <= errors.last_jpeg_message; code++) {
        const char *format = errors.jpeg_message_table[code];
        if (format != NULL && matches(text, format)) return mtan_jpeg_judge(code);
    }
    return MTAN_CODEC_CORRUPT;
}
