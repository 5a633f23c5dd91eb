/// Absolute and relative errors of depth: for each batch of frames their mean over its valid pixels, and the
/// mean of the batches.
///
/// The definitions are those of `depth_error` in lorenmt/mtan (im2im_pred/utils.py) and of its training loop,
/// which averages what each batch of its loader gives. A pixel is valid where its true depth is a positive
/// number. Upstream's condition is "not zero": the two differ for negative depths, which no data set has and
/// whose relative error would be negative.
public struct DepthErrors: Sendable {
    private struct Sums {
        var pixels = 0
        var absolute = 0.0
        var relative = 0.0
    }

    private var batch = Sums()
    private var absoluteMeans = BatchMean()
    private var relativeMeans = BatchMean()

    /// The valid pixels of all batches.
    public private(set) var pixels = 0

    /// No errors so far.
    public init() {}

    /// Adds pixels of the present batch, in the unit of the truth.
    mutating func add(_ predictions: UnsafeBufferPointer<Float>, truth: ArraySlice<Float>) {
        for (prediction, truth) in zip(predictions, truth) where truth.isDepth {
            let error = abs(Double(prediction) - Double(truth))
            batch.absolute += error
            batch.relative += error / Double(truth)
            batch.pixels += 1
        }
    }

    /// Ends a batch. One without a valid pixel does not count.
    mutating func endBatch() {
        if batch.pixels > 0 {
            pixels += batch.pixels
            absoluteMeans.add(batch.absolute / Double(batch.pixels))
            relativeMeans.add(batch.relative / Double(batch.pixels))
        }
        batch = Sums()
    }

    /// The mean absolute error, in the unit of the truth; NaN without valid pixels.
    public var absolute: Double { absoluteMeans.value }

    /// The mean of the absolute error divided by the true depth; NaN without valid pixels.
    public var relative: Double { relativeMeans.value }
}

/// The mean of one figure over batches.
struct BatchMean: Sendable {
    private var sum = 0.0
    private var count = 0

    mutating func add(_ value: Double) {
        sum += value
        count += 1
    }

    /// NaN without batches.
    var value: Double { sum / Double(count) }
}

extension Float {
    /// Whether this is a true depth, not a mark for none.
    var isDepth: Bool { self > 0 && isFinite }
}
