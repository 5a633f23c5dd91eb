import Evaluation
import Files
import Foundation
import Predictions

/// The figures for people: a row for the model and one for the best constant guess, as in the paper's tables,
/// and a row for each class.
struct EvaluationTable {
    private let report: EvaluationReport

    init(_ report: EvaluationReport) { self.report = report }

    /// All of it, in lines.
    var text: String {
        (figures + [""] + remarks + report.tasks.flatMap { classes(of: $0) }).joined(separator: "\n")
    }

    private static let constantTitle = "best constant"

    private var figures: [String] {
        let measures = report.tasks.map(\.measures)
        let name = max(report.model.count, Self.constantTitle.count)
        func row(_ title: String, _ cells: [[String]]) -> String {
            ([pad(title, to: name)] + cells.map { $0.map { pad($0, to: 8, isNumber: true) }.joined() })
                .joined(separator: "   ")
        }
        let heads = zip(report.tasks, measures).map { task, measures in
            pad(heading(of: task.task), to: 8 * measures.count)
        }
        return [
            ([pad("", to: name)] + heads).joined(separator: "   ").trimmed,
            row("", measures.map { $0.map(\.title) }),
            row(report.model, measures.map { $0.map(\.text) }),
            row(Self.constantTitle, report.tasks.map { $0.constants.map(\.text) }),
            row("frames", report.tasks.map { frames(of: $0) }).trimmed,
        ]
    }

    /// How many frames had a truth for the task, below its first measure.
    private func frames(of task: TaskResult) -> [String] {
        ["\(task.frames)"] + [String](repeating: "", count: max(task.measures.count - 1, 0))
    }

    private func heading(of task: TaskDescription) -> String {
        switch task.output {
        case .segmentation: "  \(task.name), %"
        case .depth(.metric, _): "  \(task.name), m"
        case .depth(.inverse, _): "  \(task.name), inverse"
        case .normals: "  \(task.name), degrees and %"
        }
    }

    private var remarks: [String] {
        let guesses = report.tasks.map { task in
            "\(task.task.name) \(task.guessNames.joined(separator: " and "))"
        }
        let batch =
            switch report.batch {
            case nil: "all pixels pooled"
            case 1?: "means over frames"
            case let count?: "means over batches of \(count.counted("frame"))"
            }
        var lines = [
            "\(report.frames.counted("frame")), \(batch). \(Self.constantTitle): \(guesses.joined(separator: ", "))"
        ]
        if report.resampledFrames > 0 {
            lines.append("\(report.resampledFrames) resampled, since the network was trained on another size")
        }
        for task in report.tasks where task.confusion?.foreignPixels ?? 0 > 0 {
            let (foreign, pixels) = (task.confusion?.foreignPixels ?? 0, task.pixels)
            lines.append(
                String(
                    format: "%@: %.2f%% of the labelled pixels have no class of the model and count as void",
                    task.task.name as NSString, 100 * Double(foreign) / Double(foreign + pixels)))
        }
        return lines
    }

    private func classes(of task: TaskResult) -> [String] {
        let width = max(task.classes.map(\.label.count).max() ?? 0, 5)
        guard !task.classes.isEmpty else { return [] }
        let rows = task.classes.map { result in
            pad(result.label, to: width)
                + pad(result.iou.map { percent($0) } ?? "absent", to: 9, isNumber: true)
                + pad(percent(result.share), to: 9, isNumber: true)
        }
        return ["", pad("class", to: width) + pad("IoU", to: 9, isNumber: true) + "   pixels"] + rows
    }

    private func percent(_ share: Double) -> String { String(format: "%.2f", 100 * share) }

    private func pad(_ text: String, to width: Int, isNumber: Bool = false) -> String {
        let space = String(repeating: " ", count: max(width - text.count, 0))
        return isNumber ? space + text : text + space
    }
}

extension Measure {
    /// The value as papers print it: shares in percent.
    fileprivate var text: String {
        switch unit {
        case .share: String(format: "%.2f", 100 * value)
        case .plain: String(format: "%.4f", value)
        case .degrees: String(format: "%.2f", value)
        }
    }
}

extension String {
    /// Without spaces at the end.
    fileprivate var trimmed: String { String(reversed().drop { $0 == " " }.reversed()) }
}
