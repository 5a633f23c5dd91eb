#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Reading regular files of bounded size.
public enum BoundedFile {
    /// The contents of a regular file of at most `limit` bytes, or its first `prefix` bytes.
    ///
    /// Pipes and devices, which might never end, are refused, and so is a file that grows past the limit while
    /// it is read. Symbolic links are followed.
    ///
    /// - Parameter raise: how to lift the limit, for the message.
    /// - Throws: ``FileError``
    public static func read(
        _ path: String, limit: Int, prefix: Int? = nil, raise: String? = nil
    ) throws(FileError) -> [UInt8] {
        // Without O_NONBLOCK, opening a pipe would wait for somebody to write to it.
        let descriptor = open(FileName.path(path), O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else { throw FileError(errnoAt: path) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw FileError(errnoAt: path) }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw FileError(path: path, reason: "expected a file, found a \(kind(status.st_mode))")
        }
        func check(_ size: Int) throws(FileError) {
            guard size <= limit else {
                let way = raise.map { "; \($0)" } ?? ""
                throw FileError(
                    path: path,
                    reason: "expected a file of at most \(limit.counted("byte")), found \(size)\(way)")
            }
        }
        if prefix == nil { try check(Int(status.st_size)) }
        let wanted = prefix ?? limit + 1
        let bytes = try Descriptor.read(
            descriptor, path, upTo: wanted, expecting: min(Int(status.st_size) + 1, wanted))
        if prefix == nil { try check(bytes.count) }
        return bytes
    }

    private static func kind(_ mode: mode_t) -> String {
        switch mode & S_IFMT {
        case S_IFDIR: "folder"
        case S_IFCHR, S_IFBLK: "device"
        case S_IFIFO: "pipe"
        case S_IFSOCK: "socket"
        default: "special file"
        }
    }
}
