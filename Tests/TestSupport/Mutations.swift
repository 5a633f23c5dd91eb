/// Damaged copies of a file: each has one to four random changes (a byte replaced, a bit flipped, bytes
/// removed, inserted, repeated, or set to an extreme value).
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

private func mutate(_ bytes: inout [UInt8], _ random: inout SplitMix64) {
    guard !bytes.isEmpty else { return }
    let position = Int.random(in: 0..<bytes.count, using: &random)
    let length = min(Int.random(in: 1...8, using: &random), bytes.count - position)
    switch Int.random(in: 0..<7, using: &random) {
    case 0: bytes[position] = UInt8.random(in: .min ... .max, using: &random)
    case 1: bytes[position] ^= 1 << UInt8.random(in: 0..<8, using: &random)
    case 2: bytes.removeSubrange(position..<position + length)
    case 3:
        bytes.insert(
            contentsOf: (0..<length).map { _ in UInt8.random(in: .min ... .max, using: &random) },
            at: position)
    case 4: bytes.insert(contentsOf: Array(bytes[position..<position + length]), at: position)
    case 5: for index in position..<position + length { bytes[index] = 0xff }
    default: for index in position..<position + length { bytes[index] = 0 }
    }
}
