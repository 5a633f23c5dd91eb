import Files
import NIOCore

/// Files in a zip archive, stored as they are, since PNG files hardly get smaller (APPNOTE.TXT 6.3.10).
///
/// The same files give the same bytes: their time is the earliest that the format knows.
struct ZipArchive: Sendable {
    /// The archive in parts that share the memory of the files.
    let parts: [ByteBuffer]

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

    /// Names must differ; the archive must stay below 4 GiB.
    init(_ files: [(name: String, contents: ByteBuffer)]) {
        var parts: [ByteBuffer] = []
        var entries: [Entry] = []
        var offset = 0
        for file in files {
            let entry = Entry(
                name: Array(file.name.utf8),
                checksum: file.contents.withUnsafeReadableBytes(CRC32.checksum),
                size: UInt32(file.contents.readableBytes), offset: UInt32(offset))
            let header = Self.localHeader(entry)
            parts += [header, file.contents]
            offset += header.readableBytes + file.contents.readableBytes
            entries.append(entry)
        }
        parts.append(Self.directory(entries, at: UInt32(offset)))
        self.parts = parts
    }

    private static func localHeader(_ entry: Entry) -> ByteBuffer {
        var header = ByteBuffer()
        header.writeInteger(0x0403_4b50, endianness: .little, as: UInt32.self)
        writeCommon(entry, to: &header)
        header.writeBytes(entry.name)
        return header
    }

    /// What a local header and an entry of the directory share.
    private static func writeCommon(_ entry: Entry, to header: inout ByteBuffer) {
        for field in [version, flags, 0, 0, date] { header.writeInteger(field, endianness: .little) }
        for field in [entry.checksum, entry.size, entry.size] {
            header.writeInteger(field, endianness: .little)
        }
        header.writeInteger(UInt16(entry.name.count), endianness: .little)
        header.writeInteger(UInt16(0), endianness: .little)
    }

    private static func directory(_ entries: [Entry], at offset: UInt32) -> ByteBuffer {
        var directory = ByteBuffer()
        for entry in entries {
            directory.writeInteger(0x0201_4b50, endianness: .little, as: UInt32.self)
            directory.writeInteger(version, endianness: .little)
            writeCommon(entry, to: &directory)
            for _ in 0..<3 { directory.writeInteger(UInt16(0), endianness: .little) }
            directory.writeInteger(UInt32(0), endianness: .little)
            directory.writeInteger(entry.offset, endianness: .little)
            directory.writeBytes(entry.name)
        }
        let size = UInt32(directory.readableBytes)
        directory.writeInteger(0x0605_4b50, endianness: .little, as: UInt32.self)
        for field in [0, 0, UInt16(entries.count), UInt16(entries.count)] {
            directory.writeInteger(field, endianness: .little)
        }
        directory.writeInteger(size, endianness: .little)
        directory.writeInteger(offset, endianness: .little)
        directory.writeInteger(UInt16(0), endianness: .little)
        return directory
    }
}
