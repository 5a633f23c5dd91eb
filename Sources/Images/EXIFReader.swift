/// Finds the orientation in an EXIF block, the only thing in it that bears on pixels.
///
/// Every offset and count in the block is untrusted: reads beyond its end yield nil, and the work is bounded
/// by its length. A block that makes no sense has no orientation; it is no reason to refuse the image.
enum EXIFReader {
    private static let orientationTag = 0x0112

    /// The orientation in a block with or without the six bytes that announce EXIF in a JPEG segment, which some
    /// writers repeat. Upright if the block has an orientation that makes no sense, nil if it has none.
    static func orientation(inEXIF block: UnsafeRawBufferPointer) -> Orientation? {
        var block = block
        for _ in 0..<2 where hasPrefix(block) { block = UnsafeRawBufferPointer(rebasing: block[6...]) }
        return TIFFDirectory(block).flatMap(orientation(in:))
    }

    /// The same for the directory of the block. The standard says one SHORT; some writers use one LONG.
    static func orientation(in directory: TIFFDirectory) -> Orientation? {
        guard let field = directory.field(orientationTag), field.length != nil else { return nil }
        return directory.number(of: field).flatMap(Orientation.init(rawValue:)) ?? .upright
    }

    /// Whether a JPEG APP1 segment holds EXIF, and not XMP or something private.
    static func hasPrefix(_ block: UnsafeRawBufferPointer) -> Bool {
        block.starts(with: [0x45, 0x78, 0x69, 0x66, 0, 0])
    }
}
