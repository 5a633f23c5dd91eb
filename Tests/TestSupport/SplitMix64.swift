<<<<<<< HEAD
/// A small generator of random numbers that gives the same sequence for the same seed on every machine
/// (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014).
public struct SplitMix64: RandomNumberGenerator {
    private var state: UInt64

    /// Starts a sequence.
=======
/// A small seeded generator, so that every run of a test sees the same numbers.
public struct SplitMix64: RandomNumberGenerator, Sendable {
    private var state: UInt64

    /// A generator whose whole sequence follows from the seed.
>>>>>>> 57e0b72728e77069adc78d3c688c158c01eb7297
    public init(seed: UInt64) {
        state = seed
    }

<<<<<<< HEAD
    /// The next 64 random bits.
    public mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
=======
    /// The next 64 bits.
    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
>>>>>>> 57e0b72728e77069adc78d3c688c158c01eb7297
    }
}
