/// The encodings that can be read. A file's format is told by its first bytes, never by its name.
public enum ImageFormat: String, Sendable, Hashable, CaseIterable, CustomStringConvertible {
    /// Portable Network Graphics.
    case png
    /// JPEG in any container that starts with its marker (JFIF, EXIF, Adobe, MPO).
    case jpeg

    /// The name as people write it.
    public var description: String { rawValue.uppercased() }

    /// The media type, `image/png` or `image/jpeg`.
    public var mediaType: String { "image/\(rawValue)" }

    /// The format that the first bytes of a file announce, or nil.
    public init?(signatureOf bytes: UnsafeRawBufferPointer) {
        if bytes.starts(with: Self.pngSignature) {
            self = .png
        } else if bytes.starts(with: [0xFF, 0xD8, 0xFF]) {
            self = .jpeg
        } else {
            return nil
        }
    }

    static let pngSignature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
}

/// Names what a file that cannot be read seems to be, for the error message.
func describeUnrecognised(_ bytes: UnsafeRawBufferPointer) -> String {
    if bytes.isEmpty { return "an empty file" }
    func has(_ text: String, at offset: Int = 0) -> Bool { bytes.dropFirst(offset).starts(with: text.utf8) }
    if bytes.first == 0x89 && has("PNG", at: 1) {
        return "a PNG whose signature is damaged, as transfers in text mode do"
    }
    if has("GIF8") { return "a GIF file" }
    if has("RIFF") && has("WEBP", at: 8) { return "a WebP file" }
    if has("II*\0") || has("MM\0*") { return "a TIFF file" }
    if has("BM") { return "a BMP file" }
    if has("ftyp", at: 4) { return "a file of the MP4 family (HEIC, AVIF or video)" }
    if has("%PDF") { return "a PDF file" }
    if has("PK\u{3}\u{4}") { return "a ZIP file" }
    if bytes.first == UInt8(ascii: "<") { return "text that starts with \"<\" (HTML, XML or SVG)" }
    return "a file that starts with the bytes \(hexadecimal(bytes.prefix(8)))"
}

/// Bytes as two-digit hexadecimal numbers with spaces between.
func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: " ")
}
