#include "jpeg_messages.h"

#include <limits.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>

/* jpeglib.h needs stdio.h and stddef.h before it. */
#include <jpeglib.h>

#include <jpegint.h>

enum {
    /* The most bytes that may lie unused before a restart marker. Webcams leave a few there. Where the data
     * are damaged, the decoder mostly ends long before or after the marker. */
    LONGEST_STRAY = 7
};

struct mtan_jpeg_reader {
    struct jpeg_decompress_struct jpeg;
    struct jpeg_error_mgr errors;
    struct jpeg_progress_mgr progress;
    const uint8_t *bytes;
    size_t size;
    int32_t created;
    int32_t scan_limit;
    /* Whether a scan of the component was begun. */
    uint8_t seen[MAX_COMPONENTS];
    jpeg_marker_parser_method read_restart_marker;
    mtan_codec_status status;
    jmp_buf escape;
    char message[JMSG_LENGTH_MAX];
};

static void fail(j_common_ptr jpeg, mtan_codec_status status) {
    mtan_jpeg_reader *reader = jpeg->client_data;
    reader->status = status;
    jpeg->err->format_message(jpeg, reader->message);
    longjmp(reader->escape, 1);
}

static void on_error(j_common_ptr jpeg) { fail(jpeg, mtan_jpeg_judge(jpeg->err->msg_code)); }

static void on_message(j_common_ptr jpeg, int level) {
    if (level >= 0) return;
    mtan_codec_status status = mtan_jpeg_judge(jpeg->err->msg_code);
    if (status != MTAN_CODEC_OK) fail(jpeg, status);
}

static void on_output(j_common_ptr jpeg) { (void)jpeg; }

/* Bytes from the current position to the next marker. */
static size_t distance_to_marker(const struct jpeg_source_mgr *source) {
    const JOCTET *bytes = source->next_input_byte;
    size_t index = 0;
    while (index + 1 < source->bytes_in_buffer) {
        if (bytes[index] == 0xFF && bytes[index + 1] != 0) return index;
        index += bytes[index] == 0xFF ? 2 : 1;
    }
    return index;
}

/* Called at the end of each restart interval. What it leaves behind is what the bit buffer held (counted in
 * discarded_bytes) and, unless the marker was met while that was filled, what comes before the marker. */
static boolean on_restart(j_decompress_ptr jpeg) {
    mtan_jpeg_reader *reader = jpeg->client_data;
    size_t stray = jpeg->marker->discarded_bytes;
    if (jpeg->unread_marker == 0) stray += distance_to_marker(jpeg->src);
    if (stray > LONGEST_STRAY) {
        reader->status = MTAN_CODEC_CORRUPT;
        snprintf(reader->message, sizeof reader->message, "%zu bytes left over before a restart marker", stray);
        longjmp(reader->escape, 1);
    }
    jpeg->marker->discarded_bytes = 0;
    return reader->read_restart_marker(jpeg);
}

static void on_progress(j_common_ptr jpeg) {
    mtan_jpeg_reader *reader = jpeg->client_data;
    for (int index = 0; index < reader->jpeg.comps_in_scan; index++) {
        reader->seen[reader->jpeg.cur_comp_info[index]->component_index] = 1;
    }
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
    reader->read_restart_marker = reader->jpeg.marker->read_restart_marker;
    reader->jpeg.marker->read_restart_marker = on_restart;
    reader->progress.progress_monitor = on_progress;
    reader->jpeg.progress = &reader->progress;
    reader->scan_limit = INT32_MAX;
    jpeg_mem_src(&reader->jpeg, reader->bytes, reader->size);
}

/* The limits of a decoding that is about to start. */
static void limit(mtan_jpeg_reader *reader, size_t memory_limit, int32_t scan_limit) {
    reader->jpeg.mem->max_memory_to_use = memory_limit > LONG_MAX ? LONG_MAX : (long)memory_limit;
    reader->scan_limit = scan_limit;
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

/* Whether a file of several scans ends before the last: a component has no scan at all, or not every coefficient
 * to its last bit. The standard lets an encoder leave out coefficients; none that is in use does. */
static int lacks_scans(const mtan_jpeg_reader *reader) {
    const struct jpeg_decompress_struct *jpeg = &reader->jpeg;
    for (int component = 0; component < jpeg->num_components; component++) {
        if (!reader->seen[component]) return 1;
        if (!jpeg->progressive_mode || jpeg->coef_bits == NULL) continue;
        for (int index = 0; index < DCTSIZE2; index++) {
            if (jpeg->coef_bits[component][index] != 0) return 1;
        }
    }
    return 0;
}

/* Runs inside the caller's setjmp. */
static mtan_codec_status start(mtan_jpeg_reader *reader) {
    jpeg_start_decompress(&reader->jpeg);
    if (jpeg_has_multiple_scans(&reader->jpeg) && lacks_scans(reader)) {
        snprintf(reader->message, sizeof reader->message, "the last scans are missing");
        return reader->status = MTAN_CODEC_TRUNCATED;
    }
    return MTAN_CODEC_OK;
}

mtan_codec_status mtan_jpeg_reader_start(mtan_jpeg_reader *reader, size_t memory_limit, int32_t scan_limit) {
    if (reader->status != MTAN_CODEC_OK) return reader->status;
    if (setjmp(reader->escape)) return reader->status;
    limit(reader, memory_limit, scan_limit);
    reader->jpeg.out_color_space = reader->jpeg.num_components == 4 ? JCS_CMYK : JCS_RGB;
    reader->jpeg.dct_method = JDCT_ISLOW;
    return start(reader);
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

/* Decodes without turning colours or keeping rows. */
static mtan_codec_status verify(
    mtan_jpeg_reader *reader, const uint8_t *tables, size_t tables_size, size_t memory_limit) {
    if (setjmp(reader->escape)) return reader->status;
    prepare(reader);
    j_decompress_ptr jpeg = &reader->jpeg;
    if (tables_size > 0) {
        jpeg_mem_src(jpeg, tables, tables_size);
        jpeg_read_header(jpeg, FALSE);
        jpeg_mem_src(jpeg, reader->bytes, reader->size);
    }
    jpeg_read_header(jpeg, TRUE);
    limit(reader, memory_limit, 100);
    jpeg->out_color_space = jpeg->jpeg_color_space;
    if (start(reader) != MTAN_CODEC_OK) return reader->status;
    JDIMENSION row_bytes = jpeg->output_width * (JDIMENSION)jpeg->output_components;
    JSAMPARRAY row = jpeg->mem->alloc_sarray((j_common_ptr)jpeg, JPOOL_IMAGE, row_bytes, 1);
    while (jpeg->output_scanline < jpeg->output_height) jpeg_read_scanlines(jpeg, row, 1);
    jpeg_finish_decompress(jpeg);
    return MTAN_CODEC_OK;
}

mtan_codec_status mtan_jpeg_verify(
    const uint8_t *tables, size_t tables_size, const uint8_t *bytes, size_t size, size_t memory_limit, char *message,
    size_t capacity) {
    mtan_jpeg_reader *reader = mtan_jpeg_reader_create(bytes, size);
    if (reader == NULL) return MTAN_CODEC_OUT_OF_MEMORY;
    mtan_codec_status status = verify(reader, tables, tables_size, memory_limit);
    if (status != MTAN_CODEC_OK) snprintf(message, capacity, "%s", reader->message);
    mtan_jpeg_reader_destroy(reader);
    return status;
}
