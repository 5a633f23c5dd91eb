#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// An error of reading or writing a file or folder.
public struct FileError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The file or folder.
    public let path: String

    /// What is wrong, in words.
    public let reason: String

    /// Whether every other file of the same folder would fail too: the disk is full, or cannot be written.
    public let isFatal: Bool

    /// An error in words of our own.
    public init(path: String, reason: String) {
        self.path = path
        self.reason = reason
        isFatal = false
    }

    /// The same error where there is no other file to go on with.
    public var asFatal: FileError { FileError(path: path, reason: reason, isFatal: true) }

    private init(path: String, reason: String, isFatal: Bool) {
        self.path = path
        self.reason = reason
        self.isFatal = isFatal
    }

    /// The system's last error.
    init(errnoAt path: String) { self.init(path: path, errno: errno) }

    /// An error of the system.
    package init(path: String, errno: Int32) {
        self.path = path
        reason = String(cString: strerror(errno))
        isFatal = [ENOSPC, EROFS, EDQUOT].contains(errno)
    }

    /// The file, as it may be printed, and what is wrong.
    public var description: String { "\(path.shown()): \(reason.shown())" }
}
