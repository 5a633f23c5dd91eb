import CLibDeflate

/// Unpacks deflated data (RFC 1951) of a known size.
enum Inflater {
    /// The most bytes that one deflated byte can stand for: 258 of them take two bits.
    static let largestRatio: UInt64 = 1032

    /// The unpacked data, or nil if they are damaged or have another size. Takes memory for `size` bytes and
    /// writes no more, whatever the data say.
    static func inflate(_ packed: UnsafeRawBufferPointer, size: Int) -> [UInt8]? {
        guard size > 0, let decompressor = libdeflate_alloc_decompressor() else { return nil }
        defer { libdeflate_free_decompressor(decompressor) }
        var isWhole = false
        let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, initialized in
            // Without a place for the size found, any other than `size` is a failure.
            let result = libdeflate_deflate_decompress(
                decompressor, packed.baseAddress, packed.count, buffer.baseAddress, size, nil)
            isWhole = result == LIBDEFLATE_SUCCESS
            initialized = isWhole ? size : 0
        }
        return isWhole ? bytes : nil
    }
}
