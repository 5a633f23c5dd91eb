import Files
import Glibc

/// Standard output, for the bytes of maps.
enum ByteOutput {
    /// What standard output is called in messages.
    static let name = "standard output"

    /// Whether it is a screen.
    static var isTerminal: Bool { isatty(STDOUT_FILENO) == 1 }

    /// Whether the process was started with one. To be asked before any file is opened, which would take its
    /// place otherwise.
    static var isOpen: Bool { fcntl(STDOUT_FILENO, F_GETFD) >= 0 }

    /// Writes all bytes.
    ///
    /// - Throws: `FileError`
    static func write(_ bytes: [UInt8]) throws(FileError) {
        let result = bytes.withUnsafeBytes { Descriptor.write($0, to: STDOUT_FILENO) }
        guard result.error == 0 else { throw FileError(path: name, errno: result.error) }
    }
}
