import CLibWebP

/// libwebp's decoder for still pictures. The bytes must outlive it.
struct WebPReader: ~Copyable, ImageReader {
    private let file: WebPFile
    private let features: WebPBitstreamFeatures
    private let limits: ImageLimits

    /// Reads what precedes the pixels.
    static func open(
        _ bytes: UnsafeRawBufferPointer, limits: ImageLimits
    ) throws(ImageError) -> WebPReader {
        let file = WebPFile(bytes)
        var features = WebPBitstreamFeatures()
        let status = WebPGetFeatures(file.content.baseAddress, file.content.count, &features)
        guard status == VP8_STATUS_OK else { throw error(status, of: file) }
        guard features.has_animation == 0 else {
            throw .unsupported(
                .webp, detail: "an animation", wayOut: "take a frame of it: magick 'in.webp[0]' out.png")
        }
        return WebPReader(file: file, features: features, limits: limits)
    }

    var size: PixelSize { PixelSize(width: Int(features.width), height: Int(features.height)) }

    func decode(onto canvas: UprightCanvas, background: RGBColor) throws(ImageError) {
        guard file.isWhole else { throw Self.error(VP8_STATUS_NOT_ENOUGH_DATA, of: file) }
        let (lossless, hasAlpha) = (2, features.has_alpha != 0)
        let channels = hasAlpha ? 4 : 3
        // Lossless pictures, and so the alpha of lossy ones, are unpacked to 32 bits per pixel first.
        let perPixel = Int(features.format) == lossless ? 4 : hasAlpha ? 5 : 0
        let pixels = try PixelBuffer(
            byteCount: channels * size.area, overhead: perPixel * size.area, limits: limits, format: .webp)
        try unpack(into: pixels.base, channels: channels)
        for y in 0..<size.height {
            let row = pixels.base + y * channels * size.width
            if hasAlpha { RowConversion.compositeRGBA8(row, count: size.width, over: background) }
            canvas.write(row, count: size.width, y: y)
        }
    }

    private func unpack(into pixels: UnsafeMutablePointer<UInt8>, channels: Int) throws(ImageError) {
        var configuration = WebPDecoderConfig()
        guard WebPInitDecoderConfig(&configuration) != 0 else {
            preconditionFailure("libwebp is not the one that mtan was built with")
        }
        configuration.output.colorspace = channels == 4 ? MODE_RGBA : MODE_RGB
        configuration.output.is_external_memory = 1
        configuration.output.u.RGBA.rgba = pixels
        configuration.output.u.RGBA.stride = Int32(channels * size.width)
        configuration.output.u.RGBA.size = channels * size.area
        let status = WebPDecode(file.content.baseAddress, file.content.count, &configuration)
        guard status == VP8_STATUS_OK else { throw Self.error(status, of: file) }
    }

    private static func error(_ status: VP8StatusCode, of file: WebPFile) -> ImageError {
        switch status {
        case VP8_STATUS_OUT_OF_MEMORY: .outOfMemory(.webp)
        case VP8_STATUS_UNSUPPORTED_FEATURE:
            .unsupported(.webp, detail: "a feature that libwebp does not know")
        default:
            file.isWhole
                ? .corrupt(.webp, detail: "libwebp cannot decode its pixels")
                : .truncated(
                    .webp,
                    detail: "\(file.content.count) bytes of \(file.announcedLength.map { "\($0)" } ?? "?")")
        }
    }
}

/// The chunks of a WebP file, in place. Bytes behind the length that the file announces are not part of it.
struct WebPFile {
    /// What there is of the announced length.
    let content: UnsafeBufferPointer<UInt8>

    /// The length that the file announces, or nil if it ends before that.
    let announcedLength: Int?

    private let fields: FieldReader

    init(_ bytes: UnsafeRawBufferPointer) {
        let length = FieldReader(block: bytes, bigEndian: false).uint32(at: 4).map { $0 + 8 }
        let content = UnsafeRawBufferPointer(rebasing: bytes.prefix(length ?? bytes.count))
        announcedLength = length
        fields = FieldReader(block: content, bigEndian: false)
        self.content = content.bindMemory(to: UInt8.self)
    }

    /// Whether the file has the length that it announces.
    var isWhole: Bool { announcedLength == content.count }

    /// The content of the first chunk with a name, or nil. One that is cut off does not count.
    func chunk(_ name: String) -> UnsafeRawBufferPointer? {
        var offset = 12
        while let length = fields.uint32(at: offset + 4) {
            let start = offset + 8
            guard length <= content.count - start else { return nil }
            if content.dropFirst(offset).starts(with: name.utf8) {
                return UnsafeRawBufferPointer(UnsafeBufferPointer(rebasing: content[start..<start + length]))
            }
            offset = start + length + length % 2
        }
        return nil
    }
}
