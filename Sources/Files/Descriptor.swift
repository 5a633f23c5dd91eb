#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Reading and writing of open files, pipes and devices to the end: calls that are interrupted or come too
/// early are repeated, and parts are put together.
enum Descriptor {
    /// Reads until there is no more or `wanted` bytes are there.
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
            if count < 0 && canRepeat(descriptor, Int16(POLLIN)) { continue }
            guard count >= 0 else { throw FileError(errnoAt: path) }
            if count == 0 { break }
            bytes += chunk[..<count]
        }
        return bytes
    }

    /// Writes all bytes.
    ///
    /// - Parameter path: what to call it in errors.
    /// - Throws: ``FileError``, for a full disk for example.
    static func write(_ bytes: [UInt8], to descriptor: Int32, _ path: String) throws(FileError) {
        try bytes.withUnsafeBufferPointer { buffer throws(FileError) in
            var rest = buffer[...]
            while !rest.isEmpty {
                let part = UnsafeBufferPointer(rebasing: rest)
                #if canImport(Musl)
                    let written = Musl.write(descriptor, part.baseAddress, part.count)
                #else
                    let written = Glibc.write(descriptor, part.baseAddress, part.count)
                #endif
                if written < 0 && canRepeat(descriptor, Int16(POLLOUT)) { continue }
                guard written > 0 else { throw FileError(errnoAt: path) }
                rest = rest.dropFirst(written)
            }
        }
    }

    /// Whether the call that failed may succeed now. Where somebody made the descriptor non-blocking, waits
    /// until it is ready.
    private static func canRepeat(_ descriptor: Int32, _ event: Int16) -> Bool {
        if errno == EINTR { return true }
        guard errno == EAGAIN || errno == EWOULDBLOCK else { return false }
        var state = pollfd(fd: descriptor, events: event, revents: 0)
        return poll(&state, 1, -1) >= 0 || errno == EINTR
    }
}
