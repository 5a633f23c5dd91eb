#include "CImageCodecs.h"

#include <png.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    /* What libpng may ask for in all, before and per pixel of width after the header is known. It frees and
     * asks again only a handful of times, so the sum of its requests is a fair bound of what it holds. */
    BASE_BUDGET = 1 << 20,
    BUDGET_PER_COLUMN = 64,
    /* The longest ancillary chunk that is let through. None is stored; this bounds libpng's own promise. */
    LONGEST_CHUNK = 64 << 20,
    MESSAGE_CAPACITY = 200
};

struct mtan_png_reader {
    png_structp png;
    png_infop info;
    const uint8_t *bytes;
    size_t size;
    size_t offset;
    size_t budget;
    mtan_codec_status status;
    /* What an error means if one follows: the cause is known one call before libpng reports it. */
    mtan_codec_status suspicion;
    int32_t checksum_failed;
    jmp_buf escape;
    char message[MESSAGE_CAPACITY];
};

static void on_error(png_structp png, png_const_charp message) {
    mtan_png_reader *reader = png_get_error_ptr(png);
    reader->status = reader->suspicion;
    snprintf(reader->message, sizeof reader->message, "%s", message);
    longjmp(reader->escape, 1);
}

static void on_warning(png_structp png, png_const_charp message) {
    mtan_png_reader *reader = png_get_error_ptr(png);
    /* zlib's words for a wrong Adler-32. libpng only warns of it, because the pixels are out by then. */
    if (strstr(message, "incorrect data check") != NULL && !reader->checksum_failed) {
        reader->checksum_failed = 1;
        snprintf(reader->message, sizeof reader->message, "%s", message);
    }
}

static void on_read(png_structp png, png_bytep destination, size_t count) {
    mtan_png_reader *reader = png_get_io_ptr(png);
    if (count > reader->size - reader->offset) {
        reader->suspicion = MTAN_CODEC_TRUNCATED;
        png_error(png, "the data end inside a chunk or before IEND");
    }
    memcpy(destination, reader->bytes + reader->offset, count);
    reader->offset += count;
}

static png_voidp on_allocate(png_structp png, png_alloc_size_t size) {
    mtan_png_reader *reader = png_get_mem_ptr(png);
    if (size > reader->budget) {
        reader->suspicion = MTAN_CODEC_OVER_MEMORY;
        return NULL;
    }
    void *memory = malloc(size);
    if (memory == NULL) {
        reader->suspicion = MTAN_CODEC_OUT_OF_MEMORY;
        return NULL;
    }
    reader->budget -= size;
    return memory;
}

static void on_free(png_structp png, png_voidp memory) {
    (void)png;
    free(memory);
}

mtan_png_reader *mtan_png_reader_create(const uint8_t *bytes, size_t size) {
    mtan_png_reader *reader = calloc(1, sizeof *reader);
    if (reader == NULL) return NULL;
    reader->bytes = bytes;
    reader->size = size;
    reader->budget = BASE_BUDGET;
    reader->suspicion = MTAN_CODEC_CORRUPT;
    return reader;
}

/* Makes libpng's structures. Runs inside the caller's setjmp. */
static int prepare(mtan_png_reader *reader) {
    reader->png = png_create_read_struct_2(
        PNG_LIBPNG_VER_STRING, reader, on_error, on_warning, reader, on_allocate, on_free);
    if (reader->png == NULL) return 0;
    reader->info = png_create_info_struct(reader->png);
    if (reader->info == NULL) return 0;
    png_set_read_fn(reader->png, reader, on_read);
    /* The caller's limits on the dimensions are checked between the header and the pixels. */
    png_set_user_limits(reader->png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
    png_set_chunk_cache_max(reader->png, 1);
    png_set_chunk_malloc_max(reader->png, LONGEST_CHUNK);
    png_set_crc_action(reader->png, PNG_CRC_ERROR_QUIT, PNG_CRC_ERROR_QUIT);
    /* -1: every ancillary chunk but tRNS, known or not, is passed over. */
    png_set_keep_unknown_chunks(reader->png, PNG_HANDLE_CHUNK_NEVER, NULL, -1);
    return 1;
}

mtan_codec_status mtan_png_reader_read_header(mtan_png_reader *reader, mtan_png_header *header) {
    if (reader->status != MTAN_CODEC_OK) return reader->status;
    if (setjmp(reader->escape)) return reader->status;
    if (!prepare(reader)) {
        snprintf(reader->message, sizeof reader->message, "out of memory");
        return reader->status = MTAN_CODEC_OUT_OF_MEMORY;
    }
    png_read_info(reader->png, reader->info);
    header->width = png_get_image_width(reader->png, reader->info);
    header->height = png_get_image_height(reader->png, reader->info);
    header->interlaced = png_get_interlace_type(reader->png, reader->info) != PNG_INTERLACE_NONE;
    reader->budget += (size_t)header->width * BUDGET_PER_COLUMN;
    return MTAN_CODEC_OK;
}

/* Makes the transformations that were set take effect. Runs inside the caller's setjmp. */
static void describe_rows(mtan_png_reader *reader, mtan_png_layout *layout) {
    png_read_update_info(reader->png, reader->info);
    layout->channels = png_get_channels(reader->png, reader->info);
    layout->bits = png_get_bit_depth(reader->png, reader->info);
    layout->row_bytes = png_get_rowbytes(reader->png, reader->info);
}

mtan_codec_status mtan_png_reader_start(mtan_png_reader *reader, mtan_png_layout *layout) {
    if (reader->status != MTAN_CODEC_OK) return reader->status;
    if (setjmp(reader->escape)) return reader->status;
    png_set_expand(reader->png);
    png_set_gray_to_rgb(reader->png);
    describe_rows(reader, layout);
    return MTAN_CODEC_OK;
}

mtan_codec_status mtan_png_reader_start_samples(mtan_png_reader *reader, mtan_png_layout *layout) {
    if (reader->status != MTAN_CODEC_OK) return reader->status;
    if (setjmp(reader->escape)) return reader->status;
    png_set_packing(reader->png);
    describe_rows(reader, layout);
    return MTAN_CODEC_OK;
}

mtan_codec_status mtan_png_reader_read_row(mtan_png_reader *reader, uint8_t *row) {
    if (reader->status != MTAN_CODEC_OK) return reader->status;
    if (setjmp(reader->escape)) return reader->status;
    png_read_row(reader->png, row, NULL);
    return MTAN_CODEC_OK;
}

mtan_codec_status mtan_png_reader_finish(mtan_png_reader *reader) {
    if (reader->status != MTAN_CODEC_OK) return reader->status;
    if (setjmp(reader->escape)) return reader->status;
    png_read_end(reader->png, NULL);
    if (reader->checksum_failed) reader->status = MTAN_CODEC_CORRUPT;
    return reader->status;
}

const char *mtan_png_reader_message(const mtan_png_reader *reader) { return reader->message; }

void mtan_png_reader_destroy(mtan_png_reader *reader) {
    if (reader == NULL) return;
    if (reader->png != NULL) png_destroy_read_struct(&reader->png, &reader->info, NULL);
    free(reader);
}
