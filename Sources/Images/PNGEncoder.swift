import CImageCodecs

/// Writes PNG files: class maps with a palette, RGB, and 16-bit grey.
///
/// The same input gives the same bytes on the same libdeflate: no time, name or version is written. A file takes
/// memory for its samples while it is made.
public struct PNGEncoder: Sendable {
    /// How hard libdeflate tries, 0 (not at all) to 12.
    ///
    /// Measured on maps of 1024x768: 1 takes 7 to 10 ms for files that are 6 to 9 % longer than those of 4, which
    /// takes 19 to 24 ms; 6 takes 31 to 50 ms for another 3 %.
    public let compressionLevel: Int

    /// An encoder. The level is clamped to 0...12.
    public init(compressionLevel: Int = 1) {
        self.compressionLevel = min(max(compressionLevel, 0), 12)
    }

    /// Encodes a map of indices into a palette of 1 to 256 colours, 8 bits per pixel whatever its length.
    ///
    /// `row` is called for each row from the top and must write its `size.width` indices, each below the
    /// number of colours.
    ///
    /// - Throws: ``PNGEncodingError``, and what `row` throws.
    public func encodePalette(
        size: PixelSize, colors: [RGBColor], text: [PNGText] = [],
        row: (_ y: Int, _ indices: UnsafeMutableBufferPointer<UInt8>) throws -> Void
    ) throws -> [UInt8] {
        guard (1...256).contains(colors.count) else { throw PNGEncodingError.paletteCount(colors.count) }
        let writer = try PNGWriter.open()
        let palette = colors.flatMap { [$0.red, $0.green, $0.blue] }
        // The usual advice for palettes is no filter. But rows of a class map mostly repeat the row above:
        // the difference is nearly all zeros, and files are half as long.
        try writer.begin(
            size, kind: MTAN_PNG_PALETTE8, filter: MTAN_PNG_FILTER_UP, level: compressionLevel,
            palette: palette)
        return try encode(size: size, samplesPerPixel: 1, text: text, with: writer) { y, indices in
            try row(y, indices)
            guard let largest = indices.max(), largest < colors.count else {
                throw PNGEncodingError.indexOutOfRange(indices.max() ?? 0, colors: colors.count)
            }
        }
    }

    /// Encodes red, green and blue, 8 bits each.
    ///
    /// `row` is called for each row from the top and must write its `3 * size.width` samples.
    ///
    /// - Throws: ``PNGEncodingError``, and what `row` throws.
    public func encodeRGB(
        size: PixelSize, text: [PNGText] = [],
        row: (_ y: Int, _ samples: UnsafeMutableBufferPointer<UInt8>) throws -> Void
    ) throws -> [UInt8] {
        let writer = try PNGWriter.open()
        try writer.begin(
            size, kind: MTAN_PNG_RGB8, filter: MTAN_PNG_FILTER_PAETH, level: compressionLevel)
        return try encode(size: size, samplesPerPixel: 3, text: text, with: writer, row: row)
    }

    /// Encodes grey values of 16 bits.
    ///
    /// `row` is called for each row from the top and must write its `size.width` values, in the machine's own
    /// byte order; the file has the high byte first, as PNG demands.
    ///
    /// - Throws: ``PNGEncodingError``, and what `row` throws.
    public func encodeGrey16(
        size: PixelSize, text: [PNGText] = [],
        row: (_ y: Int, _ values: UnsafeMutableBufferPointer<UInt16>) throws -> Void
    ) throws -> [UInt8] {
        let writer = try PNGWriter.open()
        // Next to the row above, no other filter makes depth smaller.
        try writer.begin(
            size, kind: MTAN_PNG_GREY16, filter: MTAN_PNG_FILTER_UP, level: compressionLevel)
        return try encode(size: size, samplesPerPixel: 1, text: text, with: writer) { y, values in
            try row(y, values)
            for index in values.indices { values[index] = values[index].bigEndian }
        }
    }

    /// Encodes an image as 8-bit RGB.
    ///
    /// - Throws: ``PNGEncodingError``.
    public func encode(_ image: Image, text: [PNGText] = []) throws -> [UInt8] {
        let stride = 3 * image.width
        return try encodeRGB(size: image.size, text: text) { y, samples in
            _ = samples.update(from: image.pixels[y * stride..<(y + 1) * stride])
        }
    }

    private func encode<Sample: FixedWidthInteger>(
        size: PixelSize, samplesPerPixel: Int, text: [PNGText], with writer: borrowing PNGWriter,
        row: (Int, UnsafeMutableBufferPointer<Sample>) throws -> Void
    ) throws -> [UInt8] {
        for entry in text { try writer.add(entry) }
        let samples = UnsafeMutableBufferPointer<Sample>.allocate(capacity: samplesPerPixel * size.width)
        samples.initialize(repeating: 0)
        defer { samples.deallocate() }
        for y in 0..<size.height {
            try row(y, samples)
            try writer.write(UnsafeRawBufferPointer(samples))
        }
        return try writer.finish()
    }
}

/// Why a PNG file could not be written.
public enum PNGEncodingError: Error, Sendable, Equatable, CustomStringConvertible {
    /// A side is 0 or does not fit 31 bits.
    case size(PixelSize)
    /// A palette must have 1 to 256 colours.
    case paletteCount(Int)
    /// A pixel names a colour that the palette does not have.
    case indexOutOfRange(UInt8, colors: Int)
    /// A keyword must have 1 to 79 printable Latin-1 characters, no space at its ends and no two in a row.
    case keyword(String)
    /// A text holds a NUL, which ends texts in PNG. The value is the keyword.
    case text(keyword: String)
    /// The codec failed; the value is its own message.
    case codec(String)

    /// What was expected and what was found, in one line.
    public var description: String {
        switch self {
        case .size(let size): "expected sides of 1 to 2147483647 pixels, found \(size)"
        case .paletteCount(let count): "expected a palette of 1 to 256 colours, found \(count)"
        case .indexOutOfRange(let index, let colors):
            "expected indices into a palette of \(colors) colours, found the index \(index)"
        case .keyword(let keyword):
            "expected a PNG keyword of 1 to 79 printable Latin-1 characters with single inner spaces, "
                + "found \"\(keyword)\""
        case .text(let keyword): "expected text without NUL for the PNG keyword \"\(keyword)\", found one"
        case .codec(let message): "expected libpng to write the image, found it failing: \(message)"
        }
    }
}
