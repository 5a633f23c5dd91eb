/// Counts of pixels by true and predicted class, over all frames: the measures of segmentation.
///
/// The definitions are those of `ConfMatrix` in lorenmt/mtan (im2im_pred/utils.py since November 2020; versions
/// before that averaged over images): one matrix over every pixel whose true class is one of the model's.
public struct ConfusionMatrix: Sendable, Equatable {
    /// The number of classes, at least 1.
    public let classCount: Int

    /// The number of pixels, truth by prediction, `classCount` squared.
    public private(set) var counts: [Int]

    /// Pixels whose true class id is none of the model's. They count as void, as upstream counts them; many
    /// of them mean that the data have other classes than the model.
    public private(set) var foreignPixels = 0

    /// A matrix of zeros.
    public init(classCount: Int) {
        precondition(classCount > 0)
        self.classCount = classCount
        counts = [Int](repeating: 0, count: classCount * classCount)
    }

    /// Adds pixels: predicted class ids, each below ``classCount``, and true ones, negative where there is none.
    mutating func add(_ predictions: UnsafeBufferPointer<UInt8>, truth: ArraySlice<Float>) {
        for (prediction, truth) in zip(predictions, truth) {
            guard truth >= 0 else { continue }
            guard truth < Float(classCount) else {
                foreignPixels += 1
                continue
            }
            counts[Int(truth) * classCount + Int(prediction)] += 1
        }
    }

    /// The number of pixels that count.
    public var pixels: Int { counts.reduce(0, +) }

    /// The pixels that truly are of a class.
    public func truth(of index: Int) -> Int {
        counts[index * classCount..<(index + 1) * classCount].reduce(0, +)
    }

    /// The pixels that were taken for a class.
    func predictions(of index: Int) -> Int {
        stride(from: index, to: counts.count, by: classCount).reduce(0) { $0 + counts[$1] }
    }

    /// The share of pixels whose class was found, 0...1; NaN without pixels.
    public var pixelAccuracy: Double {
        Double((0..<classCount).reduce(0) { $0 + counts[$1 * (classCount + 1)] }) / Double(pixels)
    }

    /// The intersection over union of a class, 0...1, or nil for a class that neither the truth nor the
    /// predictions have anywhere.
    public func intersectionOverUnion(of index: Int) -> Double? {
        let correct = counts[index * (classCount + 1)]
        let union = truth(of: index) + predictions(of: index) - correct
        return union > 0 ? Double(correct) / Double(union) : nil
    }

    /// The mean of the classes' intersections over unions, 0...1; NaN without pixels.
    ///
    /// Classes that occur in neither truth nor predictions are left out. Upstream's mean is NaN then (its legacy
    /// version left them out too); wherever it is a number, it is this one.
    public var meanIntersectionOverUnion: Double {
        let values = (0..<classCount).compactMap(intersectionOverUnion)
        return values.reduce(0, +) / Double(values.count)
    }
}
