/// The chunks of a PNG that may hold its orientation. Of several of one kind the last counts, as it does for
/// Pillow. They may come after the pixels.
struct PNGMetadata {
    private var exif: UnsafeRawBufferPointer?
    private var profile: PNGTextChunk?
    private var app1: PNGTextChunk?
    private var xmp: PNGTextChunk?

    /// Walks over the chunks of a file. None is copied or unpacked.
    init(_ bytes: UnsafeRawBufferPointer) {
        let fields = FieldReader(block: bytes, bigEndian: true)
        var offset = ImageFormat.pngSignature.count
        while let length = fields.uint32(at: offset), let type = fields.uint32(at: offset + 4) {
            let start = offset + 8
            guard length <= bytes.count - start, type != 0x4945_4E44 else { return }
            add(type, UnsafeRawBufferPointer(rebasing: bytes[start..<start + length]))
            offset = start + length + 4
        }
    }

    private mutating func add(_ type: Int, _ content: UnsafeRawBufferPointer) {
        if type == 0x6558_4966 { exif = content }
        guard let text = PNGTextChunk(type: type, content) else { return }
        if text.hasKeyword("Raw profile type exif") { profile = text }
        if text.hasKeyword("Raw profile type APP1") { app1 = text }
        if text.hasKeyword("XML:com.adobe.xmp") { xmp = text }
    }

    /// From eXIf, or else from ImageMagick's profiles in text chunks; from XMP where those do not say.
    var orientation: Orientation? {
        if let exif, let orientation = EXIFReader.orientation(inEXIF: exif) { return orientation }
        let profile = exif == nil ? (self.profile ?? app1)?.text().flatMap(Self.rawProfile) : nil
        let fromProfile = profile?.withUnsafeBytes { block in
            EXIFReader.orientation(inEXIF: block)
                ?? XMPReader.packet(inAPP1: block).flatMap { XMPReader.orientation(in: $0) }
        }
        return fromProfile ?? xmp?.text().flatMap { XMPReader.orientation(in: $0) }
    }

    /// The bytes that ImageMagick writes as hexadecimal digits after three lines: an empty one, the profile's
    /// name, and its length. Nil if there is anything but digits and white space.
    private static func rawProfile(_ text: [UInt8]) -> [UInt8]? {
        let lines = text.split(separator: 0x0A, maxSplits: 3, omittingEmptySubsequences: false)
        guard lines.count == 4 else { return nil }
        var bytes: [UInt8] = []
        var high: UInt8?
        for digit in lines[3] where !isSpace(digit) {
            guard let value = hexadecimalValue(digit) else { return nil }
            if let first = high { bytes.append(first << 4 | value) }
            high = high == nil ? value : nil
        }
        return high == nil ? bytes : nil
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }

    private static func hexadecimalValue(_ digit: UInt8) -> UInt8? {
        switch digit {
        case 0x30...0x39: digit - 0x30
        case 0x41...0x46: digit - 0x41 + 10
        case 0x61...0x66: digit - 0x61 + 10
        default: nil
        }
    }
}

/// A text chunk in place: tEXt, zTXt or iTXt.
struct PNGTextChunk {
    private let type: Int
    private let content: UnsafeRawBufferPointer

    private static let plain = 0x7445_5874
    private static let packed = 0x7A54_5874
    private static let international = 0x6954_5874

    /// Nil if the chunk is of another type.
    init?(type: Int, _ content: UnsafeRawBufferPointer) {
        guard [Self.plain, Self.packed, Self.international].contains(type) else { return nil }
        self.type = type
        self.content = content
    }

    /// Whether the chunk has this keyword.
    func hasKeyword(_ keyword: String) -> Bool { content.starts(with: Array(keyword.utf8) + [0]) }

    /// The text, unpacked; nil if it is damaged or longer than ``Zlib/longestText``.
    func text() -> [UInt8]? {
        guard let end = content.firstIndex(of: 0) else { return nil }
        var rest = content[(end + 1)...]
        var isPacked = type == Self.packed
        if type == Self.international {
            guard let flag = rest.popFirst() else { return nil }
            isPacked = flag != 0
        }
        // The method of compression, of which there is one.
        if type != Self.plain {
            guard let method = rest.popFirst(), !isPacked || method == 0 else { return nil }
        }
        if type == Self.international {
            for _ in 0..<2 {
                guard let end = rest.firstIndex(of: 0) else { return nil }
                rest = rest[(end + 1)...]
            }
        }
        if isPacked { return Zlib.inflate(UnsafeRawBufferPointer(rebasing: rest)) }
        return rest.count <= Zlib.longestText ? Array(rest) : nil
    }
}
