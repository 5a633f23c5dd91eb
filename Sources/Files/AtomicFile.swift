#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// A file that is written under a temporary name in the folder of its own and renamed when it is complete, so
/// that nobody ever sees half of it and what was there before stays until then.
///
/// If it is freed before ``commit(isSynced:)``, nothing is left behind.
public final class AtomicFile {
    private let path: String
    private let temporaryPath: String
    private let descriptor: Int32
    private var isCommitted = false

    /// Creates the temporary file in the folder of `path`, which must exist.
    ///
    /// - Throws: ``FileError``
    public init(replacing path: String) throws(FileError) {
        self.path = path
        let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
        let suffix = String(UInt64.random(in: .min ... .max), radix: 36)
        temporaryPath = "\(folder).mtan-\(suffix).tmp"
        descriptor = open(temporaryPath, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw FileError(writing: path) }
    }

    deinit {
        close(descriptor)
        if !isCommitted { unlink(temporaryPath) }
    }

    /// Appends bytes.
    ///
    /// - Throws: ``FileError``, for a full disk for example.
    public func write(_ bytes: [UInt8]) throws(FileError) {
        try bytes.withUnsafeBufferPointer { buffer throws(FileError) in
            var rest = buffer[...]
            while !rest.isEmpty {
                let written = Self.write(UnsafeBufferPointer(rebasing: rest), to: descriptor)
                if written < 0 && errno == EINTR { continue }
                guard written > 0 else { throw FileError(writing: path) }
                rest = rest.dropFirst(written)
            }
        }
    }

    private static func write(_ bytes: UnsafeBufferPointer<UInt8>, to descriptor: Int32) -> Int {
        #if canImport(Musl)
            Musl.write(descriptor, bytes.baseAddress, bytes.count)
        #else
            Glibc.write(descriptor, bytes.baseAddress, bytes.count)
        #endif
    }

    /// Gives the file its name, replacing one that is there.
    ///
    /// - Parameter isSynced: whether to wait until the bytes are on the disk first, so that a power cut cannot
    ///   leave an empty file.
    /// - Throws: ``FileError``
    public func commit(isSynced: Bool) throws(FileError) {
        if isSynced {
            guard fsync(descriptor) == 0 else { throw FileError(writing: path) }
        }
        guard rename(temporaryPath, path) == 0 else { throw FileError(writing: path) }
        isCommitted = true
    }
}

/// Why a file could not be written.
public struct FileError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The file.
    public let path: String

    /// The system's own words.
    public let reason: String

    init(writing path: String) {
        self.path = path
        reason = String(cString: strerror(errno))
    }

    /// The file and what is wrong.
    public var description: String { "\(path): cannot be written: \(reason)" }
}
