import CImageCodecs

/// libpng's reader, from the header to the last row. The bytes must outlive it.
struct PNGReader: ~Copyable, ImageReader {
    private let handle: OpaquePointer
    private var header = mtan_png_header()

    private init(handle: OpaquePointer) { self.handle = handle }

    /// Reads what precedes the pixels.
    static func open(_ bytes: UnsafeRawBufferPointer) throws(ImageError) -> PNGReader {
        let content = bytes.bindMemory(to: UInt8.self)
        guard let handle = mtan_png_reader_create(content.baseAddress, content.count) else {
            throw .outOfMemory(.png)
        }
        var reader = PNGReader(handle: handle)
        try reader.check(mtan_png_reader_read_header(handle, &reader.header))
        return reader
    }

    deinit { mtan_png_reader_destroy(handle) }

    var size: PixelSize { PixelSize(width: Int(header.width), height: Int(header.height)) }

    func decode(onto canvas: UprightCanvas, background: RGBColor) throws(ImageError) {
        var layout = mtan_png_layout()
        try check(mtan_png_reader_start(handle, &layout))
        try readRows(layout) { row, count, y, columns in
            convert(row, count: count, layout: layout, background: background)
            canvas.write(row, count: count, y: y, first: columns.first, spacing: columns.spacing)
        }
    }

    /// Decodes all samples as they are stored and verifies the rest of the file.
    func samples() throws(ImageError) -> PNGSamples {
        var layout = mtan_png_layout()
        try check(mtan_png_reader_start_samples(handle, &layout))
        let (channels, bits) = (Int(layout.channels), Int(layout.bits))
        var values = [UInt16](repeating: 0, count: size.area * channels)
        try readRows(layout) { row, count, y, columns in
            for index in 0..<count * channels {
                let x = columns.first + index / channels * columns.spacing
                values[(y * size.width + x) * channels + index % channels] =
                    bits == 8 ? UInt16(row[index]) : UInt16(row[2 * index]) << 8 | UInt16(row[2 * index + 1])
            }
        }
        return PNGSamples(size: size, channels: channels, bits: bits, values: values)
    }

    /// Reads all rows, pass by pass, and the rest of the file. `body` gets the samples of a row, which it may
    /// change, the number of its pixels, its place among the rows, and the columns of the pixels.
    private func readRows(
        _ layout: mtan_png_layout,
        _ body: (_ row: UnsafeMutablePointer<UInt8>, _ count: Int, _ y: Int, _ columns: Adam7.Grid) -> Void
    ) throws(ImageError) {
        let row = UnsafeMutablePointer<UInt8>.allocate(capacity: layout.row_bytes)
        row.initialize(repeating: 0, count: layout.row_bytes)
        defer { row.deallocate() }
        for pass in header.interlaced != 0 ? Adam7.passes : [.whole] {
            let count = pass.columns.count(upTo: size.width)
            guard count > 0 else { continue }
            for y in stride(from: pass.rows.first, to: size.height, by: pass.rows.spacing) {
                try check(mtan_png_reader_read_row(handle, row))
                body(row, count, y, pass.columns)
            }
        }
        try check(mtan_png_reader_finish(handle))
    }

    private func convert(
        _ row: UnsafeMutablePointer<UInt8>, count: Int, layout: mtan_png_layout, background: RGBColor
    ) {
        switch (layout.channels, layout.bits) {
        case (3, 8): break
        case (4, 8): RowConversion.compositeRGBA8(row, count: count, over: background)
        case (3, 16): RowConversion.reduceRGB16(row, count: count)
        case (4, 16): RowConversion.compositeRGBA16(row, count: count, over: background)
        default: preconditionFailure("libpng delivers \(layout.channels) channels of \(layout.bits) bits")
        }
    }

    private func check(_ status: mtan_codec_status) throws(ImageError) {
        guard status != MTAN_CODEC_OK else { return }
        throw ImageError(status, format: .png, message: String(cString: mtan_png_reader_message(handle)))
    }
}

/// The order in which an interlaced PNG stores its pixels. libpng could spread them itself, but only over a
/// whole image in its own pixel format; one row at a time needs no such buffer.
private enum Adam7 {
    struct Grid {
        let first: Int
        let spacing: Int

        func count(upTo length: Int) -> Int { first < length ? (length - first + spacing - 1) / spacing : 0 }
    }

    struct Pass {
        let columns: Grid
        let rows: Grid

        static let whole = Pass(0, 1, 0, 1)

        init(_ firstColumn: Int, _ columnSpacing: Int, _ firstRow: Int, _ rowSpacing: Int) {
            columns = Grid(first: firstColumn, spacing: columnSpacing)
            rows = Grid(first: firstRow, spacing: rowSpacing)
        }
    }

    static let passes = [
        Pass(0, 8, 0, 8), Pass(4, 8, 0, 8), Pass(0, 4, 4, 8), Pass(2, 4, 0, 4), Pass(0, 2, 2, 4),
        Pass(1, 2, 0, 2), Pass(0, 1, 1, 2),
    ]
}
