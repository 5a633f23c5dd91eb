import Foundation
import Networks
import Predictions

/// What a model makes of one task, beside the best constant guess.
public struct TaskResult: Sendable {
    /// The task.
    public let task: TaskDescription

    /// The frames with a truth.
    public let frames: Int

    /// The pixels with a truth.
    public let pixels: Int

    /// The model's figures, in the order of the paper's tables.
    public let measures: [Measure]

    /// The same of the best constant guess.
    public let constants: [Measure]

    /// What is guessed. Where there are several guesses, each measure of ``constants`` is that of the best one.
    public let guesses: [ConstantGuess]

    /// The pixels by true and predicted class, of a segmentation.
    public let confusion: ConfusionMatrix?

    /// The classes of a segmentation in their order.
    public var classes: [ClassResult] {
        guard let confusion, case .segmentation(let labels, _) = task.output else { return [] }
        return labels.enumerated().map { index, label in
            ClassResult(
                label: label, iou: confusion.intersectionOverUnion(of: index),
                share: Double(confusion.truth(of: index)) / Double(max(confusion.pixels, 1)))
        }
    }

    /// The guesses in words, such as `wall` or `2.31`.
    public var guessNames: [String] {
        guesses.map { guess in
            switch guess {
            case .segmentation(let index): classes[index].label
            case .depth(let depth): rounded(depth)
            case .normals(let normal): "(\(rounded(normal.x)), \(rounded(normal.y)), \(rounded(normal.z)))"
            }
        }
    }

    private func rounded(_ value: Float) -> String { String(format: "%.3g", value) }
}

/// One class of a segmentation.
public struct ClassResult: Sendable, Encodable {
    /// The class's name.
    public let label: String

    /// The intersection over union, 0...1, or nil for a class that neither truth nor predictions have anywhere.
    public let iou: Double?

    /// The share of the pixels with a truth that are of the class, 0...1.
    public let share: Double
}

extension TaskResult: Encodable {
    private enum CodingKeys: String, CodingKey {
        case name, kind, frames, pixels, measures, constant, classes
        case foreignPixels = "foreign_pixels"
    }

    private enum ConstantKeys: String, CodingKey {
        case guesses, measures
    }

    /// Writes the figures by their keys, shares as 0...1; what is no number is null.
    public func encode(to encoder: any Encoder) throws {
        func values(_ measures: [Measure]) -> [String: Double?] {
            Dictionary(uniqueKeysWithValues: measures.map { ($0.key, $0.value.isFinite ? $0.value : nil) })
        }
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(task.name, forKey: .name)
        try container.encode(task.kind, forKey: .kind)
        try container.encode(frames, forKey: .frames)
        try container.encode(pixels, forKey: .pixels)
        try container.encode(values(measures), forKey: .measures)
        var constant = container.nestedContainer(keyedBy: ConstantKeys.self, forKey: .constant)
        try constant.encode(guessNames, forKey: .guesses)
        try constant.encode(values(constants), forKey: .measures)
        guard let confusion else { return }
        try container.encode(classes, forKey: .classes)
        try container.encode(confusion.foreignPixels, forKey: .foreignPixels)
    }
}
