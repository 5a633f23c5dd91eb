import ArgumentParser
import Evaluation
import Files
import Foundation
import Predictions

/// `mtan evaluate MODEL DATASET`
struct EvaluateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "evaluate",
        abstract: "Measure a model on images with known truth: the figures of the paper's tables.",
        discussion: """
            DATASET is a folder, or one that has it as val, test or train, of image/N.npy with label/N.npy, \
            depth/N.npy and normal/N.npy (lorenmt/mtan); or a folder of photos, each with N.npz (label, depth, \
            normal) or with N.segmentation.png, N.depth.png and N.normals.png beside it. Tasks and frames without \
            truth are left out.

            mIoU and Pix Acc are of one confusion matrix over all pixels. Depth errors and angles are means over \
            the pixels of a frame, and then over frames; with --batch 2 over the batches of upstream's loader. \
            The best constant guess is what an answer that takes no look at the image reaches at best.
            """)

    @Argument(
        help: "A checkpoint (.pth, .pt, .ckpt, .bin, .safetensors) or a model directory.",
        completion: .file())
    var model: String

    @OptionGroup(title: "Checkpoint") var checkpointOptions: CheckpointOptions

    @Argument(help: "A folder of images and truth.", completion: .directory)
    var dataset: String

    @Option(
        help: ArgumentHelp(
            "How many frames are pooled before means are taken: a number or all.", valueName: "count"))
    var batch = BatchSize(frames: 1)

    @Option(
        help: ArgumentHelp(
            "Write the figures as JSON, to a file or, with -, to standard output.", valueName: "file"),
        completion: .file(extensions: ["json"]))
    var json: String?

    @OptionGroup(title: "Machine") var engineOptions: EngineOptions
    @OptionGroup(title: "Photos") var imageOptions: ImageOptions

    @Flag(name: .shortAndLong, help: "Say nothing but the figures and errors.")
    var quiet = false

    func run() throws {
        let model = try checkpointOptions.open(self.model)
        let inputSize = try imageOptions.inputSizeRequest(for: model)
        let dataset: Dataset
        do {
            dataset = try Dataset(path: self.dataset, tasks: model.description.tasks)
        } catch {
            throw usageError("\(error)")
        }
        Interruption.catchSignals()  // The file must not outlive the process under its temporary name.
        let jsonFile: AtomicFile?
        do { jsonFile = try openJSON() } catch { throw failure(error, .cannotWrite) }
        let predictor = try engineOptions.makePredictor(model, decoder: imageOptions.decoder)
        for notice in model.notices { note(notice) }
        for text in dataset.notes { note(text.shown()) }
        var run = EvaluationRun(dataset, isQuiet: quiet)
        let evaluator = Evaluator(
            predictor, resize: imageOptions.resize, inputSize: inputSize, batchSize: batch.frames)
        let (results, untested) = run.measure(evaluator, machine: predictor.machine)
        reportProblems(run.problems)
        if run.isInterrupted, let code = Interruption.exitCode {
            throw failure("interrupted after \(run.extent); there are no figures", code)
        }
        for task in untested where !results.isEmpty {
            note("no truth for \(task) in \(self.dataset.shown())")
        }
        if !results.isEmpty {
            let report = EvaluationReport(
                model: model.description.name, dataset: self.dataset, frames: run.evaluated.count,
                resampledFrames: run.resampledFrames,
                batch: batch.frames, kernels: predictor.machine, tasks: results)
            try show(report, jsonFile)
        }
        if !run.problems.isEmpty { throw ExitCode.someInputsFailed }
    }

    private func note(_ text: String) {
        if !quiet { report("mtan: \(text)") }
    }

    /// The file for `--json`, so that it is known before the work that it can be written.
    private func openJSON() throws -> AtomicFile? {
        guard let json, json != "-" else { return nil }
        return try AtomicFile(replacing: json)
    }

    /// The file comes first, so that it is there even if standard output cannot be written.
    private func show(_ report: EvaluationReport, _ file: AtomicFile?) throws {
        guard json != nil else { return try mtan.show(EvaluationTable(report).text) }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        let text = String(decoding: try encoder.encode(report), as: UTF8.self)
        guard let file else { return try mtan.show(text) }
        do {
            try file.write(Array("\(text)\n".utf8))
            try file.commit(isSynced: false)
        } catch {
            throw failure(error, .cannotWrite)
        }
        try mtan.show(EvaluationTable(report).text)
    }

    private func reportProblems(_ problems: [Problem]) {
        guard !problems.isEmpty else { return }
        report(
            "mtan: \(problems.count.counted("input")) failed and \(problems.count == 1 ? "is" : "are") not "
                + "in the figures:")
        for problem in problems { report(problem.line) }
    }
}

/// How many frames are pooled before means are taken.
struct BatchSize: ExpressibleByArgument {
    /// Nil for all.
    var frames: Int?

    init(frames: Int?) { self.frames = frames }

    init?(argument: String) {
        let frames = Int(argument)
        guard argument == "all" || frames ?? 0 > 0 else { return nil }
        self.frames = frames
    }

    var defaultValueDescription: String { frames.map { "\($0)" } ?? "all" }
}
