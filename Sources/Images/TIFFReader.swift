import CImageCodecs
import CLibTIFF

/// libtiff's reader for the first page of a file. The bytes must outlive it.
struct TIFFReader: ~Copyable, ImageReader {
    private let handle: OpaquePointer
    private let limits: ImageLimits
    private var header = mtan_tiff_header()

    private init(handle: OpaquePointer, limits: ImageLimits) {
        self.handle = handle
        self.limits = limits
    }

    deinit { mtan_tiff_reader_destroy(handle) }

    /// The tags whose values bear on pixels and can lie outside of the directory: bits per sample, where strips
    /// are and how long, the palette, where tiles are and how long, kinds and formats of samples, JPEG's tables.
    private static let pixelTags: Set = [258, 273, 279, 320, 324, 325, 338, 339, 347]

    /// Reads the first directory.
    static func open(
        _ bytes: UnsafeRawBufferPointer, limits: ImageLimits
    ) throws(ImageError) -> TIFFReader {
        guard let directory = TIFFDirectory(bytes), directory.isWhole(for: pixelTags) else {
            throw .truncated(.tiff, detail: "the directory, or what it refers to, lies beyond the end")
        }
        let newSubfileType = 254
        guard (directory.number(newSubfileType) ?? 0) & 1 == 0 else {
            throw .unsupported(
                .tiff, detail: "the first page is a preview of another one",
                wayOut: "take that one: magick 'in.tif[1]' out.png")
        }
        let content = bytes.bindMemory(to: UInt8.self)
        guard let handle = mtan_tiff_reader_create(content.baseAddress, content.count) else {
            throw .outOfMemory(.tiff)
        }
        var reader = TIFFReader(handle: handle, limits: limits)
        let limit = max(limits.maximumWorkingBytes, 1)
        try reader.check(mtan_tiff_reader_read_header(handle, limit, &reader.header))
        return reader
    }

    var size: PixelSize { PixelSize(width: Int(header.width), height: Int(header.height)) }

    func decode(onto canvas: UprightCanvas, background: RGBColor) throws(ImageError) {
        let pixels = try TIFFPixels(header, background: background)
        let block = (width: Int(header.block_width), height: Int(header.block_height))
        try checkPadding(block)
        let planes = header.is_planar != 0 ? Int(header.samples) : 1
        let (bytes, overflow) = Int(clamping: header.block_bytes).multipliedReportingOverflow(by: planes)
        let memory = try PixelBuffer(
            byteCount: overflow ? Int.max : bytes,
            // Zstandard unpacks into a buffer of its own, of which it fills no more than a block.
            overhead: Int32(header.compression) == COMPRESSION_ZSTD ? Int(clamping: header.block_bytes) : 0,
            limits: limits, format: .tiff)
        let row = TIFFRow(pixels, count: min(block.width, size.width))
        for y in stride(from: 0, to: size.height, by: block.height) {
            for x in stride(from: 0, to: size.width, by: block.width) {
                for plane in 0..<planes {
                    let target = memory.base + plane * Int(header.block_bytes)
                    try check(
                        mtan_tiff_reader_read_block(handle, UInt32(x), UInt32(y), UInt16(plane), target))
                }
                for line in 0..<min(block.height, size.height - y) {
                    row.write(
                        memory.base + line * Int(header.row_bytes), count: min(block.width, size.width - x),
                        planes: planes, spacing: Int(header.block_bytes), to: canvas, x: x, y: y + line)
                }
            }
        }
    }

    /// Tiles may reach beyond the image; what is unpacked there for nothing must not become the main work, nor the
    /// main memory. A block is no larger than the area of all.
    private func checkPadding(_ block: (width: Int, height: Int)) throws(ImageError) {
        func padded(_ length: Int, _ unit: Int) -> Int { (length + unit - 1) / unit * unit }
        let area = padded(size.width, block.width).multipliedReportingOverflow(
            by: padded(size.height, block.height))
        let (limit, overflow) = size.area.multipliedReportingOverflow(by: 4)
        guard !area.overflow, overflow || area.partialValue <= max(limit, 1 << 20) else {
            throw .unsupported(
                .tiff, detail: "tiles of \(block.width)x\(block.height) for an image of \(size)")
        }
    }

    private func check(_ status: mtan_codec_status) throws(ImageError) {
        guard status != MTAN_CODEC_OK else { return }
        guard status != MTAN_CODEC_OVER_MEMORY else {
            throw .overLimit(.workingBytes, maximum: limits.maximumWorkingBytes, found: nil)
        }
        throw ImageError(status, format: .tiff, message: String(cString: mtan_tiff_reader_message(handle)))
    }
}
