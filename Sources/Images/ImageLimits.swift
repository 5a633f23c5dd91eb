/// What an image may cost. Every limit is checked against a file's header, before memory is taken for pixels.
///
/// Decoding holds, beside the encoded bytes, at most `3 · pixels` bytes for the image and `200 · width` bytes
/// and 1 MiB for rows and the codec. What a kind of file needs beside these is never over ``maximumWorkingBytes``,
/// apart from the tables of a lossless WebP file's codes, which no limit bounds but the codec's own: a few MiB for
/// the files of libwebp's encoder, up to 400 MiB for one that is made to take them.
///
/// - JPEG of several scans (progressive ones are): two bytes per stored sample, which are 3 per pixel with 4:2:0
///   subsampling, 6 with none, 8 for CMYK.
/// - WebP: 3 bytes per pixel, 7 if it is lossless; with alpha 9 and 8.
/// - TIFF: one strip or tile, unpacked; twice that for Zstandard. With all its tiles' padding, the image has at most
///   4 times its pixels, or 2^20 where that is more.
public struct ImageLimits: Sendable, Equatable {
    /// The length of the encoded file in bytes.
    public var maximumBytes: Int

    /// The number of pixels, width times height.
    public var maximumPixels: Int

    /// The longer side in pixels. JPEG files end at 65,500 and WebP files at 16,383 whatever is set here.
    public var maximumSide: Int

    /// The memory in bytes that decoding may hold beside the image, where it grows with the image's size.
    public var maximumWorkingBytes: Int

    /// The number of scans of a JPEG file. Usual files have up to a dozen; each costs a pass over the image.
    public var maximumScans: Int

    /// Limits that fit the photos of any camera: 256 MiB, 100 megapixels, sides of 65,500 and 100 scans.
    ///
    /// - Parameter maximumWorkingBytes: nil for what a progressive JPEG of ``maximumPixels`` without subsampling
    ///   takes: 6 bytes per pixel, and 40 MiB.
    public init(
        maximumBytes: Int = 256 << 20,
        maximumPixels: Int = 100_000_000,
        maximumSide: Int = 65_500,
        maximumWorkingBytes: Int? = nil,
        maximumScans: Int = 100
    ) {
        self.maximumBytes = maximumBytes
        self.maximumPixels = maximumPixels
        self.maximumSide = maximumSide
        self.maximumWorkingBytes =
            maximumWorkingBytes ?? min(maximumPixels, Int.max >> 4) * 6 + (40 << 20)
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
    /// The longer side, where the decoder's own limit is the lower one.
    case codecSide
    /// The longer side.
    case side
    /// The decoder's memory beside the image, in bytes.
    case workingBytes
    /// The scans of a JPEG file.
    case scans
}
