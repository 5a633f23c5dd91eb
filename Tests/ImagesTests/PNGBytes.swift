/// PNG files put together by hand, for what no encoder would write.
enum PNGBytes {
    static let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]

    static let end = chunk("IEND", [])

    static func chunk(_ type: String, _ data: [UInt8]) -> [UInt8] {
        let content = Array(type.utf8) + data
        return bigEndian(UInt32(data.count)) + content + bigEndian(crc32(content))
    }

    static func header(
        _ width: UInt32, _ height: UInt32, depth: UInt8, color: UInt8, interlace: UInt8 = 0
    ) -> [UInt8] {
        chunk("IHDR", bigEndian(width) + bigEndian(height) + [depth, color, 0, 0, interlace])
    }

    /// An IDAT chunk with these scan lines, not compressed. At most 65,535 bytes.
    static func data(_ lines: [UInt8]) -> [UInt8] {
        let count = UInt16(lines.count)
        let lengths = [UInt8(count & 0xFF), UInt8(count >> 8), UInt8(~count & 0xFF), UInt8(~count >> 8)]
        return chunk("IDAT", [0x78, 0x01, 0x01] + lengths + lines + bigEndian(adler32(lines)))
    }

    /// The chunks of a valid file, as ranges of their length, type, data and check sum.
    static func chunks(of file: [UInt8]) -> [(type: String, range: Range<Int>)] {
        var chunks: [(String, Range<Int>)] = []
        var offset = signature.count
        while offset + 12 <= file.count {
            let length = file[offset..<offset + 4].reduce(0) { $0 << 8 | Int($1) }
            guard length <= file.count - offset - 12 else { break }
            let type = String(decoding: file[offset + 4..<offset + 8], as: UTF8.self)
            chunks.append((type, offset..<offset + 12 + length))
            offset += 12 + length
        }
        return chunks
    }

    /// The data of the first chunk of a type.
    static func content(_ type: String, in file: [UInt8]) -> [UInt8]? {
        chunks(of: file).first { $0.type == type }.map { Array(file[$0.range].dropFirst(8).dropLast(4)) }
    }

    /// The file with the right check sum in every chunk, so that damage gets past them.
    static func repaired(_ file: [UInt8]) -> [UInt8] {
        var file = file
        for (_, range) in chunks(of: file) {
            let sum = crc32(Array(file[range].dropFirst(4).dropLast(4)))
            file.replaceSubrange(range.upperBound - 4..<range.upperBound, with: bigEndian(sum))
        }
        return file
    }

    static func bigEndian(_ value: UInt32) -> [UInt8] {
        [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }
    }

    private static let table: [UInt32] = (0..<256).map { index in
        (0..<8).reduce(UInt32(index)) { value, _ in value & 1 == 1 ? 0xEDB8_8320 ^ value >> 1 : value >> 1 }
    }

    private static func crc32(_ bytes: [UInt8]) -> UInt32 {
        ~bytes.reduce(UInt32.max) { table[Int(UInt8(truncatingIfNeeded: $0) ^ $1)] ^ $0 >> 8 }
    }

    private static func adler32(_ bytes: [UInt8]) -> UInt32 {
        var (low, high): (UInt32, UInt32) = (1, 0)
        for byte in bytes {
            low = (low + UInt32(byte)) % 65521
            high = (high + low) % 65521
        }
        return high << 16 | low
    }
}
