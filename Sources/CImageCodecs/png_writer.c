#include "CImageCodecs.h"

#include <png.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MESSAGE_CAPACITY = 200, FIRST_CAPACITY = 1 << 16 };

struct mtan_png_writer {
    png_structp png;
    png_infop info;
    uint8_t *bytes;
    size_t size;
    size_t capacity;
    int32_t header_written;
    mtan_codec_status status;
    mtan_codec_status suspicion;
    jmp_buf escape;
    char message[MESSAGE_CAPACITY];
};

static void on_error(png_structp png, png_const_charp message) {
    mtan_png_writer *writer = png_get_error_ptr(png);
    writer->status = writer->suspicion;
    snprintf(writer->message, sizeof writer->message, "%s", message);
    longjmp(writer->escape, 1);
}

static void on_warning(png_structp png, png_const_charp message) {
    (void)png;
    (void)message;
}

static void on_write(png_structp png, png_bytep source, size_t count) {
    mtan_png_writer *writer = png_get_io_ptr(png);
    if (count > writer->capacity - writer->size) {
        size_t capacity = writer->capacity == 0 ? FIRST_CAPACITY : writer->capacity;
        while (capacity - writer->size < count && capacity <= SIZE_MAX / 2) capacity *= 2;
        uint8_t *bytes = capacity - writer->size < count ? NULL : realloc(writer->bytes, capacity);
        if (bytes == NULL) {
            writer->suspicion = MTAN_CODEC_OUT_OF_MEMORY;
            png_error(png, "out of memory");
        }
        writer->bytes = bytes;
        writer->capacity = capacity;
    }
    memcpy(writer->bytes + writer->size, source, count);
    writer->size += count;
}

static void on_flush(png_structp png) { (void)png; }

mtan_png_writer *mtan_png_writer_create(void) {
    mtan_png_writer *writer = calloc(1, sizeof *writer);
    if (writer == NULL) return NULL;
    writer->suspicion = MTAN_CODEC_UNSUPPORTED;
    return writer;
}

static int filters(mtan_png_filter filter) {
    switch (filter) {
    case MTAN_PNG_FILTER_NONE: return PNG_FILTER_NONE;
    case MTAN_PNG_FILTER_SUB: return PNG_FILTER_SUB;
    case MTAN_PNG_FILTER_UP: return PNG_FILTER_UP;
    case MTAN_PNG_FILTER_ADAPTIVE: return PNG_ALL_FILTERS;
    }
    return PNG_FILTER_NONE;
}

static void set_palette(mtan_png_writer *writer, const mtan_png_description *description) {
    png_color colors[PNG_MAX_PALETTE_LENGTH] = {{0, 0, 0}};
    if (description->palette_count < 1 || description->palette_count > PNG_MAX_PALETTE_LENGTH)
        png_error(writer->png, "a palette has 1 to 256 colours");
    for (int32_t index = 0; index < description->palette_count; index++) {
        colors[index].red = description->palette[3 * index];
        colors[index].green = description->palette[3 * index + 1];
        colors[index].blue = description->palette[3 * index + 2];
    }
    png_set_PLTE(writer->png, writer->info, colors, description->palette_count);
}

mtan_codec_status mtan_png_writer_begin(mtan_png_writer *writer, const mtan_png_description *description) {
    if (writer->status != MTAN_CODEC_OK) return writer->status;
    if (setjmp(writer->escape)) return writer->status;
    writer->png = png_create_write_struct(PNG_LIBPNG_VER_STRING, writer, on_error, on_warning);
    if (writer->png != NULL) writer->info = png_create_info_struct(writer->png);
    if (writer->info == NULL) {
        snprintf(writer->message, sizeof writer->message, "out of memory");
        return writer->status = MTAN_CODEC_OUT_OF_MEMORY;
    }
    png_set_write_fn(writer->png, writer, on_write, on_flush);
    png_set_user_limits(writer->png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
    int type = description->kind == MTAN_PNG_PALETTE8 ? PNG_COLOR_TYPE_PALETTE
               : description->kind == MTAN_PNG_RGB8   ? PNG_COLOR_TYPE_RGB
                                                      : PNG_COLOR_TYPE_GRAY;
    int bits = description->kind == MTAN_PNG_GREY16 ? 16 : 8;
    png_set_IHDR(
        writer->png, writer->info, description->width, description->height, bits, type, PNG_INTERLACE_NONE,
        PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    if (description->kind == MTAN_PNG_PALETTE8) set_palette(writer, description);
    png_set_compression_level(writer->png, description->level);
    png_set_filter(writer->png, PNG_FILTER_TYPE_BASE, filters(description->filter));
    return MTAN_CODEC_OK;
}

mtan_codec_status mtan_png_writer_add_text(
    mtan_png_writer *writer, const char *keyword, const char *text, int32_t utf8) {
    if (writer->status != MTAN_CODEC_OK) return writer->status;
    if (setjmp(writer->escape)) return writer->status;
    png_text entry;
    memset(&entry, 0, sizeof entry);
    entry.compression = utf8 ? PNG_ITXT_COMPRESSION_NONE : PNG_TEXT_COMPRESSION_NONE;
    /* libpng takes both without const and copies them. */
    entry.key = (png_charp)keyword;
    entry.text = (png_charp)text;
    entry.text_length = utf8 ? 0 : strlen(text);
    entry.itxt_length = utf8 ? strlen(text) : 0;
    png_set_text(writer->png, writer->info, &entry, 1);
    return MTAN_CODEC_OK;
}

mtan_codec_status mtan_png_writer_write_row(mtan_png_writer *writer, const uint8_t *row) {
    if (writer->status != MTAN_CODEC_OK) return writer->status;
    if (setjmp(writer->escape)) return writer->status;
    if (!writer->header_written) {
        writer->header_written = 1;
        png_write_info(writer->png, writer->info);
    }
    png_write_row(writer->png, row);
    return MTAN_CODEC_OK;
}

mtan_codec_status mtan_png_writer_finish(mtan_png_writer *writer) {
    if (writer->status != MTAN_CODEC_OK) return writer->status;
    if (setjmp(writer->escape)) return writer->status;
    png_write_end(writer->png, NULL);
    return MTAN_CODEC_OK;
}

const uint8_t *mtan_png_writer_bytes(const mtan_png_writer *writer, size_t *size) {
    *size = writer->size;
    return writer->bytes;
}

const char *mtan_png_writer_message(const mtan_png_writer *writer) { return writer->message; }

void mtan_png_writer_destroy(mtan_png_writer *writer) {
    if (writer == NULL) return;
    if (writer->png != NULL) png_destroy_write_struct(&writer->png, &writer->info);
    free(writer->bytes);
    free(writer);
}
