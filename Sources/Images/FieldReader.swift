/// Reads numbers at untrusted offsets of untrusted bytes.
struct FieldReader {
    let block: UnsafeRawBufferPointer
    let bigEndian: Bool

    func uint16(at offset: Int) -> Int? { number(at: offset, length: 2) }

    func uint32(at offset: Int) -> Int? { number(at: offset, length: 4) }

    /// Nil also for numbers above `Int.max`.
    func uint64(at offset: Int) -> Int? { number(at: offset, length: 8) }

    private func number(at offset: Int, length: Int) -> Int? {
        guard offset >= 0, offset <= block.count - length else { return nil }
        var value: UInt64 = 0
        for index in 0..<length {
            value = value << 8 | UInt64(block[offset + (bigEndian ? index : length - 1 - index)])
        }
        return Int(exactly: value)
    }
}
