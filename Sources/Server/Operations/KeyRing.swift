import Files
import Synchronization

/// The keys that let clients in.
final class KeyRing: Sendable {
    private static let sizeLimit = 1 << 20

    private let path: String
    private let keys: Mutex<[[UInt8]]>

    /// Reads a file with one key per line; empty lines and those that begin with `#` are passed over.
    ///
    /// - Throws: `FileError` if it cannot be read or has no key.
    init(path: String) throws(FileError) {
        self.path = path
        keys = Mutex(try Self.read(path))
    }

    /// Reads the file again. If it cannot be read, the old keys stay.
    ///
    /// - Throws: `FileError`
    func reload() throws(FileError) {
        let fresh = try Self.read(path)
        keys.withLock { $0 = fresh }
    }

    /// Checks the header of a request.
    ///
    /// - Throws: ``ServerError/unauthorized``
    func check(_ authorization: String?) throws(ServerError) {
        guard let authorization, authorization.prefix(7).lowercased() == "bearer " else {
            throw .unauthorized
        }
        let offered = Array(authorization.utf8.dropFirst(7))
        // All keys are looked at, so that the time does not tell which one came close.
        let matches = keys.withLock { keys in
            keys.reduce(UInt8(0)) { $0 | (Self.isEqual(offered, $1) ? 1 : 0) }
        }
        guard matches != 0 else { throw .unauthorized }
    }

    /// Compares in a time that depends on the lengths alone.
    private static func isEqual(_ offered: [UInt8], _ key: [UInt8]) -> Bool {
        var difference = offered.count ^ key.count
        for index in key.indices {
            let byte = offered.isEmpty ? 0 : offered[index % offered.count]
            difference |= Int(byte ^ key[index])
        }
        return difference == 0
    }

    private static func read(_ path: String) throws(FileError) -> [[UInt8]] {
        let lines = try BoundedFile.read(path, limit: sizeLimit)
            .split { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") }
        let keys = lines.map { line in
            Array(String(decoding: line, as: UTF8.self).trimmed.utf8)
        }.filter { !$0.isEmpty && $0[0] != UInt8(ascii: "#") }
        guard !keys.isEmpty else {
            throw FileError(path: path, reason: "expected a key on a line of its own, found none")
        }
        return keys
    }
}
