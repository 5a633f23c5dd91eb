/*
 * What Swift cannot call of libpng, libjpeg and libtiff.
 *
 * libpng and libjpeg report errors by leaving the running function. Every function here catches that inside
 * itself and returns a status, so no jump ever crosses a caller's frame. Of libtiff, whose functions are
 * variadic, the same interface is made.
 *
 * Policy (limits, colour, alpha, orientation) is the caller's: headers are read by one call and pixels by
 * later ones, so that the caller can look at the dimensions before it allocates anything for them.
 *
 * Contract shared by all functions:
 * - There is no global state. One reader or writer serves one thread at a time.
 * - The encoded bytes are borrowed: they must stay in place until the reader is destroyed.
 * - After the first status other than MTAN_CODEC_OK only `_message` and `_destroy` have any effect; every
 *   other call returns that status again.
 * - `_destroy` frees everything on every path and accepts NULL.
 */
#ifndef MTAN_IMAGE_CODECS_H
#define MTAN_IMAGE_CODECS_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum mtan_codec_status {
    MTAN_CODEC_OK = 0,
    /* The data end before the image does. */
    MTAN_CODEC_TRUNCATED = 1,
    /* The library, or a check sum, says that the data are damaged. */
    MTAN_CODEC_CORRUPT = 2,
    /* Valid, but a variant that the library does not decode. */
    MTAN_CODEC_UNSUPPORTED = 3,
    /* A side is longer than the library can handle (JPEG only). */
    MTAN_CODEC_SIDE_TOO_LONG = 4,
    /* The image is stored in more scans than allowed (JPEG only). */
    MTAN_CODEC_TOO_MANY_SCANS = 5,
    /* Decoding would need more working memory than allowed. */
    MTAN_CODEC_OVER_MEMORY = 6,
    /* The system refused an allocation. */
    MTAN_CODEC_OUT_OF_MEMORY = 7
} mtan_codec_status;

/* ---- PNG, reading ------------------------------------------------------------------------------------ */

typedef struct mtan_png_reader mtan_png_reader;

typedef struct mtan_png_header {
    uint32_t width;
    uint32_t height;
    /* 1 when the rows come in the seven passes of Adam7, each pass with its own reduced width and height. */
    int32_t interlaced;
} mtan_png_header;

typedef struct mtan_png_layout {
    /* 1: grey or an index. 2: grey and alpha. 3: red, green, blue. 4: the same and alpha. Alpha is not
     * premultiplied. */
    int32_t channels;
    /* 8, or 16 with the high byte first. */
    int32_t bits;
    /* Bytes of a row of full width. */
    size_t row_bytes;
} mtan_png_layout;

/* A reader over `size` borrowed bytes, or NULL without memory. */
mtan_png_reader *mtan_png_reader_create(const uint8_t *bytes, size_t size);

/* Reads everything before the pixels. Of the chunks only IHDR, PLTE and tRNS are kept; all other ancillary
 * chunks are skipped without being unpacked or stored, but their check sums are verified. */
mtan_codec_status mtan_png_reader_read_header(mtan_png_reader *reader, mtan_png_header *header);

/* Prepares the rows: palettes, grey and low bit depths become RGB, tRNS becomes alpha, 16 bits stay 16.
 * libpng's own buffers are a few rows long; their sum is bounded by 1 MiB + 64 bytes per pixel of width. */
mtan_codec_status mtan_png_reader_start(mtan_png_reader *reader, mtan_png_layout *layout);

/* Prepares the rows as they are stored: 1 channel of indices or grey, 2 with alpha, 3 or 4; tRNS is ignored.
 * 1, 2 and 4 bits become a byte each, of the same value. Instead of `_start`, under the same bounds. */
mtan_codec_status mtan_png_reader_start_samples(mtan_png_reader *reader, mtan_png_layout *layout);

/* Reads the next row. `row` must hold `row_bytes` bytes also in a narrow pass, whose pixels are the first
 * ones. The caller asks for exactly `height` rows, or for those of the seven passes that are not empty. */
mtan_codec_status mtan_png_reader_read_row(mtan_png_reader *reader, uint8_t *row);

/* Reads and verifies what follows the pixels, up to and including IEND. */
mtan_codec_status mtan_png_reader_finish(mtan_png_reader *reader);

/* What the library said about the failure; empty before one. Lives as long as the reader. */
const char *mtan_png_reader_message(const mtan_png_reader *reader);

void mtan_png_reader_destroy(mtan_png_reader *reader);

/* ---- PNG, writing ------------------------------------------------------------------------------------ */

typedef struct mtan_png_writer mtan_png_writer;

typedef enum mtan_png_kind {
    /* One byte per pixel, an index into the palette. */
    MTAN_PNG_PALETTE8 = 0,
    /* Three bytes per pixel. */
    MTAN_PNG_RGB8 = 1,
    /* Two bytes per pixel, the high byte first. */
    MTAN_PNG_GREY16 = 2
} mtan_png_kind;

/* What is written of each row in place of its samples; the values are those of PNG (section 9.2). */
typedef enum mtan_png_filter {
    /* Differences to the row above. */
    MTAN_PNG_FILTER_UP = 2,
    /* Differences to the nearest of left, above and above left to their plane. */
    MTAN_PNG_FILTER_PAETH = 4
} mtan_png_filter;

typedef struct mtan_png_description {
    uint32_t width;
    uint32_t height;
    mtan_png_kind kind;
    mtan_png_filter filter;
    /* libdeflate's level, 0 to 12. */
    int32_t level;
    /* `palette_count` (1 to 256) triples of red, green, blue; only for MTAN_PNG_PALETTE8. */
    const uint8_t *palette;
    int32_t palette_count;
} mtan_png_description;

/* A writer, or NULL without memory. */
mtan_png_writer *mtan_png_writer_create(void);

/* Sets what the file is. Nothing of `description` is kept by reference. */
mtan_codec_status mtan_png_writer_begin(mtan_png_writer *writer, const mtan_png_description *description);

/* Adds a text chunk, before the first row: tEXt (`utf8` 0, `text` in Latin-1) or iTXt (`utf8` 1). The
 * keyword is 1 to 79 Latin-1 characters. Both strings end in NUL and are copied. */
mtan_codec_status mtan_png_writer_add_text(
    mtan_png_writer *writer, const char *keyword, const char *text, int32_t utf8);

/* Takes the next of `height` rows, each of `width` pixels of the kind. All are kept until the end: rows are
 * compressed together. */
mtan_codec_status mtan_png_writer_write_row(mtan_png_writer *writer, const uint8_t *row);

/* Compresses the rows and ends the file, after the last row. */
mtan_codec_status mtan_png_writer_finish(mtan_png_writer *writer);

/* The file, after `_finish`. Lives until the next call that takes the writer. */
const uint8_t *mtan_png_writer_bytes(const mtan_png_writer *writer, size_t *size);

/* What the library said about the failure; empty before one. Lives as long as the writer. */
const char *mtan_png_writer_message(const mtan_png_writer *writer);

void mtan_png_writer_destroy(mtan_png_writer *writer);

/* ---- JPEG, reading ----------------------------------------------------------------------------------- */

typedef struct mtan_jpeg_reader mtan_jpeg_reader;

typedef struct mtan_jpeg_header {
    uint32_t width;
    uint32_t height;
    /* What rows will hold. 3: red, green, blue. 4: cyan, magenta, yellow, black as they are stored. */
    int32_t channels;
} mtan_jpeg_header;

/* A reader over `size` borrowed bytes, or NULL without memory. */
mtan_jpeg_reader *mtan_jpeg_reader_create(const uint8_t *bytes, size_t size);

/* Reads everything before the first scan. `header` is filled as far as it was read, on failure too: with
 * MTAN_CODEC_SIDE_TOO_LONG its width and height are valid. */
mtan_codec_status mtan_jpeg_reader_read_header(mtan_jpeg_reader *reader, mtan_jpeg_header *header);

/* Prepares the rows. A file of several scans is read to its end here: libjpeg then holds two bytes per
 * coefficient of the whole image, which with its other memory may not exceed `memory_limit` bytes. More
 * than `scan_limit` scans end the reading; a file that ends before its last scan is truncated. */
mtan_codec_status mtan_jpeg_reader_start(mtan_jpeg_reader *reader, size_t memory_limit, int32_t scan_limit);

/* Reads the next of `height` rows; `row` must hold `width` times `channels` bytes. */
mtan_codec_status mtan_jpeg_reader_read_row(mtan_jpeg_reader *reader, uint8_t *row);

/* Reads what follows the pixels, up to the end-of-image marker. */
mtan_codec_status mtan_jpeg_reader_finish(mtan_jpeg_reader *reader);

/* What the library said about the failure; empty before one. Lives as long as the reader. */
const char *mtan_jpeg_reader_message(const mtan_jpeg_reader *reader);

void mtan_jpeg_reader_destroy(mtan_jpeg_reader *reader);

/* ---- TIFF, reading ----------------------------------------------------------------------------------- */

typedef struct mtan_tiff_reader mtan_tiff_reader;

/* The first page by its tags; the names of values are those of tiff.h. */
typedef struct mtan_tiff_header {
    uint32_t width;
    uint32_t height;
    uint16_t bits;
    uint16_t samples;
    uint16_t photometric;
    uint16_t compression;
    uint16_t sample_format;
    uint16_t ink_set;
    /* Whether each block holds one of the samples of its pixels, and not all of them. */
    int32_t is_planar;
    /* 0 to 8 kinds of the samples beyond the colours: EXTRASAMPLE_UNSPECIFIED, _ASSOCALPHA, _UNASSALPHA. */
    uint16_t extra_kinds[8];
    uint16_t extra_count;
    /* A block is a tile, or a strip of the image's width. Both sides are at least 1. */
    uint32_t block_width;
    uint32_t block_height;
    /* Bytes of a whole block, and of a row of one. */
    uint64_t block_bytes;
    uint64_t row_bytes;
    int32_t is_tiled;
    /* 1 << bits values of 16 bits for red, green and blue, or NULL. They live as long as the reader. */
    const uint16_t *palette[3];
} mtan_tiff_header;

/* A reader over `size` borrowed bytes, or NULL without memory. */
mtan_tiff_reader *mtan_tiff_reader_create(const uint8_t *bytes, size_t size);

/* Reads the first directory. No single allocation of libtiff, here or later, exceeds `memory_limit` bytes. */
mtan_codec_status mtan_tiff_reader_read_header(
    mtan_tiff_reader *reader, size_t memory_limit, mtan_tiff_header *header);

/* Unpacks the block that holds the pixel (x, y), of `plane` if the image is planar. Samples of 16 bits are in
 * the machine's byte order; fewer than 8 bits are packed, the first sample in the high bits. `block` must hold
 * `block_bytes` bytes. The last strip fills fewer rows. */
mtan_codec_status mtan_tiff_reader_read_block(
    mtan_tiff_reader *reader, uint32_t x, uint32_t y, uint16_t plane, uint8_t *block);

/* What the library said about the failure; empty before one. Lives as long as the reader. */
const char *mtan_tiff_reader_message(const mtan_tiff_reader *reader);

void mtan_tiff_reader_destroy(mtan_tiff_reader *reader);

#ifdef __cplusplus
}
#endif

#endif
