/// One figure of a table: what it is called, its value, and how it is read.
public struct Measure: Sendable, Equatable {
    /// What a value counts.
    public enum Unit: Sendable, Equatable {
        /// A share, 0...1, which papers print in percent.
        case share
        /// A number as it stands: metres, or a ratio.
        case plain
        /// An angle.
        case degrees
    }

    /// The name in JSON, such as `mean_iou`.
    public let key: String

    /// The heading in tables, such as `mIoU`.
    public let title: String

    /// The value; NaN if there was nothing to measure.
    public let value: Double

    /// What the value counts.
    public let unit: Unit

    /// Whether more is better.
    public let isBetterWhenLarger: Bool

    init(_ key: String, _ title: String, _ value: Double, _ unit: Unit, isBetterWhenLarger: Bool) {
        self.key = key
        self.title = title
        self.value = value
        self.unit = unit
        self.isBetterWhenLarger = isBetterWhenLarger
    }

    /// The better of two values of one measure.
    func better(_ other: Measure) -> Measure {
        (other.value > value) == isBetterWhenLarger ? other : self
    }
}

/// Compares predictions for one task with the truth, frame after frame.
protocol Score: Sendable {
    /// Adds a frame to the present batch. The map has the size of the truth.
    mutating func add(_ map: some PredictedMap, truth: TruthMap)

    /// Ends a batch of frames.
    mutating func endBatch()

    /// The pixels with a truth in all batches.
    var pixels: Int { get }

    /// The figures of all batches, in the order of the paper's tables.
    var measures: [Measure] { get }
}

extension ConfusionMatrix: Score {
    mutating func add(_ map: some PredictedMap, truth: TruthMap) {
        truth.forEachRow(of: UInt8.self) { y, row, truth in
            map.classes(row: y, into: row)
            add(UnsafeBufferPointer(row), truth: truth)
        }
    }

    mutating func endBatch() {}

    var measures: [Measure] {
        [
            Measure("mean_iou", "mIoU", meanIntersectionOverUnion, .share, isBetterWhenLarger: true),
            Measure("pixel_accuracy", "Pix Acc", pixelAccuracy, .share, isBetterWhenLarger: true),
        ]
    }
}

extension DepthErrors: Score {
    mutating func add(_ map: some PredictedMap, truth: TruthMap) {
        truth.forEachRow(of: Float.self) { y, row, truth in
            map.depths(row: y, into: row)
            add(UnsafeBufferPointer(row), truth: truth)
        }
    }

    var measures: [Measure] {
        [
            Measure("absolute_error", "Abs Err", absolute, .plain, isBetterWhenLarger: false),
            Measure("relative_error", "Rel Err", relative, .plain, isBetterWhenLarger: false),
        ]
    }
}

extension NormalErrors: Score {
    mutating func add(_ map: some PredictedMap, truth: TruthMap) {
        truth.forEachRow(of: Float.self) { y, row, truth in
            map.normals(row: y, into: row)
            add(UnsafeBufferPointer(row), truth: truth)
        }
    }

    var measures: [Measure] {
        [
            Measure("mean_angle", "Mean", mean, .degrees, isBetterWhenLarger: false),
            Measure("median_angle", "Median", median, .degrees, isBetterWhenLarger: false),
        ]
            + zip(Self.bounds, within).map { bound, share in
                let name = bound.rounded() == bound ? "\(Int(bound))" : "\(bound)"
                return Measure("within_\(name)", "<\(name)", share, .share, isBetterWhenLarger: true)
            }
    }
}
