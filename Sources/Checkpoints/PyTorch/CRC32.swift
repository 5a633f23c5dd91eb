/// The checksum of zip archives (APPNOTE.TXT 4.4.7: polynomial 0xEDB88320, reflected).
enum CRC32 {
    private static let table: [UInt32] = (0..<256).map { byte in
        (0..<8).reduce(UInt32(byte)) { value, _ in
            value & 1 == 0 ? value >> 1 : (value >> 1) ^ 0xedb8_8320
        }
    }

    /// The checksum of a range of a file.
    static func checksum(of file: MappedFile, in range: Range<Int>) -> UInt32 {
        file.withBytes(in: range) { bytes in
            ~bytes.reduce(UInt32.max) { crc, byte in
                table[Int(UInt8(truncatingIfNeeded: crc) ^ byte)] ^ (crc >> 8)
            }
        }
    }
}
