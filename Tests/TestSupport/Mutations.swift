<<<<<<< HEAD
/// Damaged copies of a file: each has one to four random changes (a byte replaced, a bit flipped, bytes
/// removed, inserted, repeated, or set to an extreme value).
///
/// The copies are made one at a time as the sequence is walked, and are the same for the same seed.
public func mutations(of bytes: [UInt8], count: Int, seed: UInt64) -> some Sequence<[UInt8]> {
    var random = SplitMix64(seed: seed)
    return (0..<count).lazy.map { _ in
        var copy = bytes
        for _ in 0..<Int.random(in: 1...4, using: &random) { mutate(&copy, &random) }
=======
/// Damaged copies of valid bytes for tests with hostile input: the same ones on every run.
///
/// Each copy has one to eight changes: a bit flipped, a byte or a 32-bit number replaced (often by an extreme
/// one), a range removed, repeated or zeroed, or the end cut off.
public func mutations(of bytes: [UInt8], count: Int, seed: UInt64) -> some Sequence<[UInt8]> {
    (0..<count).lazy.map { index in
        var generator = SplitMix64(seed: seed &+ UInt64(index) &* 0xD134_2543_DE82_EF95)
        var copy = bytes
        for _ in 0..<Int.random(in: 1...8, using: &generator) where !copy.isEmpty {
            mutate(&copy, using: &generator)
        }
>>>>>>> 57e0b72728e77069adc78d3c688c158c01eb7297
        return copy
    }
}

<<<<<<< HEAD
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
=======
/// The beginnings of `bytes`: all of the first `dense`, then every `step`-th.
public func prefixes(of bytes: [UInt8], dense: Int, step: Int) -> some Sequence<[UInt8]> {
    bytes.indices.lazy.filter { $0 < dense || $0 % step == 0 }.map { Array(bytes.prefix($0)) }
}

private func mutate(_ bytes: inout [UInt8], using generator: inout SplitMix64) {
    let position = Int.random(in: 0..<bytes.count, using: &generator)
    let end = min(position + Int.random(in: 1...32, using: &generator), bytes.count)
    switch Int.random(in: 0..<8, using: &generator) {
    case 0, 1: bytes[position] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
    case 2: bytes[position] = UInt8.random(in: 0...255, using: &generator)
    case 3: bytes[position] = [0, 1, 0x7F, 0x80, 0xFF].randomElement(using: &generator) ?? 0
    case 4:
        let extremes: [UInt32] = [0, 1, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF]
        let number = extremes.randomElement(using: &generator) ?? 0
        for index in 0..<4 where position + index < bytes.count {
            bytes[position + index] = UInt8(truncatingIfNeeded: number >> (8 * UInt32(3 - index)))
        }
    case 5: bytes.removeSubrange(position..<end)
    case 6: bytes.insert(contentsOf: bytes[position..<end], at: position)
    default:
        if Int.random(in: 0..<4, using: &generator) == 0 {
            bytes.removeSubrange(position...)
        } else {
            for index in position..<end { bytes[index] = 0 }
        }
>>>>>>> 57e0b72728e77069adc78d3c688c158c01eb7297
    }
}
