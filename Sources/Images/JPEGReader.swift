import CImageCodecs

/// libjpeg's reader, from the header to the last row. The bytes must outlive it.
struct JPEGReader: ~Copyable, ImageReader {
    private let handle: OpaquePointer
    private let limits: ImageLimits
    private var header = mtan_jpeg_header()

    private init(handle: OpaquePointer, limits: ImageLimits) {
        self.handle = handle
        self.limits = limits
    }

    /// Reads what precedes the pixels.
    static func open(
        _ bytes: UnsafeRawBufferPointer, limits: ImageLimits
    ) throws(ImageError) -> JPEGReader {
        let content = bytes.bindMemory(to: UInt8.self)
        guard let handle = mtan_jpeg_reader_create(content.baseAddress, content.count) else {
            throw .outOfMemory(.jpeg)
        }
        var reader = JPEGReader(handle: handle, limits: limits)
        try reader.check(mtan_jpeg_reader_read_header(handle, &reader.header))
        return reader
    }

    deinit { mtan_jpeg_reader_destroy(handle) }

    var size: PixelSize { PixelSize(width: Int(header.width), height: Int(header.height)) }

    /// JPEG has no transparency for the background to show through.
    func decode(onto canvas: UprightCanvas, background _: RGBColor) throws(ImageError) {
        let scans = Int32(clamping: limits.maximumScans)
        try check(mtan_jpeg_reader_start(handle, max(limits.maximumWorkingBytes, 1), scans))
        let channels = Int(header.channels)
        let row = UnsafeMutablePointer<UInt8>.allocate(capacity: size.width * channels)
        defer { row.deallocate() }
        for y in 0..<size.height {
            try check(mtan_jpeg_reader_read_row(handle, row))
            if channels == 4 { RowConversion.convertInvertedCMYK(row, count: size.width) }
            canvas.write(row, count: size.width, y: y)
        }
        try check(mtan_jpeg_reader_finish(handle))
    }

    private func check(_ status: mtan_codec_status) throws(ImageError) {
        switch status {
        case MTAN_CODEC_OK:
            return
        case MTAN_CODEC_SIDE_TOO_LONG:
            let isOwn = limits.maximumSide < Self.longestSide
            throw .overLimit(
                isOwn ? .side : .codecSide, maximum: min(limits.maximumSide, Self.longestSide),
                found: max(size.width, size.height))
        case MTAN_CODEC_TOO_MANY_SCANS:
            throw .overLimit(.scans, maximum: limits.maximumScans, found: nil)
        case MTAN_CODEC_OVER_MEMORY:
            throw .overLimit(.workingBytes, maximum: limits.maximumWorkingBytes, found: nil)
        default:
            throw ImageError(
                status, format: .jpeg, message: String(cString: mtan_jpeg_reader_message(handle)))
        }
    }

    /// libjpeg's own limit.
    private static let longestSide = 65_500
}

extension ImageError {
    /// The error for a codec's status that needs no figure beside the library's message.
    init(_ status: mtan_codec_status, format: ImageFormat, message: String) {
        self =
            switch status {
            case MTAN_CODEC_TRUNCATED: .truncated(format, detail: message)
            case MTAN_CODEC_UNSUPPORTED: .unsupported(format, detail: message)
            case MTAN_CODEC_OUT_OF_MEMORY: .outOfMemory(format)
            default: .corrupt(format, detail: message)
            }
    }
}
