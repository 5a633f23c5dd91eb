import Files

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Standard output, where results go.
public enum StandardOutput {
    /// Writes text, after the lines that are queued for standard error, so that both keep their order where they
    /// share a file. Waits for a slow reader.
    ///
    /// - Throws: ``StandardOutputError``
    public static func write(_ text: String) throws(StandardOutputError) {
        LineWriter.standardError.flush()
        var text = text
        let error = text.withUTF8 { Descriptor.write(UnsafeRawBufferPointer($0), to: STDOUT_FILENO).error }
        if error == EPIPE { throw .readerGone }
        guard error == 0 else { throw .failed(FileError(path: "standard output", errno: error)) }
    }
}

/// Errors of ``StandardOutput/write(_:)``.
public enum StandardOutputError: Error, Equatable {
    /// The reader has seen enough, as `head` does, and closed the pipe.
    case readerGone

    /// The output is lost: a full disk, for example.
    case failed(FileError)
}
