#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Standard input, read whole.
public enum StandardInput {
    /// What standard input is called in messages.
    public static let name = "standard input"

    /// Whether it is a terminal.
    public static var isTerminal: Bool { isatty(STDIN_FILENO) == 1 }

    /// Everything up to its end, at most `limit` bytes, however slowly they come.
    ///
    /// - Parameter raise: how to lift the limit, for the message.
    /// - Throws: ``FileError``
    public static func read(limit: Int, raise: String) throws(FileError) -> [UInt8] {
        let bytes = try Descriptor.read(STDIN_FILENO, name, upTo: limit + 1, expecting: 1 << 20)
        guard bytes.count <= limit else {
            throw FileError(
                path: name, reason: "expected at most \(limit.counted("byte")), found more; \(raise)")
        }
        return bytes
    }
}
