/// Sums over the pixels of a data set, sorted into bins, in which every batch of frames weighs the same: what
/// constants are chosen by, since the measures are means over batches.
///
/// Takes memory for each bin that occurs, not for each pixel.
struct BatchBins<Key: Hashable & Sendable>: Sendable {
    /// The sums of each bin, those of a batch divided by its pixels.
    private(set) var sums: [Key: SIMD4<Double>] = [:]

    private var batch: [Key: SIMD4<Double>] = [:]
    private var pixels = 0

    /// Adds one pixel of the present batch.
    mutating func add(_ values: SIMD4<Double>, to key: Key) {
        batch[key, default: .zero] += values
        pixels += 1
    }

    /// Ends a batch.
    mutating func endBatch() {
        guard pixels > 0 else { return }
        let weight = 1 / Double(pixels)
        for (key, values) in batch { sums[key, default: .zero] += values * weight }
        batch.removeAll(keepingCapacity: true)
        pixels = 0
    }
}
