#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A file that is written under a temporary name and gets its own when it is complete.
///
/// If it is freed before ``commit(isSynced:)``, nothing is left behind.
final class AtomicFile {
    private let path: String
    private let temporaryPath: String
    private let descriptor: Int32
    private var isCommitted = false

    /// Creates the temporary file in the folder of `path`.
    ///
    /// - Throws: ``CheckpointError/unwritable(file:reason:)``.
    init(replacing path: String) throws(CheckpointError) {
        self.path = path
        let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
        let name = path.dropFirst(folder.count)
        let suffix = String(UInt64.random(in: .min ... .max), radix: 36)
        temporaryPath = "\(folder).\(name.prefix(100)).\(suffix).tmp"
        descriptor = open(temporaryPath, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw Self.failure(path) }
    }

    deinit {
        close(descriptor)
        if !isCommitted { unlink(temporaryPath) }
    }

    /// Appends bytes.
    func write(_ bytes: [UInt8]) throws(CheckpointError) {
        try bytes.withUnsafeBufferPointer { buffer throws(CheckpointError) in
            var done = 0
            while done < buffer.count {
                let rest = UnsafeBufferPointer(rebasing: buffer[done...])
                #if canImport(Darwin)
                    let written = Darwin.write(descriptor, rest.baseAddress, rest.count)
                #elseif canImport(Musl)
                    let written = Musl.write(descriptor, rest.baseAddress, rest.count)
                #else
                    let written = Glibc.write(descriptor, rest.baseAddress, rest.count)
                #endif
                if written < 0 && errno == EINTR { continue }
                guard written > 0 else { throw Self.failure(path) }
                done += written
            }
        }
    }

    /// Gives the file its name.
    func commit(isSynced: Bool) throws(CheckpointError) {
        if isSynced {
            guard fsync(descriptor) == 0 else { throw Self.failure(path) }
        }
        guard rename(temporaryPath, path) == 0 else { throw Self.failure(path) }
        isCommitted = true
    }

    private static func failure(_ path: String) -> CheckpointError {
        .unwritable(file: path, reason: String(cString: strerror(errno)))
    }
}
