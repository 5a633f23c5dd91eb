#include "CImageCodecs.h"

#include "png_filters.h"

#include <libdeflate.h>
#include <png.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    MESSAGE_CAPACITY = 200,
    FIRST_CAPACITY = 1 << 16,
    /* A chunk's length has 31 bits; longer streams are cut. */
    LONGEST_CHUNK = 1 << 30
};

struct mtan_png_writer {
    png_structp png;
    png_infop info;
    uint8_t *bytes;
    size_t size;
    size_t capacity;
    /* Filtered rows, each behind the byte that names its filter, and the samples of the row before. */
    uint8_t *lines;
    uint8_t *previous;
    size_t row_bytes;
    size_t pixel_bytes;
    uint32_t rows;
    uint32_t height;
    mtan_png_filter filter;
    int32_t level;
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

static _Noreturn void fail_without_memory(mtan_png_writer *writer) {
    writer->suspicion = MTAN_CODEC_OUT_OF_MEMORY;
    png_error(writer->png, "out of memory");
}

static void on_write(png_structp png, png_bytep source, size_t count) {
    mtan_png_writer *writer = png_get_io_ptr(png);
    if (count > writer->capacity - writer->size) {
        size_t capacity = writer->capacity == 0 ? FIRST_CAPACITY : writer->capacity;
        while (capacity - writer->size < count && capacity <= SIZE_MAX / 2) capacity *= 2;
        uint8_t *bytes = capacity - writer->size < count ? NULL : realloc(writer->bytes, capacity);
        if (bytes == NULL) fail_without_memory(writer);
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

static size_t bytes_per_pixel(mtan_png_kind kind) {
    return kind == MTAN_PNG_RGB8 ? 3 : kind == MTAN_PNG_GREY16 ? 2 : 1;
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
    writer->filter = description->filter;
    writer->level = description->level;
    writer->height = description->height;
    writer->pixel_bytes = bytes_per_pixel(description->kind);
    writer->row_bytes = description->width * writer->pixel_bytes;
    writer->previous = calloc(writer->row_bytes, 1);
    size_t line = writer->row_bytes + 1;
    writer->lines = writer->height > SIZE_MAX / line ? NULL : malloc(line * writer->height);
    if (writer->previous == NULL || writer->lines == NULL) fail_without_memory(writer);
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
    if (writer->rows == writer->height) png_error(writer->png, "more rows than the height");
    uint8_t *line = writer->lines + writer->rows++ * (writer->row_bytes + 1);
    *line = (uint8_t)writer->filter;
    mtan_png_filter_row(
        writer->filter, row, writer->previous, writer->row_bytes, writer->pixel_bytes, line + 1);
    memcpy(writer->previous, row, writer->row_bytes);
    return MTAN_CODEC_OK;
}

/* The rows as a zlib stream, in memory of its own; 0 bytes without memory. The bound is not touched, so it costs
 * nothing but addresses. */
static size_t compress_rows(const mtan_png_writer *writer, uint8_t **stream) {
    size_t size = writer->rows * (writer->row_bytes + 1), length = 0;
    struct libdeflate_compressor *compressor = libdeflate_alloc_compressor(writer->level);
    if (compressor != NULL) {
        size_t bound = libdeflate_zlib_compress_bound(compressor, size);
        *stream = malloc(bound);
        if (*stream != NULL)
            length = libdeflate_zlib_compress(compressor, writer->lines, size, *stream, bound);
        libdeflate_free_compressor(compressor);
    }
    return length;
}

/* libpng writes all but the pixels, which it would compress with zlib: libdeflate takes a fifth of the time for
 * maps. */
mtan_codec_status mtan_png_writer_finish(mtan_png_writer *writer) {
    if (writer->status != MTAN_CODEC_OK) return writer->status;
    uint8_t *volatile stream = NULL;
    if (setjmp(writer->escape)) {
        free(stream);
        return writer->status;
    }
    if (writer->rows < writer->height) png_error(writer->png, "fewer rows than the height");
    png_write_info(writer->png, writer->info);
    uint8_t *compressed = NULL;
    size_t size = compress_rows(writer, &compressed);
    stream = compressed;
    if (size == 0) fail_without_memory(writer);
    /* They are larger than all that is to come. */
    free(writer->lines);
    writer->lines = NULL;
    for (size_t start = 0; start < size; start += LONGEST_CHUNK) {
        size_t length = size - start < LONGEST_CHUNK ? size - start : LONGEST_CHUNK;
        png_write_chunk(writer->png, (png_const_bytep)"IDAT", compressed + start, length);
    }
    png_write_chunk(writer->png, (png_const_bytep)"IEND", NULL, 0);
    free(compressed);
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
    free(writer->lines);
    free(writer->previous);
    free(writer);
}
