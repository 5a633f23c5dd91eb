/// Damaged copies of a file: each has one to four random changes (a bit flipped, a byte or a 32-bit number
/// replaced, bytes removed, inserted or repeated, the end cut off).
///
/// The copies are made one at a time as the sequence is walked, and are the same for the same seed.
public func mutations(of bytes: [UInt8], count: Int, seed: UInt64) -> some Sequence<[UInt8]> {
    var random = SplitMix64(seed: seed)
    return (0..<count).lazy.map { _ in
        var copy = bytes
        for _ in 0..<Int.random(in: 1...4, using: &random) { mutate(&copy, &random) }
        return copy
    }
}

/// The beginnings of a file: every length below `dense`, then every `step`-th.
public func prefixes(of bytes: [UInt8], dense: Int, step: Int) -> some Sequence<[UInt8]> {
    bytes.indices.lazy.filter { $0 < dense || $0 % step == 0 }.map { Array(bytes.prefix($0)) }
}

private func mutate(_ bytes: inout [UInt8], _ random: inout SplitMix64) {
    guard !bytes.isEmpty else { return }
    let position = Int.random(in: 0..<bytes.count, using: &random)
    let end = position + min(Int.random(in: 1...8, using: &random), bytes.count - position)
    switch Int.random(in: 0..<16, using: &random) {
    case 0...2: bytes[position] = UInt8.random(in: .min ... .max, using: &random)
    case 3...5: bytes[position] ^= 1 << UInt8.random(in: 0..<8, using: &random)
    case 6...7: bytes.removeSubrange(position..<end)
    case 8...9: bytes.insert(contentsOf: Array(bytes[position..<end]), at: position)
    case 10: bytes.insert(UInt8.random(in: .min ... .max, using: &random), at: position)
    case 11...12: for index in position..<end { bytes[index] = 0xff }
    case 13: for index in position..<end { bytes[index] = 0 }
    case 14: bytes.removeSubrange(position...)
    default: writeExtreme(at: position, in: &bytes, &random)
    }
}

/// A number where signs, lengths and sizes go wrong, in either byte order.
private func writeExtreme(at position: Int, in bytes: inout [UInt8], _ random: inout SplitMix64) {
    let extremes: [UInt32] = [0, 1, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff]
    let number = extremes.randomElement(using: &random) ?? 0
    let ordered = Bool.random(using: &random) ? number.bigEndian : number
    withUnsafeBytes(of: ordered) { raw in
        for (index, byte) in raw.enumerated() where position + index < bytes.count {
            bytes[position + index] = byte
        }
    }
}
