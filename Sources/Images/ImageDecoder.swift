/// Decodes PNG, JPEG, WebP and TIFF files into upright, opaque sRGB images of 8 bits.
///
/// - PNG: every colour type, bit depth, interlace and tRNS. 16 bits are rounded to the nearest 8-bit value.
///   Alpha is laid over ``background``. gAMA, cHRM, iCCP, sRGB and bKGD are ignored: pixel values are taken
///   as sRGB as they stand. Of an animation the default image is taken. An index beyond the palette is black.
/// - JPEG: grey, YCbCr, RGB, CMYK and YCCK, baseline, progressive and arithmetic. ICC profiles are ignored.
///   CMYK is taken as inverted, as Adobe stores it. Frames of Motion JPEG may lack the standard Huffman tables.
/// - WebP: lossy and lossless, with and without alpha; no animations.
/// - TIFF and BigTIFF: the first page; strips and tiles; grey and palettes of 1 to 16 bits, RGB and CMYK of 8 and
///   16, with alpha; uncompressed, PackBits, LZW, Deflate, CCITT, JPEG and Zstandard. Rounding and alpha are as in
///   PNG.
/// - The orientation is applied: from EXIF (JPEG's APP1, PNG's eXIf and ImageMagick's text chunks, WebP's EXIF,
///   TIFF's own tag), or from XMP where EXIF does not say; one that makes no sense is ignored.
/// - A file that ends before its image is truncated, even if only its end marker (IEND, EOI) or the last scans of
///   a JPEG are missing. Wrong check sums, in PNG chunks that are not used too, and every warning of a codec that
///   stands for invented pixels are errors. Bytes after the end of the image are ignored.
public struct ImageDecoder: Sendable {
    /// What an image may cost.
    public var limits: ImageLimits

    /// What shows through transparent pixels.
    public var background: RGBColor

    /// A decoder.
    public init(limits: ImageLimits = ImageLimits(), background: RGBColor = .white) {
        self.limits = limits
        self.background = background
    }

    /// Reads what precedes the pixels, and checks it against the limits. Takes memory for no pixel.
    ///
    /// - Throws: every case of ``ImageError``; damage among the pixels is not noticed.
    public func header(of bytes: UnsafeRawBufferPointer) throws(ImageError) -> ImageHeader {
        let format = try recognise(bytes)
        let reader = try open(bytes, format)
        return try header(of: bytes, format: format, size: reader.size)
    }

    /// Decodes a whole file. The memory it takes is bounded as ``ImageLimits`` states.
    ///
    /// - Throws: every case of ``ImageError``.
    public func decode(_ bytes: UnsafeRawBufferPointer) throws(ImageError) -> Image {
        let format = try recognise(bytes)
        let reader = try open(bytes, format)
        let header = try header(of: bytes, format: format, size: reader.size)
        var failure: ImageError?
        let count = 3 * header.storedSize.area
        let pixels = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            let memory = UnsafeMutableBufferPointer(rebasing: buffer[..<count])
            let canvas = UprightCanvas(
                memory, storedSize: header.storedSize, orientation: header.orientation)
            do throws(ImageError) {
                try reader.decode(onto: canvas, background: background)
                initialized = count
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        return Image(size: header.size, pixels: pixels)
    }

    /// The samples of a PNG as they are stored, for files that hold numbers and no picture. Takes two bytes for
    /// each.
    ///
    /// - Throws: every case of ``ImageError``.
    public func samples(ofPNG bytes: [UInt8]) throws(ImageError) -> PNGSamples {
        try bytes.withUnsafeBufferPointer { buffer throws(ImageError) in
            let bytes = UnsafeRawBufferPointer(buffer)
            let format = try recognise(bytes)
            guard format == .png else {
                throw .unsupported(
                    format, detail: "only PNG is read as numbers", wayOut: "store the values as PNG")
            }
            let reader = try PNGReader.open(bytes)
            try limits.check(reader.size)
            return try reader.samples()
        }
    }

    /// ``header(of:)`` for bytes in an array.
    ///
    /// - Throws: every case of ``ImageError``.
    public func header(of bytes: [UInt8]) throws(ImageError) -> ImageHeader {
        try bytes.withUnsafeBufferPointer { buffer throws(ImageError) in
            try header(of: UnsafeRawBufferPointer(buffer))
        }
    }

    /// ``decode(_:)`` for bytes in an array.
    ///
    /// - Throws: every case of ``ImageError``.
    public func decode(_ bytes: [UInt8]) throws(ImageError) -> Image {
        try bytes.withUnsafeBufferPointer { buffer throws(ImageError) in
            try decode(UnsafeRawBufferPointer(buffer))
        }
    }

    private func recognise(_ bytes: UnsafeRawBufferPointer) throws(ImageError) -> ImageFormat {
        try limits.check(byteCount: bytes.count)
        if let file = ForeignFile(bytes) { throw .unrecognisedFormat(file) }
        guard let format = ImageFormat(signatureOf: bytes) else {
            preconditionFailure("a file that is neither of a format nor foreign")
        }
        return format
    }

    private func open(
        _ bytes: UnsafeRawBufferPointer, _ format: ImageFormat
    ) throws(ImageError) -> any ImageReader & ~Copyable {
        switch format {
        case .png: try PNGReader.open(bytes)
        case .jpeg: try JPEGReader.open(bytes, limits: limits)
        case .webp: try WebPReader.open(bytes, limits: limits)
        case .tiff: try TIFFReader.open(bytes, limits: limits)
        }
    }

    private func header(
        of bytes: UnsafeRawBufferPointer, format: ImageFormat, size: PixelSize
    ) throws(ImageError) -> ImageHeader {
        try limits.check(size)
        let orientation = OrientationFinder.orientation(of: bytes, format: format)
        return ImageHeader(format: format, storedSize: size, orientation: orientation)
    }
}
