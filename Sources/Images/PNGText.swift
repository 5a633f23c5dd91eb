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
