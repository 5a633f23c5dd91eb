import Foundation

/// Reading photos from disk, within limits.
enum PhotoFile {
    /// Why a photo could not be read.
    struct Unreadable: Error, CustomStringConvertible {
        let description: String
    }

    /// The contents of a regular file of at most `limit` bytes.
    ///
    /// Pipes and devices, which might never end, are refused; so is a file that grows past the limit.
    static func read(_ path: String, limit: Int) throws -> [UInt8] {
        let attributes: [FileAttributeKey: Any]
        do {
            let target = URL(fileURLWithPath: path).resolvingSymlinksInPath().path
            attributes = try FileManager.default.attributesOfItem(atPath: target)
        } catch {
            throw Unreadable(description: "no such file")
        }
        guard attributes[.type] as? FileAttributeType == .typeRegular else {
            throw Unreadable(description: "expected a file, found a \(kind(attributes[.type]))")
        }
        let size = attributes[.size] as? Int ?? 0
        guard size <= limit else { throw tooLarge(limit, found: "\(size)") }
        guard let handle = FileHandle(forReadingAtPath: path) else {
            throw Unreadable(description: "cannot be read; check its permissions")
        }
        defer { try? handle.close() }
        let data = try handle.read(upToCount: limit + 1) ?? Data()
        guard data.count <= limit else { throw tooLarge(limit, found: "more") }
        return [UInt8](data)
    }

    private static func tooLarge(_ limit: Int, found: String) -> Unreadable {
        Unreadable(
            description: "expected a file of at most \(limit) bytes, found \(found); raise --max-bytes")
    }

    private static func kind(_ type: Any?) -> String {
        switch type as? FileAttributeType {
        case .typeDirectory: "folder"
        case .typeCharacterSpecial, .typeBlockSpecial: "device"
        case .typeSocket: "socket"
        default: "pipe or other special file"
        }
    }
}
