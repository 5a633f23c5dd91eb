/// Which input samples, and how much of each, make every output sample along one axis.
///
/// The filter is a triangle whose half width is one sample, or, when the axis shrinks, one output sample, so
/// that every input counts and nothing aliases. Sample centres lie at half coordinates. These are the rules,
/// and the arithmetic, of Pillow's `Image.resize(size, Image.Resampling.BILINEAR)`.
struct ResampleWeights: Sendable {
    /// The inputs of one output: `count` of them from `first`, weighted from `offset` in ``weights``.
    struct Window: Sendable {
        let first: Int
        let count: Int
        let offset: Int

        /// The input behind the last one.
        var end: Int { first + count }
    }

    /// One window per output, their firsts and ends ascending.
    let windows: [Window]

    /// The weights of all windows. Those of a window sum to 1.
    let weights: [Float]

    /// Weights from `input` to `output` samples, both at least 1.
    init(from input: Int, to output: Int) {
        precondition(input > 0 && output > 0, "resampling \(input) to \(output) samples")
        let scale = Double(input) / Double(output)
        let reach = max(scale, 1)
        var windows: [Window] = []
        var weights: [Float] = []
        windows.reserveCapacity(output)
        for index in 0..<output {
            let center = (Double(index) + 0.5) * scale
            var first = max(Int(center - reach + 0.5), 0)
            let end = min(Int(center + reach + 0.5), input)
            var row = (first..<end).map { max(1 - abs((Double($0) + 0.5 - center) / reach), 0) }
            // A zero weight would still let an infinity or a NaN through.
            while row.last == 0 { row.removeLast() }
            let zeros = row.prefix { $0 == 0 }.count
            first += zeros
            let sum = row.reduce(0, +)
            windows.append(Window(first: first, count: row.count - zeros, offset: weights.count))
            weights += row.dropFirst(zeros).map { Float($0 / sum) }
        }
        self.windows = windows
        self.weights = weights
    }
}
