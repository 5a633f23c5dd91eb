/// A keyword and a text to store in a PNG file: in a tEXt chunk if the text is Latin-1, else in an iTXt chunk
/// as UTF-8.
public struct PNGText: Sendable, Hashable {
    /// 1 to 79 printable Latin-1 characters, such as `Description` or `Software`.
    public var keyword: String

    /// Any text without NUL.
    public var text: String

    /// A keyword and its text. They are checked when the file is written.
    public init(_ keyword: String, _ text: String) {
        self.keyword = keyword
        self.text = text
    }

    /// The keyword as the file has it, without the NUL that ends it.
    ///
    /// - Throws: ``PNGEncodingError/keyword(_:)``.
    func encodedKeyword() throws(PNGEncodingError) -> [UInt8] {
        guard let bytes = latin1(keyword), (1...79).contains(bytes.count),
            bytes.allSatisfy({ (0x20...0x7E).contains($0) || $0 >= 0xA1 }),
            bytes.first != 0x20, bytes.last != 0x20, !keyword.contains("  ")
        else { throw .keyword(keyword) }
        return bytes
    }

    /// The text as the file has it, and whether that is UTF-8.
    ///
    /// - Throws: ``PNGEncodingError/text(keyword:)``.
    func encodedText() throws(PNGEncodingError) -> (bytes: [UInt8], isUTF8: Bool) {
        guard !text.utf8.contains(0) else { throw .text(keyword: keyword) }
        if let bytes = latin1(text), bytes.allSatisfy(isPlain) { return (bytes, false) }
        return (Array(text.utf8), true)
    }

    /// Whether a Latin-1 byte may stand in a tEXt chunk: printable, or a line feed.
    private func isPlain(_ byte: UInt8) -> Bool {
        byte == 0x0A || (0x20...0x7E).contains(byte) || byte >= 0xA0
    }

    private func latin1(_ string: String) -> [UInt8]? {
        var bytes: [UInt8] = []
        for scalar in string.unicodeScalars {
            guard let byte = UInt8(exactly: scalar.value) else { return nil }
            bytes.append(byte)
        }
        return bytes
    }
}

extension PNGText {
    /// The texts before the pixels of a PNG by their keywords: tEXt and iTXt without compression. Of several with
    /// one keyword the first counts. What is damaged is passed over; decoding the pixels tells of it.
    public static func texts(in file: [UInt8]) -> [String: String] {
        var texts: [String: String] = [:]
        var position = ImageFormat.pngSignature.count
        while position + 12 <= file.count {
            let length = file[position..<position + 4].reduce(0) { $0 << 8 | Int($1) }
            guard length <= file.count - position - 12 else { break }
            let content = file[position + 8..<position + 8 + length]
            switch String(decoding: file[position + 4..<position + 8], as: UTF8.self) {
            case "IDAT": return texts
            case "tEXt": add(content, isUTF8: false, to: &texts)
            case "iTXt": add(content, isUTF8: true, to: &texts)
            default: break
            }
            position += 12 + length
        }
        return texts
    }

    /// Adds the text of a chunk. In iTXt a flag, a method and two more names come before it.
    private static func add(_ content: ArraySlice<UInt8>, isUTF8: Bool, to texts: inout [String: String]) {
        guard let end = content.firstIndex(of: 0) else { return }
        let keyword = string(latin1: content[..<end])
        var text = content[(end + 1)...]
        if isUTF8 {
            guard text.first == 0, text.count > 2 else { return }
            text = text.dropFirst(2)
            for _ in 0..<2 {
                guard let end = text.firstIndex(of: 0) else { return }
                text = text[(end + 1)...]
            }
        }
        let value = isUTF8 ? String(decoding: text, as: UTF8.self) : string(latin1: text)
        texts[keyword] = texts[keyword] ?? value
    }

    private static func string(latin1 bytes: ArraySlice<UInt8>) -> String {
        var scalars = String.UnicodeScalarView()
        scalars.append(contentsOf: bytes.map { Unicode.Scalar($0) })
        return String(scalars)
    }
}
