import Foundation

/// Angles between predicted and true normals: for each batch of frames their mean, their median and the shares
/// below three bounds over its valid pixels, and the mean of the batches.
///
/// The definitions are those of `normal_error` in lorenmt/mtan (im2im_pred/utils.py) and of its training loop,
/// which averages what each batch of its loader gives. A pixel is valid where the components of its true
/// normal do not sum to zero, in single precision. The true vectors are taken as they are stored, not
/// normalised. A predicted zero vector is 90 degrees off.
public struct NormalErrors: Sendable {
    /// The bounds in degrees. An angle counts if it is less.
    public static let bounds = [11.25, 22.5, 30]

    /// The steps of a degree by which angles are counted for the median, which is therefore at most 0.0005
    /// degrees off. All other figures are exact.
    static let stepsPerDegree = 1000

    private struct Batch {
        var pixels = 0
        var sum = 0.0
        var within = [0, 0, 0]
        var histogram = [Int32](repeating: 0, count: 180 * NormalErrors.stepsPerDegree + 1)
    }

    private var batch = Batch()
    private var means = BatchMean()
    private var medians = BatchMean()
    private var shares = [BatchMean](repeating: BatchMean(), count: 3)

    /// The valid pixels of all batches.
    public private(set) var pixels = 0

    /// No errors so far.
    public init() {}

    /// Adds pixels of the present batch: x, y and z of each in turn.
    mutating func add(_ predictions: UnsafeBufferPointer<Float>, truth: ArraySlice<Float>) {
        truth.withUnsafeBufferPointer { truth in
            for start in stride(from: 0, to: min(predictions.count, truth.count) - 2, by: 3) {
                let normal = SIMD3(truth[start], truth[start + 1], truth[start + 2])
                guard normal.isNormal else { continue }
                let prediction = SIMD3(predictions[start], predictions[start + 1], predictions[start + 2])
                add(degrees: SIMD3<Double>(prediction).degrees(to: SIMD3<Double>(normal)))
            }
        }
    }

    private mutating func add(degrees: Double) {
        batch.pixels += 1
        batch.sum += degrees
        for (index, bound) in Self.bounds.enumerated() where degrees < bound { batch.within[index] += 1 }
        batch.histogram[Int(degrees * Double(Self.stepsPerDegree))] += 1
    }

    /// Ends a batch. One without a valid pixel does not count.
    mutating func endBatch() {
        guard batch.pixels > 0 else { return }
        pixels += batch.pixels
        means.add(batch.sum / Double(batch.pixels))
        medians.add(batchMedian)
        for index in shares.indices { shares[index].add(Double(batch.within[index]) / Double(batch.pixels)) }
        batch = Batch()
    }

    /// The mean of the two middle angles, or the middle one, each at the centre of its step.
    private var batchMedian: Double {
        let middles = [(batch.pixels - 1) / 2, batch.pixels / 2]
        var (sum, below, step) = (0.0, 0, -1)
        for middle in middles {
            while below <= middle {
                step += 1
                below += Int(batch.histogram[step])
            }
            sum += (Double(step) + 0.5) / Double(Self.stepsPerDegree)
        }
        return sum / 2
    }

    /// The mean angle in degrees; NaN without valid pixels.
    public var mean: Double { means.value }

    /// The median angle in degrees; NaN without valid pixels.
    public var median: Double { medians.value }

    /// For each of ``bounds`` the share of pixels with a smaller angle, 0...1; NaN without valid pixels.
    public var within: [Double] { shares.map(\.value) }
}

extension SIMD3<Float> {
    /// Whether this is a true normal, not a mark for none.
    var isNormal: Bool {
        let sum = x + y + z
        return sum != 0 && sum.isFinite
    }
}

extension SIMD3<Double> {
    /// The dot product.
    func dot(_ other: SIMD3<Double>) -> Double { (self * other).sum() }

    /// The angle to another vector in degrees, 0...180, by the dot product as it is.
    func degrees(to other: SIMD3<Double>) -> Double {
        acos(Swift.min(Swift.max(dot(other), -1), 1)) * (180 / .pi)
    }
}
