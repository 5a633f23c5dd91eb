#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// A codec's reader over the bytes of one file, which must outlive it. Opening one reads what precedes the pixels.
protocol ImageReader: ~Copyable {
    /// The size as stored.
    var size: PixelSize { get }

    /// Decodes all rows onto a canvas of the stored size and verifies the rest of the file.
    func decode(onto canvas: UprightCanvas, background: RGBColor) throws(ImageError)
}

/// Memory for pixels beside the image, checked against the limits before it is taken.
struct PixelBuffer: ~Copyable {
    let base: UnsafeMutablePointer<UInt8>

    /// - Parameter overhead: what the codec itself takes, in bytes.
    init(
        byteCount: Int, overhead: Int = 0, limits: ImageLimits, format: ImageFormat
    ) throws(ImageError) {
        let (total, overflow) = byteCount.addingReportingOverflow(overhead)
        guard !overflow, total <= limits.maximumWorkingBytes else {
            throw .overLimit(
                .workingBytes, maximum: limits.maximumWorkingBytes, found: overflow ? Int.max : total)
        }
        guard let memory = calloc(byteCount, 1) else { throw .outOfMemory(format) }
        base = memory.bindMemory(to: UInt8.self, capacity: byteCount)
    }

    deinit { free(base) }
}
