import CLibDeflate

/// Unpacks texts of untrusted files.
enum Zlib {
    /// The longest text that is unpacked, in bytes: Pillow's limit for text chunks.
    static let longestText = 1 << 20

    /// The contents of a zlib stream (RFC 1950); nil if it is damaged or holds more than ``longestText`` bytes.
    static func inflate(_ packed: UnsafeRawBufferPointer) -> [UInt8]? {
        guard packed.count > 0, let decompressor = libdeflate_alloc_decompressor() else { return nil }
        defer { libdeflate_free_decompressor(decompressor) }
        // Texts are short: the longest is only provided for where a sixteenth of it is not enough.
        for capacity in [longestText / 16, longestText] {
            var result = LIBDEFLATE_BAD_DATA
            let bytes = [UInt8](unsafeUninitializedCapacity: capacity) { buffer, initialized in
                result = libdeflate_zlib_decompress(
                    decompressor, packed.baseAddress, packed.count, buffer.baseAddress, capacity, &initialized
                )
                if result != LIBDEFLATE_SUCCESS { initialized = 0 }
            }
            if result == LIBDEFLATE_SUCCESS { return bytes }
            guard result == LIBDEFLATE_INSUFFICIENT_SPACE else { return nil }
        }
        return nil
    }
}
