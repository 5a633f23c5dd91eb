#include "jpeg_messages.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tiffio.h>

enum { MESSAGE_CAPACITY = 200 };

struct mtan_tiff_reader {
    TIFF *tiff;
    const uint8_t *bytes;
    size_t size;
    size_t offset;
    uint32_t width;
    uint32_t height;
    uint32_t rows_per_strip;
    int32_t is_tiled;
    /* Warnings about tags are let pass; those of a codec stand for invented or missing pixels. */
    int32_t is_decoding;
    /* Of a stream libtiff hands on the first warning of libjpeg only: behind a harmless one, others may hide. */
    int32_t has_jpeg_warning;
    size_t memory_limit;
    mtan_codec_status status;
    char message[MESSAGE_CAPACITY];
};

static mtan_codec_status fail(mtan_tiff_reader *reader, mtan_codec_status status, const char *message) {
    if (reader->message[0] == '\0') snprintf(reader->message, sizeof reader->message, "%s", message);
    return reader->status = status;
}

/* libtiff hands on a text only. Its refusals of memory are not the fault of the file. */
static mtan_codec_status status_of(const char *module, const char *text) {
    static const char *const limits[] = {"limit defined in open options", "would require libjpeg to allocate"};
    static const char *const failures[] = {
        "ut of memory", "o space", "ailed to allocate", "annot allocate", "nable to allocate", "ot enough memory"};
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
        if (strstr(text, limits[i]) != NULL) return MTAN_CODEC_OVER_MEMORY;
    }
    for (size_t i = 0; i < sizeof failures / sizeof *failures; i++) {
        if (strstr(text, failures[i]) != NULL) return MTAN_CODEC_OUT_OF_MEMORY;
    }
    if (module == NULL || strcmp(module, "JPEGLib") != 0) return MTAN_CODEC_CORRUPT;
    mtan_codec_status status = mtan_jpeg_judge_text(text);
    /* The file has all of the strip that ends early, or that says it is larger than it can be. */
    return status == MTAN_CODEC_TRUNCATED || status == MTAN_CODEC_SIDE_TOO_LONG ? MTAN_CODEC_CORRUPT : status;
}

/* The first error is the cause, the others follow from it. */
static void note(mtan_tiff_reader *reader, mtan_codec_status status, const char *text) {
    if (reader->status == MTAN_CODEC_OK) fail(reader, status, text);
}

static int on_error(TIFF *tiff, void *context, const char *module, const char *format, va_list arguments) {
    (void)tiff;
    char text[MESSAGE_CAPACITY];
    vsnprintf(text, sizeof text, format, arguments);
    mtan_codec_status status = status_of(module, text);
    note(context, status == MTAN_CODEC_OK ? MTAN_CODEC_CORRUPT : status, text);
    return 1;
}

static int on_warning(TIFF *tiff, void *context, const char *module, const char *format, va_list arguments) {
    (void)tiff;
    mtan_tiff_reader *reader = context;
    char text[MESSAGE_CAPACITY];
    vsnprintf(text, sizeof text, format, arguments);
    mtan_codec_status status = status_of(module, text);
    if (status == MTAN_CODEC_OK) reader->has_jpeg_warning = 1;
    /* All pixels are there; only the mark behind them is not, or the order of bits is that of old writers. */
    int is_harmless = strstr(text, "not terminated with EOI") != NULL || strstr(text, "Old-style LZW") != NULL;
    if (status == MTAN_CODEC_CORRUPT && (!reader->is_decoding || is_harmless)) return 1;
    if (status != MTAN_CODEC_OK) note(reader, status, text);
    return 1;
}

static tmsize_t on_read(thandle_t handle, void *destination, tmsize_t count) {
    mtan_tiff_reader *reader = handle;
    size_t left = reader->offset < reader->size ? reader->size - reader->offset : 0;
    size_t taken = count < 0 ? 0 : (size_t)count < left ? (size_t)count : left;
    if (taken > 0) memcpy(destination, reader->bytes + reader->offset, taken);
    reader->offset += taken;
    return (tmsize_t)taken;
}

static tmsize_t on_write(thandle_t handle, void *source, tmsize_t count) {
    (void)handle;
    (void)source;
    (void)count;
    return -1;
}

static toff_t on_seek(thandle_t handle, toff_t offset, int whence) {
    mtan_tiff_reader *reader = handle;
    toff_t base = whence == SEEK_CUR ? reader->offset : whence == SEEK_END ? reader->size : 0;
    if (offset > SIZE_MAX - base) return (toff_t)-1;
    return reader->offset = base + offset;
}

static int on_close(thandle_t handle) {
    (void)handle;
    return 0;
}

static toff_t on_size(thandle_t handle) { return ((const mtan_tiff_reader *)handle)->size; }

/* The bytes are in memory as they are: libtiff reads them in place and does not write to a mapping. */
static int on_map(thandle_t handle, void **base, toff_t *size) {
    const mtan_tiff_reader *reader = handle;
    *base = (void *)reader->bytes;
    *size = reader->size;
    return 1;
}

static void on_unmap(thandle_t handle, void *base, toff_t size) {
    (void)handle;
    (void)base;
    (void)size;
}

mtan_tiff_reader *mtan_tiff_reader_create(const uint8_t *bytes, size_t size) {
    mtan_tiff_reader *reader = calloc(1, sizeof *reader);
    if (reader == NULL) return NULL;
    reader->bytes = bytes;
    reader->size = size;
    return reader;
}

static int open_file(mtan_tiff_reader *reader, size_t memory_limit) {
    TIFFOpenOptions *options = TIFFOpenOptionsAlloc();
    if (options == NULL) {
        fail(reader, MTAN_CODEC_OUT_OF_MEMORY, "no memory");
        return 0;
    }
    tmsize_t limit = memory_limit > LONG_MAX ? LONG_MAX : (tmsize_t)memory_limit;
    TIFFOpenOptionsSetMaxSingleMemAlloc(options, limit);
    TIFFOpenOptionsSetErrorHandlerExtR(options, on_error, reader);
    TIFFOpenOptionsSetWarningHandlerExtR(options, on_warning, reader);
    reader->tiff = TIFFClientOpenExt(
        "image", "r", reader, on_read, on_write, on_seek, on_close, on_size, on_map, on_unmap, options);
    TIFFOpenOptionsFree(options);
    return reader->tiff != NULL;
}

static void read_tags(mtan_tiff_reader *reader, mtan_tiff_header *header) {
    TIFF *tiff = reader->tiff;
    uint16_t planar = PLANARCONFIG_CONTIG, *kinds = NULL, *palette[3] = {NULL, NULL, NULL};
    TIFFGetField(tiff, TIFFTAG_IMAGEWIDTH, &header->width);
    TIFFGetField(tiff, TIFFTAG_IMAGELENGTH, &header->height);
    TIFFGetFieldDefaulted(tiff, TIFFTAG_BITSPERSAMPLE, &header->bits);
    TIFFGetFieldDefaulted(tiff, TIFFTAG_SAMPLESPERPIXEL, &header->samples);
    TIFFGetFieldDefaulted(tiff, TIFFTAG_SAMPLEFORMAT, &header->sample_format);
    TIFFGetFieldDefaulted(tiff, TIFFTAG_INKSET, &header->ink_set);
    TIFFGetFieldDefaulted(tiff, TIFFTAG_COMPRESSION, &header->compression);
    TIFFGetFieldDefaulted(tiff, TIFFTAG_PLANARCONFIG, &planar);
    header->is_planar = planar == PLANARCONFIG_SEPARATE && header->samples > 1;
    if (!TIFFGetField(tiff, TIFFTAG_PHOTOMETRIC, &header->photometric)) header->photometric = UINT16_MAX;
    TIFFGetFieldDefaulted(tiff, TIFFTAG_EXTRASAMPLES, &header->extra_count, &kinds);
    if (header->extra_count > 8) header->extra_count = 8;
    for (int index = 0; kinds != NULL && index < header->extra_count; index++) {
        header->extra_kinds[index] = kinds[index];
    }
    if (header->bits <= 16 && TIFFGetField(tiff, TIFFTAG_COLORMAP, &palette[0], &palette[1], &palette[2])) {
        for (int channel = 0; channel < 3; channel++) header->palette[channel] = palette[channel];
    }
}

static void read_blocks(mtan_tiff_reader *reader, mtan_tiff_header *header) {
    TIFF *tiff = reader->tiff;
    header->is_tiled = TIFFIsTiled(tiff);
    if (header->is_tiled) {
        TIFFGetField(tiff, TIFFTAG_TILEWIDTH, &header->block_width);
        TIFFGetField(tiff, TIFFTAG_TILELENGTH, &header->block_height);
        header->block_bytes = TIFFTileSize64(tiff);
        header->row_bytes = TIFFTileRowSize64(tiff);
    } else {
        TIFFGetFieldDefaulted(tiff, TIFFTAG_ROWSPERSTRIP, &header->block_height);
        header->block_width = header->width;
        if (header->block_height > header->height) header->block_height = header->height;
        header->block_bytes = TIFFVStripSize64(tiff, header->block_height);
        header->row_bytes = TIFFVStripSize64(tiff, 1);
    }
}

mtan_codec_status mtan_tiff_reader_read_header(
    mtan_tiff_reader *reader, size_t memory_limit, mtan_tiff_header *header) {
    if (reader->status != MTAN_CODEC_OK) return reader->status;
    reader->memory_limit = memory_limit;
    if (!open_file(reader, memory_limit)) {
        note(reader, MTAN_CODEC_CORRUPT, "no directory");
        return reader->status;
    }
    read_tags(reader, header);
    /* libjpeg turns the colours itself, and with them undoes their subsampling. */
    if (header->compression == COMPRESSION_JPEG && header->photometric == PHOTOMETRIC_YCBCR && !header->is_planar) {
        TIFFSetField(reader->tiff, TIFFTAG_JPEGCOLORMODE, JPEGCOLORMODE_RGB);
        header->photometric = PHOTOMETRIC_RGB;
    }
    read_blocks(reader, header);
    if (reader->status != MTAN_CODEC_OK) return reader->status;
    if (header->width == 0 || header->height == 0 || header->block_width == 0 || header->block_height == 0 ||
        header->block_bytes == 0 || header->row_bytes == 0) {
        return fail(reader, MTAN_CODEC_CORRUPT, "no pixels");
    }
    reader->width = header->width;
    reader->height = header->height;
    reader->rows_per_strip = header->block_height;
    reader->is_tiled = header->is_tiled;
    return MTAN_CODEC_OK;
}

/* Decodes a block of JPEG once more, where every warning can be seen. */
static mtan_codec_status verify_jpeg(mtan_tiff_reader *reader, uint64_t offset, uint64_t length) {
    uint32_t tables_size = 0;
    void *tables = NULL;
    if (!TIFFGetField(reader->tiff, TIFFTAG_JPEGTABLES, &tables_size, &tables)) tables_size = 0;
    mtan_codec_status status = mtan_jpeg_verify(
        tables, tables_size, reader->bytes + offset, length, reader->memory_limit, reader->message,
        sizeof reader->message);
    return reader->status = status == MTAN_CODEC_TRUNCATED ? MTAN_CODEC_CORRUPT : status;
}

mtan_codec_status mtan_tiff_reader_read_block(
    mtan_tiff_reader *reader, uint32_t x, uint32_t y, uint16_t plane, uint8_t *block) {
    if (reader->status != MTAN_CODEC_OK) return reader->status;
    TIFF *tiff = reader->tiff;
    uint32_t number = reader->is_tiled ? TIFFComputeTile(tiff, x, y, 0, plane) : TIFFComputeStrip(tiff, y, plane);
    uint64_t offset = TIFFGetStrileOffset(tiff, number), length = TIFFGetStrileByteCount(tiff, number);
    if (offset > reader->size || length > reader->size - offset) {
        return fail(reader, MTAN_CODEC_TRUNCATED, "a strip or tile reaches beyond the end of the file");
    }
    reader->is_decoding = 1;
    reader->has_jpeg_warning = 0;
    tmsize_t read, expected;
    if (reader->is_tiled) {
        expected = TIFFTileSize(tiff);
        read = TIFFReadEncodedTile(tiff, number, block, expected);
    } else {
        uint32_t rows = reader->height - y;
        expected = TIFFVStripSize(tiff, rows < reader->rows_per_strip ? rows : reader->rows_per_strip);
        read = TIFFReadEncodedStrip(tiff, number, block, expected);
    }
    if (reader->status != MTAN_CODEC_OK) return reader->status;
    if (read != expected) return fail(reader, MTAN_CODEC_CORRUPT, "a strip or tile holds too few pixels");
    if (reader->has_jpeg_warning) return verify_jpeg(reader, offset, length);
    return MTAN_CODEC_OK;
}

const char *mtan_tiff_reader_message(const mtan_tiff_reader *reader) { return reader->message; }

void mtan_tiff_reader_destroy(mtan_tiff_reader *reader) {
    if (reader == NULL) return;
    if (reader->tiff != NULL) TIFFClose(reader->tiff);
    free(reader);
}
