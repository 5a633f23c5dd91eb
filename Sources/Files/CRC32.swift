internal import CLibDeflate

/// The checksum of zip archives (APPNOTE.TXT 4.4.7: polynomial 0xEDB88320, reflected).
public enum CRC32 {
    /// The checksum of some bytes.
    public static func checksum(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
        libdeflate_crc32(0, bytes.baseAddress, bytes.count)
    }
}
