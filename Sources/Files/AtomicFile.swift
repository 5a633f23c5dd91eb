#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// A file that is written under a temporary name in the folder of its own and renamed when it is complete, so
/// that nobody ever sees half of it and what was there before stays until then.
///
/// If it is freed before ``commit(isSynced:)``, nothing is left behind; a process that is killed leaves a
/// hidden `.mtan-….tmp`.
public final class AtomicFile {
    private let path: String
    private let folder: String
    private let temporaryPath: String
    private let descriptor: Int32
    private var isCommitted = false

    /// Creates the temporary file in the folder of `path`, which must exist.
    ///
    /// - Throws: ``FileError``
    public init(replacing path: String) throws(FileError) {
        self.path = path
        let slash = path.utf8.lastIndex(of: UInt8(ascii: "/"))
        folder = slash.map { String(decoding: path.utf8[...$0], as: UTF8.self) } ?? ""
        let suffix = String(UInt64.random(in: .min ... .max), radix: 36)
        temporaryPath = "\(folder).mtan-\(suffix).tmp"
        descriptor = open(FileName.path(temporaryPath), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw FileError(errnoAt: path) }
    }

    deinit {
        close(descriptor)
        if !isCommitted { unlink(FileName.path(temporaryPath)) }
    }

    /// Writes a whole file.
    ///
    /// - Throws: ``FileError``
    public static func write(_ bytes: [UInt8], to path: String, isSynced: Bool) throws(FileError) {
        let file = try AtomicFile(replacing: path)
        try file.write(bytes)
        try file.commit(isSynced: isSynced)
    }

    /// Appends bytes.
    ///
    /// - Throws: ``FileError``, for a full disk for example.
    public func write(_ bytes: [UInt8]) throws(FileError) {
        let result = bytes.withUnsafeBytes { Descriptor.write($0, to: descriptor) }
        guard result.error == 0 else { throw FileError(path: path, errno: result.error) }
    }

    /// Gives the file its name, replacing one that is there.
    ///
    /// - Parameter isSynced: whether to wait until the bytes and the name are on the disk, so that a power cut
    ///   can neither lose the file nor leave an empty one.
    /// - Throws: ``FileError``
    public func commit(isSynced: Bool) throws(FileError) {
        if isSynced {
            guard fsync(descriptor) == 0 else { throw FileError(errnoAt: path) }
        }
        guard rename(FileName.path(temporaryPath), FileName.path(path)) == 0 else {
            throw FileError(errnoAt: path)
        }
        isCommitted = true
        guard isSynced else { return }
        let directory = open(FileName.path(folder.isEmpty ? "." : folder), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard directory >= 0 else { throw FileError(errnoAt: folder) }
        defer { close(directory) }
        guard fsync(directory) == 0 else { throw FileError(errnoAt: folder) }
    }
}
