/// A zip archive of files that are stored as they are, since PNG files hardly get smaller (APPNOTE.TXT
/// 6.3.10).
///
/// The same files give the same bytes: their time is the earliest that the format knows.
public struct ZipWriter: Sendable {
    /// The archive in parts that share the memory of the files.
    public let parts: [[UInt8]]

    private struct Entry {
        let name: [UInt8]
        let checksum: UInt32
        let size: UInt32
        let offset: UInt32
    }

    private static let version: UInt16 = 20
    /// Names are UTF-8.
    private static let flags: UInt16 = 1 << 11
    /// 1 January 1980.
    private static let date: UInt16 = 0x0021

    /// Makes an archive of at most 65,535 files with different names.
    ///
    /// - Throws: ``ZipSizeError`` if it would reach 4 GiB.
    public init(_ files: [(name: String, bytes: [UInt8])]) throws(ZipSizeError) {
        precondition(files.count <= UInt16.max, "\(files.count) files in a zip archive")
        let overhead = files.reduce(22) { $0 + 30 + 46 + 2 * $1.name.utf8.count }
        let total = files.reduce(overhead) { $0 + $1.bytes.count }
        guard total <= UInt32.max else { throw ZipSizeError(bytes: total) }
        var parts: [[UInt8]] = []
        var entries: [Entry] = []
        var offset = 0
        for file in files {
            let entry = Entry(
                name: Array(file.name.utf8), checksum: file.bytes.withUnsafeBytes(CRC32.checksum),
                size: UInt32(file.bytes.count), offset: UInt32(offset))
            let header = Self.localHeader(entry)
            parts += [header, file.bytes]
            offset += header.count + file.bytes.count
            entries.append(entry)
        }
        parts.append(Self.directory(entries, at: UInt32(offset)))
        self.parts = parts
    }

    private static func localHeader(_ entry: Entry) -> [UInt8] {
        bytes(0x0403_4b50 as UInt32) + common(entry) + entry.name
    }

    /// What a local header and an entry of the directory share.
    private static func common(_ entry: Entry) -> [UInt8] {
        [version, flags, 0, 0, date].flatMap(bytes)
            + [entry.checksum, entry.size, entry.size].flatMap(bytes)
            + [UInt16(entry.name.count), 0].flatMap(bytes)
    }

    private static func directory(_ entries: [Entry], at offset: UInt32) -> [UInt8] {
        let directory = entries.flatMap { entry in
            bytes(0x0201_4b50 as UInt32) + bytes(version) + common(entry)
                + [0, 0, 0].flatMap { bytes($0 as UInt16) }
                + [0, entry.offset].flatMap(bytes) + entry.name
        }
        let count = UInt16(entries.count)
        return directory + bytes(0x0605_4b50 as UInt32) + [0, 0, count, count].flatMap(bytes)
            + [UInt32(directory.count), offset].flatMap(bytes) + bytes(0 as UInt16)
    }

    /// A number, its lowest byte first.
    private static func bytes<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
        withUnsafeBytes(of: number.littleEndian, Array.init)
    }
}

/// Why files do not become a zip archive.
public struct ZipSizeError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The length that the archive would have.
    public let bytes: Int

    /// What was expected, what was found, and the way out.
    public var description: String {
        "expected files that fit a zip archive of 4 GiB, found \(bytes.counted("byte")) of them; "
            + "ask for fewer tasks or views, or for maps of a smaller size"
    }
}
