#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// File names as texts. To Linux a name is any bytes without `/` and 0, to Swift a string is Unicode.
///
/// Bytes that are not UTF-8 stand in a string as scalars of a private plane that no text uses,
/// U+10FF80...U+10FFFF for the bytes 0x80...0xff, and become those bytes again in ``path(_:)``. A name that
/// holds such scalars itself is taken as bytes too, so that every name has one string and every string one
/// name.
public enum FileName {
    private static let base: UInt32 = 0x10_FF00

    /// The string for the bytes of a name or path, those before the first 0.
    public static func text(_ bytes: UnsafePointer<CChar>) -> String {
        let bytes = UnsafeRawBufferPointer(start: bytes, count: strlen(bytes))
        if let text = String(validating: bytes, as: UTF8.self), !text.unicodeScalars.contains(where: isByte) {
            return text
        }
        var scalars = String.UnicodeScalarView()
        var rest = bytes[...]
        while let first = rest.first {
            let length = (1...4).first { scalar(of: rest.prefix($0)) != nil }
            if let length, let scalar = scalar(of: rest.prefix(length)) {
                scalars.append(scalar)
            } else {
                scalars += Unicode.Scalar(base + UInt32(first)).map { [$0] } ?? []
            }
            rest = rest.dropFirst(length ?? 1)
        }
        return String(scalars)
    }

    /// The bytes of a path, with a 0 at the end, for the system's functions.
    public static func path(_ text: String) -> [CChar] {
        guard text.unicodeScalars.contains(where: isByte) else { return Array(text.utf8CString) }
        let bytes = text.unicodeScalars.flatMap { scalar in
            byte(of: scalar).map { [$0] } ?? Array(UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
        }
        return bytes.map(CChar.init(bitPattern:)) + [0]
    }

    /// The byte that a scalar stands for, if it is one of those that stand for bytes.
    static func byte(of scalar: Unicode.Scalar) -> UInt8? {
        isByte(scalar) ? UInt8(truncatingIfNeeded: scalar.value) : nil
    }

    private static func isByte(_ scalar: Unicode.Scalar) -> Bool { scalar.value >= base + 0x80 }

    /// The one scalar that some bytes encode; nil if they encode none, or one that stands for a byte.
    private static func scalar(of bytes: Slice<UnsafeRawBufferPointer>) -> Unicode.Scalar? {
        guard let scalars = String(validating: bytes, as: UTF8.self)?.unicodeScalars, scalars.count == 1,
            let scalar = scalars.first, !isByte(scalar)
        else { return nil }
        return scalar
    }
}
