/// The times of several runs of the same work.
struct Measurement: Encodable {
    /// The precision and instruction set.
    let kernels: String

    /// The number of threads.
    let threads: Int

    /// The size of the image.
    let width: Int
    let height: Int

    /// Milliseconds of every run, in the order they were made.
    let milliseconds: [Double]

    /// Multiply-accumulates of one run, in 10^9.
    let gigaMACs: Double

    /// 10^9 operations per second that matrix products reach here at most.
    let peakGigaFLOPS: Double

    /// Milliseconds that half of the runs took at most.
    var median: Double { percentile(0.5) }

    /// Milliseconds that a share of the runs took at most.
    func percentile(_ share: Double) -> Double {
        let sorted = milliseconds.sorted()
        return sorted[min(Int(Double(sorted.count) * share), sorted.count - 1)]
    }

    /// The distance between the quartiles as a share of the median.
    var spread: Double { (percentile(0.75) - percentile(0.25)) / median }

    /// 10^9 floating-point operations per second, two for each multiply-accumulate, at the median.
    var gigaFLOPS: Double { 2 * gigaMACs / median * 1000 }

    /// ``gigaFLOPS`` as a share of the peak; above 1 where transforms save multiplications.
    var peakShare: Double { gigaFLOPS / peakGigaFLOPS }

    private enum CodingKeys: String, CodingKey {
        case kernels, peakGigaFLOPS, peakShare
        case threads, width, height, milliseconds, median, p95, minimum, spread, imagesPerSecond, gigaFLOPS
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(kernels, forKey: .kernels)
        try container.encode(peakGigaFLOPS, forKey: .peakGigaFLOPS)
        try container.encode(peakShare, forKey: .peakShare)
        try container.encode(threads, forKey: .threads)
        try container.encode(width, forKey: .width)
        try container.encode(height, forKey: .height)
        try container.encode(milliseconds, forKey: .milliseconds)
        try container.encode(median, forKey: .median)
        try container.encode(percentile(0.95), forKey: .p95)
        try container.encode(milliseconds.min() ?? 0, forKey: .minimum)
        try container.encode(spread, forKey: .spread)
        try container.encode(1000 / median, forKey: .imagesPerSecond)
        try container.encode(gigaFLOPS, forKey: .gigaFLOPS)
    }
}

extension Duration {
    /// The duration in milliseconds.
    var milliseconds: Double {
        Double(components.seconds) * 1e3 + Double(components.attoseconds) * 1e-15
    }
}
