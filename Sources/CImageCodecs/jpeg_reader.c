#include "CImageCodecs.h"

#include <limits.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* jpeglib.h needs stdio.h and stddef.h before it. */
#include <jpeglib.h>

#include <jerror.h>

struct mtan_jpeg_reader {
    struct jpeg_decompress_struct jpeg;
    struct jpeg_error_mgr errors;
    struct jpeg_progress_mgr progress;
    const uint8_t *bytes;
    size_t size;
    int32_t created;
    int32_t scan_limit;
    mtan_codec_status status;
    jmp_buf escape;
    char message[JMSG_LENGTH_MAX];
};

static mtan_codec_status status_of(int code) {
    switch (code) {
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

static void fail(j_common_ptr jpeg, mtan_codec_status status) {
    mtan_jpeg_reader *reader = jpeg->client_data;
    reader->status = status;
    jpeg->err->format_message(jpeg, reader->message);
    longjmp(reader->escape, 1);
}

static void on_error(j_common_ptr jpeg) { fail(jpeg, status_of(jpeg->err->msg_code)); }

/* libjpeg calls data that it had to invent a warning. Those are errors here; the others, which leave every
 * pixel as it was encoded, are let pass. */
static int is_harmless(const struct jpeg_error_mgr *errors) {
    switch (errors->msg_code) {
    case JWRN_ADOBE_XFORM:
    case JWRN_BOGUS_ICC:
    case JWRN_JFIF_MAJOR:
    case JWRN_NOT_SEQUENTIAL: return 1;
    case JWRN_EXTRANEOUS_DATA: {
        /* Padding between segments is common. Before a restart marker it is entropy-coded data that nobody
         * decoded, which means that the interval is damaged. */
        int marker = errors->msg_parm.i[1];
        return marker < JPEG_RST0 || marker > JPEG_RST0 + 7;
    }
    default: return 0;
    }
}

static void on_message(j_common_ptr jpeg, int level) {
    if (level >= 0 || is_harmless(jpeg->err)) return;
    fail(jpeg, status_of(jpeg->err->msg_code));
}

static void on_output(j_common_ptr jpeg) { (void)jpeg; }

static void on_progress(j_common_ptr jpeg) {
    mtan_jpeg_reader *reader = jpeg->client_data;
    if (reader->jpeg.input_scan_number <= reader->scan_limit) return;
    reader->status = MTAN_CODEC_TOO_MANY_SCANS;
    snprintf(reader->message, sizeof reader->message, "more than %d scans", (int)reader->scan_limit);
    longjmp(reader->escape, 1);
}

mtan_jpeg_reader *mtan_jpeg_reader_create(const uint8_t *bytes, size_t size) {
    mtan_jpeg_reader *reader = calloc(1, sizeof *reader);
    if (reader == NULL) return NULL;
    reader->bytes = bytes;
    reader->size = size;
    return reader;
}

/* Makes libjpeg's structure. Runs inside the caller's setjmp. */
static void prepare(mtan_jpeg_reader *reader) {
    reader->jpeg.err = jpeg_std_error(&reader->errors);
    reader->errors.error_exit = on_error;
    reader->errors.emit_message = on_message;
    reader->errors.output_message = on_output;
    reader->jpeg.client_data = reader;
    /* Its first act is to check versions, which can fail before there is anything to destroy. */
    jpeg_create_decompress(&reader->jpeg);
    reader->created = 1;
    reader->progress.progress_monitor = on_progress;
    reader->jpeg.progress = &reader->progress;
    reader->scan_limit = INT32_MAX;
    jpeg_mem_src(&reader->jpeg, reader->bytes, reader->size);
}

static void describe(const mtan_jpeg_reader *reader, mtan_jpeg_header *header) {
    header->width = reader->jpeg.image_width;
    header->height = reader->jpeg.image_height;
    header->channels = reader->jpeg.num_components == 4 ? 4 : 3;
}

mtan_codec_status mtan_jpeg_reader_read_header(mtan_jpeg_reader *reader, mtan_jpeg_header *header) {
    if (reader->status != MTAN_CODEC_OK) return reader->status;
    if (setjmp(reader->escape)) {
        describe(reader, header);
        return reader->status;
    }
    prepare(reader);
    jpeg_read_header(&reader->jpeg, TRUE);
    describe(reader, header);
    return MTAN_CODEC_OK;
}

mtan_codec_status mtan_jpeg_reader_start(mtan_jpeg_reader *reader, size_t memory_limit, int32_t scan_limit) {
    if (reader->status != MTAN_CODEC_OK) return reader->status;
    if (setjmp(reader->escape)) return reader->status;
    reader->jpeg.mem->max_memory_to_use = memory_limit > LONG_MAX ? LONG_MAX : (long)memory_limit;
    reader->scan_limit = scan_limit;
    reader->jpeg.out_color_space = reader->jpeg.num_components == 4 ? JCS_CMYK : JCS_RGB;
    reader->jpeg.dct_method = JDCT_ISLOW;
    jpeg_start_decompress(&reader->jpeg);
    return MTAN_CODEC_OK;
}

mtan_codec_status mtan_jpeg_reader_read_row(mtan_jpeg_reader *reader, uint8_t *row) {
    if (reader->status != MTAN_CODEC_OK) return reader->status;
    if (setjmp(reader->escape)) return reader->status;
    JSAMPROW rows[1] = {row};
    jpeg_read_scanlines(&reader->jpeg, rows, 1);
    return MTAN_CODEC_OK;
}

mtan_codec_status mtan_jpeg_reader_finish(mtan_jpeg_reader *reader) {
    if (reader->status != MTAN_CODEC_OK) return reader->status;
    if (setjmp(reader->escape)) return reader->status;
    jpeg_finish_decompress(&reader->jpeg);
    return MTAN_CODEC_OK;
}

const char *mtan_jpeg_reader_message(const mtan_jpeg_reader *reader) { return reader->message; }

void mtan_jpeg_reader_destroy(mtan_jpeg_reader *reader) {
    if (reader == NULL) return;
    if (reader->created) jpeg_destroy_decompress(&reader->jpeg);
    free(reader);
}
