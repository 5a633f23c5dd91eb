import Files

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Standard output, where results go.
public enum StandardOutput {
    /// What standard output is called in messages.
    public static let name = "standard output"

    /// Whether it is a terminal.
    public static var isTerminal: Bool { isatty(STDOUT_FILENO) == 1 }

    /// Writes text, after the lines that are queued for standard error, so that both keep their order where they
    /// share a file. Waits for a slow reader.
    ///
    /// - Throws: ``StandardOutputError``
    public static func write(_ text: String) throws(StandardOutputError) {
        LineWriter.standardError.flush()
        try write(Array(text.utf8))
    }

    /// Writes the bytes of a file. Waits for a slow reader.
    ///
    /// - Throws: ``StandardOutputError``
    public static func write(_ bytes: [UInt8]) throws(StandardOutputError) {
        let error = bytes.withUnsafeBytes { Descriptor.write($0, to: STDOUT_FILENO).error }
        if error == EPIPE { throw .readerGone }
        guard error == 0 else { throw .failed(FileError(path: name, errno: error)) }
    }
}

/// Errors of `StandardOutput.write`.
public enum StandardOutputError: Error, Equatable {
    /// The reader has seen enough, as `head` does, and closed the pipe.
    case readerGone

    /// The output is lost: a full disk, for example.
    case failed(FileError)
}
