/// The encodings that can be read. A file's format is told by its first bytes, never by its name.
public enum ImageFormat: String, Sendable, Hashable, CaseIterable, CustomStringConvertible {
    /// Portable Network Graphics.
    case png
    /// JPEG in any container that starts with its marker (JFIF, EXIF, Adobe, MPO).
    case jpeg
    /// WebP, lossy and lossless; not animated.
    case webp
    /// TIFF and BigTIFF; the first page.
    case tiff

    /// The name as people write it.
    public var description: String { self == .webp ? "WebP" : rawValue.uppercased() }

    /// The media type, `image/png` for example.
    public var mediaType: String { "image/\(rawValue)" }

    /// The extensions that files of the format usually have, in lower case and without the dot.
    public var fileExtensions: [String] {
        switch self {
        case .png: ["png"]
        case .jpeg: ["jpg", "jpeg", "jpe", "jfif"]
        case .webp: ["webp"]
        case .tiff: ["tif", "tiff"]
        }
    }

    /// All formats as in a sentence: "PNG, JPEG, WebP or TIFF".
    public static let list =
        allCases.dropLast().map(\.description).joined(separator: ", ") + " or \(ImageFormat.tiff)"

    /// The format that the first bytes of a file announce, or nil.
    public init?(signatureOf bytes: UnsafeRawBufferPointer) {
        if bytes.starts(with: Self.pngSignature) {
            self = .png
        } else if bytes.starts(with: [0xFF, 0xD8, 0xFF]) {
            self = .jpeg
        } else if bytes.starts(with: "RIFF".utf8) && bytes.dropFirst(8).starts(with: "WEBP".utf8) {
            self = .webp
        } else if Self.tiffSignatures.contains(where: { bytes.starts(with: $0) }) {
            self = .tiff
        } else {
            return nil
        }
    }

    static let pngSignature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]

    /// TIFF and BigTIFF in both byte orders.
    private static let tiffSignatures: [[UInt8]] = [
        [0x49, 0x49, 42, 0], [0x4D, 0x4D, 0, 42], [0x49, 0x49, 43, 0], [0x4D, 0x4D, 0, 43],
    ]
}
