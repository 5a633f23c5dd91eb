/// Decodes PNG and JPEG files into upright, opaque sRGB images of 8 bits.
///
/// - PNG: every colour type, bit depth, interlace and tRNS. 16 bits are rounded to the nearest 8-bit value.
///   Alpha is laid over ``background``. gAMA, cHRM, iCCP, sRGB and bKGD are ignored: pixel values are taken
///   as sRGB as they stand. Of an animation the default image is taken. An index beyond the palette is black.
/// - JPEG: grey, YCbCr, RGB, CMYK and YCCK, baseline, progressive and arithmetic. ICC profiles are ignored.
///   CMYK is taken as inverted, as Adobe stores it.
/// - The EXIF orientation is applied, from JPEG's APP1 and PNG's eXIf; one that makes no sense is ignored.
/// - A file that ends before its IEND chunk or end-of-image marker is truncated, even when all rows are
///   there. Wrong check sums, in PNG chunks that are not used too, and every warning of libjpeg that stands
///   for invented pixels are errors. Bytes after the end of the image are ignored.
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
        switch try recognise(bytes) {
        case .png:
            let reader = try PNGReader.open(bytes.bindMemory(to: UInt8.self))
            return try header(of: bytes, format: .png, size: reader.size)
        case .jpeg:
            let reader = try JPEGReader.open(bytes.bindMemory(to: UInt8.self), limits: limits)
            return try header(of: bytes, format: .jpeg, size: reader.size)
        }
    }

    /// Decodes a whole file. The memory it takes is bounded as ``ImageLimits`` states.
    ///
    /// - Throws: every case of ``ImageError``.
    public func decode(_ bytes: UnsafeRawBufferPointer) throws(ImageError) -> Image {
        switch try recognise(bytes) {
        case .png:
            let reader = try PNGReader.open(bytes.bindMemory(to: UInt8.self))
            let header = try header(of: bytes, format: .png, size: reader.size)
            return try Image(header) { canvas throws(ImageError) in
                try reader.decode(onto: canvas, background: background)
            }
        case .jpeg:
            let reader = try JPEGReader.open(bytes.bindMemory(to: UInt8.self), limits: limits)
            let header = try header(of: bytes, format: .jpeg, size: reader.size)
            return try Image(header) { canvas throws(ImageError) in try reader.decode(onto: canvas) }
        }
    }

    /// The samples of a PNG as they are stored, for files that hold numbers and no picture. Takes two bytes for
    /// each.
    ///
    /// - Throws: every case of ``ImageError``.
    public func samples(ofPNG bytes: [UInt8]) throws(ImageError) -> PNGSamples {
        try bytes.withUnsafeBufferPointer { buffer throws(ImageError) in
            guard try recognise(UnsafeRawBufferPointer(buffer)) == .png else {
                throw .unsupported(.jpeg, detail: "only PNG holds exact values")
            }
            let reader = try PNGReader.open(buffer)
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
        guard let format = ImageFormat(signatureOf: bytes) else {
            throw .unrecognisedFormat(found: describeUnrecognised(bytes))
        }
        return format
    }

    private func header(
        of bytes: UnsafeRawBufferPointer, format: ImageFormat, size: PixelSize
    ) throws(ImageError) -> ImageHeader {
        try limits.check(size)
        let orientation = EXIFLocator.orientation(of: bytes, format: format)
        return ImageHeader(format: format, storedSize: size, orientation: orientation)
    }
}

extension Image {
    /// Makes an image whose pixels `draw` writes, all of them, unless it throws.
    fileprivate init(
        _ header: ImageHeader, draw: (UprightCanvas) throws(ImageError) -> Void
    ) throws(ImageError) {
        var failure: ImageError?
        let count = 3 * header.storedSize.area
        let pixels = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            let memory = UnsafeMutableBufferPointer(rebasing: buffer[..<count])
            let canvas = UprightCanvas(
                memory, storedSize: header.storedSize, orientation: header.orientation)
            do throws(ImageError) {
                try draw(canvas)
                initialized = count
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        self.init(size: header.size, pixels: pixels)
    }
}
