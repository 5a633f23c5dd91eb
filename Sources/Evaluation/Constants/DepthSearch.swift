/// Finds the constants that come nearest to the true depths: one with the least absolute error and one with
/// the least relative error.
///
/// Depths are told apart to 1/2048 of their value; the constants found are that near to the best ones.
struct DepthSearch: ConstantSearch {
    /// For each step of depth the sums of 1, of depth and of 1 / depth over its pixels.
    private var bins = BatchBins<UInt32>()

    /// The bits of a positive float grow with its value; without these, 11 bits of its fraction are left.
    private static let droppedBits: UInt32 = 12

    mutating func add(_ truth: TruthMap) {
        for depth in truth.values where depth.isDepth {
            let value = Double(depth)
            bins.add(SIMD4(1, value, 1 / value, 0), to: depth.bitPattern >> Self.droppedBits)
        }
    }

    mutating func endBatch() { bins.endBatch() }

    /// The median of the depths has the least absolute error, their median weighted by 1 / depth the least
    /// relative error.
    var guesses: [ConstantGuess] {
        [median { $0.x }, median { $0.z }].compactMap { $0.map(ConstantGuess.depth) }
    }

    /// The mean depth of the step where half of the weight is reached.
    private func median(_ weight: (SIMD4<Double>) -> Double) -> Float? {
        let sorted = bins.sums.sorted { $0.key < $1.key }.map(\.value)
        let half = sorted.reduce(0) { $0 + weight($1) } / 2
        var reached = 0.0
        for sums in sorted {
            reached += weight(sums)
            if reached >= half { return Float(sums.y / sums.x) }
        }
        return nil
    }
}
