#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Writing to open descriptors.
package enum Descriptor {
    /// Writes all bytes. Waits while a pipe is full, also if it is non-blocking.
    ///
    /// - Returns: the number of bytes that were written, and the `errno` that stopped the others, or 0.
    package static func write(
        _ bytes: UnsafeRawBufferPointer, to descriptor: Int32
    ) -> (written: Int, error: Int32) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = writeOnce(UnsafeRawBufferPointer(rebasing: rest), to: descriptor)
            if count > 0 {
                rest = rest.dropFirst(count)
                continue
            }
            let error = count < 0 ? errno : EIO
            switch error {
            case EINTR: continue
            case EAGAIN: waitUntilWritable(descriptor)
            default: return (bytes.count - rest.count, error)
            }
        }
        return (bytes.count, 0)
    }

    private static func writeOnce(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) -> Int {
        #if canImport(Musl)
            Musl.write(descriptor, bytes.baseAddress, bytes.count)
        #else
            Glibc.write(descriptor, bytes.baseAddress, bytes.count)
        #endif
    }

    private static func waitUntilWritable(_ descriptor: Int32) {
        var request = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        poll(&request, 1, -1)
    }
}
