/// What an image may cost. Every limit is checked against a file's header, before memory is taken for pixels.
///
/// Decoding holds, beside the encoded bytes, at most `3 · pixels` bytes for the image and `200 · width` bytes
/// and 1 MiB for rows and the codec. A JPEG of several scans (progressive ones are) adds two bytes per stored
/// sample: 3 per pixel with 4:2:0 subsampling, 6 with none, 8 for CMYK, never over ``maximumWorkingBytes``.
public struct ImageLimits: Sendable, Equatable {
    /// The length of the encoded file in bytes.
    public var maximumBytes: Int

    /// The number of pixels, width times height.
    public var maximumPixels: Int

    /// The longer side in pixels. JPEG files end at 65,500 whatever is set here.
    public var maximumSide: Int

    /// The memory in bytes that libjpeg may hold for the samples of a JPEG of several scans.
    public var maximumWorkingBytes: Int

    /// The number of scans of a JPEG file. Usual files have up to a dozen; each costs a pass over the image.
    public var maximumScans: Int

    /// Limits that fit the photos of any camera: 256 MiB, 100 megapixels, sides of 65,500, 640 MiB of working
    /// memory (a progressive JPEG of 100 megapixels without subsampling needs 572) and 100 scans.
    public init(
        maximumBytes: Int = 256 << 20,
        maximumPixels: Int = 100_000_000,
        maximumSide: Int = 65_500,
        maximumWorkingBytes: Int = 640 << 20,
        maximumScans: Int = 100
    ) {
        self.maximumBytes = maximumBytes
        self.maximumPixels = maximumPixels
        self.maximumSide = maximumSide
        self.maximumWorkingBytes = maximumWorkingBytes
        self.maximumScans = maximumScans
    }

    /// Checks the length of an encoded file, before any of it is looked at.
    ///
    /// - Throws: ``ImageError/overLimit(_:maximum:found:)`` with ``ImageLimit/bytes``.
    public func check(byteCount: Int) throws(ImageError) {
        guard byteCount <= maximumBytes else {
            throw .overLimit(.bytes, maximum: maximumBytes, found: byteCount)
        }
    }

    /// Checks the dimensions that a header announces.
    ///
    /// - Throws: ``ImageError/overLimit(_:maximum:found:)`` with ``ImageLimit/side`` or ``ImageLimit/pixels``.
    public func check(_ size: PixelSize) throws(ImageError) {
        let side = max(size.width, size.height)
        guard side <= maximumSide else { throw .overLimit(.side, maximum: maximumSide, found: side) }
        let (area, overflow) = size.width.multipliedReportingOverflow(by: size.height)
        guard !overflow, area <= maximumPixels else {
            throw .overLimit(.pixels, maximum: maximumPixels, found: overflow ? Int.max : area)
        }
    }
}

/// The limits of ``ImageLimits``, by name, for errors.
public enum ImageLimit: String, Sendable, Hashable {
    /// The length of the encoded file.
    case bytes
    /// Width times height.
    case pixels
    /// The longer side.
    case side
    /// The decoder's memory beside the image, in bytes.
    case workingBytes
    /// The scans of a JPEG file.
    case scans
}
