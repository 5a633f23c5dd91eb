#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

extension Descriptor {
    /// Reads until there is no more or `wanted` bytes are there. Waits while a pipe is empty, also if it is
    /// non-blocking.
    ///
    /// - Parameters:
    ///   - path: what to call it in errors.
    ///   - size: how many bytes are expected.
    /// - Throws: ``FileError``
    static func read(
        _ descriptor: Int32, _ path: String, upTo wanted: Int, expecting size: Int
    ) throws(FileError) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(size)
        var chunk = [UInt8](repeating: 0, count: min(max(size, 1), 1 << 20))
        while bytes.count < wanted {
            let space = min(chunk.count, wanted - bytes.count)
            #if canImport(Musl)
                let count = Musl.read(descriptor, &chunk, space)
            #else
                let count = Glibc.read(descriptor, &chunk, space)
            #endif
            if count < 0 && errno == EINTR { continue }
            if count < 0 && errno == EAGAIN {
                var request = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
                poll(&request, 1, -1)
                continue
            }
            guard count >= 0 else { throw FileError(errnoAt: path) }
            if count == 0 { break }
            bytes += chunk[..<count]
        }
        return bytes
    }
}
