import CZlib

/// Unpacks deflated data (RFC 1951) of a known size, by zlib.
enum Inflater {
    /// The most bytes that one deflated byte can stand for: 258 of them take two bits.
    static let largestRatio: UInt64 = 1032

    /// The unpacked data, or nil if they are damaged or have another size. Takes memory for `size` bytes and
    /// writes no more, whatever the data say.
    static func inflate(_ packed: UnsafeRawBufferPointer, size: Int) -> [UInt8]? {
        guard size > 0, size <= UInt32.max, packed.count <= UInt32.max else { return nil }
        var isWhole = false
        let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, initialized in
            isWhole = inflate(packed, into: UnsafeMutableBufferPointer(rebasing: buffer[..<size]))
            initialized = isWhole ? size : 0
        }
        return isWhole ? bytes : nil
    }

    /// Whether the data fill the buffer exactly.
    private static func inflate(
        _ packed: UnsafeRawBufferPointer, into buffer: UnsafeMutableBufferPointer<UInt8>
    ) -> Bool {
        var stream = z_stream()
        // Negative: neither the header nor the checksum of zlib's own format.
        let windowBits: Int32 = -15
        let streamSize = Int32(MemoryLayout<z_stream>.size)
        guard inflateInit2_(&stream, windowBits, ZLIB_VERSION, streamSize) == Z_OK else { return false }
        defer { inflateEnd(&stream) }
        // zlib does not write to its input; the field lacks a const.
        stream.next_in = UnsafeMutablePointer(
            mutating: packed.bindMemory(to: UInt8.self).baseAddress)
        stream.avail_in = UInt32(packed.count)
        stream.next_out = buffer.baseAddress
        stream.avail_out = UInt32(buffer.count)
        return CZlib.inflate(&stream, Z_FINISH) == Z_STREAM_END && stream.avail_out == 0
    }
}
