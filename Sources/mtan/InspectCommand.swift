import ArgumentParser
import Checkpoints
import Engine
import Files
import Foundation
import Networks
import Predictions

/// `mtan inspect CHECKPOINT`
struct InspectCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect",
        abstract: "Show what a checkpoint or model directory holds, and what it lacks.")

    @Argument(
        help: "A checkpoint (.pth, .pt, .ckpt, .bin, .safetensors) or a model directory.",
        completion: .file())
    var model: String

    @OptionGroup(title: "Checkpoint") var checkpointOptions: CheckpointOptions

    func run() throws {
        let model = try checkpointOptions.open(self.model)
        let lines = try rows(of: model).map { name, value in
            name.padding(toLength: 14, withPad: " ", startingAt: 0) + value.shown(limit: 2000)
        }
        try show(lines.joined(separator: "\n"))
    }

    private func rows(of model: Model) throws -> [(String, String)] {
        do {
            return try fileRows(of: model) + networkRows(of: model) + weightRows(of: model)
        } catch {
            throw failure(error, .modelUnusable)
        }
    }

    private func fileRows(of model: Model) -> [(String, String)] {
        let (checkpoint, weights) = (model.checkpoint, model.weights)
        var rows = [("file", "\(checkpoint.file.shown()) (\(checkpoint.format.title))")]
        if let wrapper = weights.wrapper { rows.append(("", "weights found under \(wrapper)")) }
        if let prefix = weights.prefix { rows.append(("", "prefix \(prefix) removed")) }
        if !model.alternatives.isEmpty {
            let others = model.alternatives.map { $0.isEmpty ? "\"\" (the top)" : $0 }.joined(separator: ", ")
            rows.append(("", "other networks, to choose with --weights: \(others)"))
        }
        if !weights.otherEntries.isEmpty {
            rows.append(("", "also holds \(weights.otherEntries.joined(separator: ", "))"))
        }
        rows += checkpoint.remarks.map { ("", $0) }
        if !checkpoint.unfamiliarClasses.isEmpty {
            let shown = checkpoint.unfamiliarClasses.prefix(12).joined(separator: ", ")
            let more = checkpoint.unfamiliarClasses.count - 12
            rows.append(("", "names \(shown)\(more > 0 ? " and \(more) more" : ""): nothing was run"))
            rows.append(("", CheckpointError.classWarning))
        }
        return rows
    }

    private func networkRows(of model: Model) -> [(String, String)] {
        let filters = model.network.filters.map(String.init).joined(separator: " ")
        var rows = [("architecture", "\(model.network.architecture), filters \(filters)")]
        for (index, task) in model.description.tasks.enumerated() {
            rows.append((index == 0 ? "tasks" : "", "\(task.name): \(task.output.summary)"))
        }
        let input = model.description.input
        let range = "\(input.range.lowerBound) to \(input.range.upperBound)"
        rows.append(("input", "\(input.size.width)x\(input.size.height), values \(range)"))
        rows += model.network.assumptions.map { ("", "assuming that \($0)") }
        return rows
            + model.guesses.enumerated().map { ($0 == 0 ? "guesses" : "", $1) }
            + (model.guesses.isEmpty ? [] : [("", "say it with --heads and --labels, or by `mtan convert`")])
    }

    private func weightRows(of model: Model) throws -> [(String, String)] {
        let graph = model.network.graph
        let training = model.description.input.size
        let size = InputSizePolicy.stretch.size(
            for: training, training: training, multiple: graph.sideMultiple)
        let (height, width) = (size.height, size.width)
        let compiled: CompiledNetwork
        do {
            compiled = try CompiledNetwork(graph)
        } catch {
            throw ModelError.compilation(file: model.checkpoint.file, error)
        }
        let folded = compiled.graph.multiplyAccumulates(height: height, width: width)
        let all = graph.multiplyAccumulates(height: height, width: width)
        let unread = Set(model.network.unread)
        let tensors = model.weights.tensors.filter { !unread.contains($0.name) }
        var rows = [
            (
                "parameters",
                "\(millions(tensors.filter(\.isParameter).map(\.shape.count).reduce(0, +))) million"
            ),
            ("compute", "\(giga(all)) GMAC at \(width)x\(height), \(giga(folded)) after folding the heads"),
        ]
        if let plan = try? compiled.plan(height: height, width: width) {
            rows.append(
                (
                    "memory",
                    "\(mebibytes(compiled.weightBytes)) of packed weights, "
                        + "\(mebibytes(plan.arenaBytes)) of feature maps, "
                        + "\(mebibytes(plan.scratchBytes)) for each thread"
                ))
        }
        rows.append(("weights", "\(tensors.count) tensors, none missing, all shapes match"))
        let neighbours = model.neighbours.map(\.summary)
        if !neighbours.isEmpty { rows.append(("not read", neighbours.joined(separator: ", "))) }
        return rows
    }

    private func mebibytes(_ bytes: Int) -> String { String(format: "%.1f MiB", Double(bytes) / 1_048_576) }

    private func millions(_ count: Int) -> String { String(format: "%.2f", Double(count) * 1e-6) }

    private func giga(_ count: Int) -> String { String(format: "%.2f", Double(count) * 1e-9) }
}

extension StoredTensor {
    /// Whether training changed it, which running statistics are not counted as.
    fileprivate var isParameter: Bool {
        !["running_mean", "running_var", "num_batches_tracked"].contains(where: name.hasSuffix)
    }
}

extension Checkpoint.Format {
    fileprivate var title: String {
        switch self {
        case .pytorchZip: "PyTorch, zip format"
        case .pytorchLegacy: "PyTorch, legacy format"
        case .pickle: "pickle"
        case .safetensors: "safetensors"
        }
    }
}

extension TaskDescription.Output {
    fileprivate var summary: String {
        switch self {
        case .segmentation(let labels, _):
            "\(labels.count.counted("class", plural: "classes")) (\(labels.joined(separator: ", ").shown()))"
        case .depth(.metric, let scale): "metres, times \(String(format: "%g", scale)) in PNG"
        case .depth(.inverse, let scale): "inverse depth, times \(String(format: "%g", scale)) in PNG"
        case .normals(let axes): "unit vectors (\(axes.joined(separator: ", ")))"
        }
    }
}
