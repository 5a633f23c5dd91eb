/// Finds the orientation in an EXIF block, the only thing in it that bears on pixels.
///
/// Every offset and count in the block is untrusted: reads beyond its end yield nil, and the work is bounded
/// by its length. A block that makes no sense has no orientation; it is no reason to refuse the image.
enum EXIFReader {
    private static let orientationTag = 0x0112
    private static let entryLength = 12

    /// The orientation in the first directory of a TIFF block, or nil.
    static func orientation(inTIFF block: UnsafeRawBufferPointer) -> Orientation? {
        guard let fields = fields(of: block), fields.uint16(at: 2) == 42,
            let directory = fields.uint32(at: 4), let count = fields.uint16(at: directory)
        else { return nil }
        for index in 0..<count {
            let entry = directory + 2 + index * entryLength
            guard let tag = fields.uint16(at: entry) else { return nil }
            if tag == orientationTag { return value(of: entry, in: fields) }
        }
        return nil
    }

    /// The same for a block that may carry the six bytes that announce EXIF in a JPEG segment.
    static func orientation(inEXIF block: UnsafeRawBufferPointer) -> Orientation? {
        orientation(inTIFF: hasPrefix(block) ? UnsafeRawBufferPointer(rebasing: block[6...]) : block)
    }

    /// Whether a JPEG APP1 segment holds EXIF, and not XMP or something private.
    static func hasPrefix(_ block: UnsafeRawBufferPointer) -> Bool {
        block.starts(with: [0x45, 0x78, 0x69, 0x66, 0, 0])
    }

    private static func fields(of block: UnsafeRawBufferPointer) -> FieldReader? {
        if block.starts(with: "II".utf8) { return FieldReader(block: block, bigEndian: false) }
        if block.starts(with: "MM".utf8) { return FieldReader(block: block, bigEndian: true) }
        return nil
    }

    /// The standard says one SHORT; some writers use one LONG.
    private static func value(of entry: Int, in fields: FieldReader) -> Orientation? {
        guard fields.uint32(at: entry + 4) == 1 else { return nil }
        let value =
            switch fields.uint16(at: entry + 2) {
            case 3: fields.uint16(at: entry + 8)
            case 4: fields.uint32(at: entry + 8)
            default: Int?.none
            }
        return value.flatMap(Orientation.init(rawValue:))
    }
}

/// Reads numbers at untrusted offsets of untrusted bytes.
struct FieldReader {
    let block: UnsafeRawBufferPointer
    let bigEndian: Bool

    func uint16(at offset: Int) -> Int? { number(at: offset, length: 2) }

    func uint32(at offset: Int) -> Int? { number(at: offset, length: 4) }

    private func number(at offset: Int, length: Int) -> Int? {
        guard offset >= 0, offset <= block.count - length else { return nil }
        var value = 0
        for index in 0..<length {
            value = value << 8 | Int(block[offset + (bigEndian ? index : length - 1 - index)])
        }
        return value
    }
}
