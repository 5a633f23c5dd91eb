import Files
import Images
import Networks
import Predictions

/// Measures a model on a data set, one frame at a time, with memory for one frame.
///
/// Predictions are those of ``Predictor``, at the image's own size. Add all frames, end, and then give the
/// same frames to the ``ConstantEvaluator`` that comes of it.
public struct Evaluator: Sendable {
    private let predictor: Predictor
    private let options: PredictionOptions
    private var batches: BatchCounter
    private var tasks: [Task]

    /// The frames whose images have another size than the network takes. Others are not resampled at all, as
    /// upstream resamples none.
    public private(set) var resampledFrames = 0

    /// What is gathered for one task of the model.
    private struct Task: Sendable {
        let task: TaskDescription
        var frames = 0
        var score: any Score
        var search: any ConstantSearch
    }

    /// An evaluator of what a predictor predicts.
    ///
    /// - Parameters:
    ///   - resize: how images are brought to the network's size.
    ///   - inputSize: a size for the network's input, or an area, instead of what `resize` gives.
    ///   - batchSize: how many frames are pooled before means are taken, at least 1, or nil for all.
    public init(
        _ predictor: Predictor, resize: InputSizePolicy = .keep, inputSize: InputSizeRequest? = nil,
        batchSize: Int? = 1
    ) {
        self.predictor = predictor
        var options = PredictionOptions(resize: resize)
        options.inputSize = inputSize
        self.options = options
        batches = BatchCounter(size: batchSize)
        tasks = predictor.description.tasks.map { task in
            Task(task: task, score: task.newScore(), search: task.newSearch())
        }
    }

    /// Predicts a frame and compares it with its truth. A frame that fails leaves no trace in the figures.
    ///
    /// - Throws: `FileError`, `CheckpointError` or `PredictionError`, saying what is wrong.
    public mutating func add(_ frame: Frame) throws {
        let truths = try frame.truths(of: tasks.map(\.task), predictor.decoder)
        guard truths.contains(where: { $0 != nil }) else {
            throw FileError(
                path: frame.path, reason: "expected the truth for a task of the model, found none")
        }
        let image = try frame.image(predictor.decoder)
        for case let (task, truth?) in zip(tasks, truths) where truth.size != image.size {
            throw FileError(
                path: frame.path,
                reason: "expected \(task.task.name) of the image's size \(image.size), found \(truth.size)")
        }
        let input =
            switch image {
            case .photo(let photo): predictor.preprocess(photo, options)
            case .planes(let planes): predictor.preprocess(planes, options)
            }
        let isResampled = predictor.inputSize(for: image.size, options) != image.size
        let maps = predictor.postprocess(try predictor.run(input), of: image.size, options)
        resampledFrames += isResampled ? 1 : 0
        for (index, (map, truth)) in zip(maps, truths).enumerated() {
            guard let truth else { continue }
            tasks[index].frames += 1
            tasks[index].score.add(map.rows(), truth: truth)
            tasks[index].search.add(truth)
        }
        if batches.add() { endBatch() }
    }

    private mutating func endBatch() {
        for index in tasks.indices {
            tasks[index].score.endBatch()
            tasks[index].search.endBatch()
        }
    }

    /// Ends the last batch and gives what is to be compared with: the best constant guesses, to which the same
    /// frames must be added.
    public mutating func end() -> ConstantEvaluator {
        endBatch()
        return ConstantEvaluator(
            tasks.map { ($0.task, $0.search.guesses) }, batchSize: batches.size, decoder: predictor.decoder)
    }

    /// The figures of all tasks that had a truth anywhere.
    public func results(beside constants: ConstantEvaluator) -> [TaskResult] {
        tasks.enumerated().filter { $1.score.pixels > 0 }.map { index, task in
            TaskResult(
                task: task.task, frames: task.frames, pixels: task.score.pixels,
                measures: task.score.measures,
                constants: constants.measures[index], guesses: constants.guesses[index],
                confusion: task.score as? ConfusionMatrix)
        }
    }

    /// The names of the tasks that had no truth anywhere.
    public var tasksWithoutTruth: [String] { tasks.filter { $0.score.pixels == 0 }.map(\.task.name) }
}

/// Measures the best constant guesses on a data set, one frame at a time.
public struct ConstantEvaluator: Sendable {
    /// The guesses for each task.
    let guesses: [[ConstantGuess]]

    private let tasks: [TaskDescription]
    private let decoder: ImageDecoder
    private var batches: BatchCounter

    /// A score for each guess.
    private var scores: [[any Score]]

    fileprivate init(
        _ tasks: [(task: TaskDescription, guesses: [ConstantGuess])], batchSize: Int?, decoder: ImageDecoder
    ) {
        self.tasks = tasks.map(\.task)
        self.decoder = decoder
        guesses = tasks.map(\.guesses)
        scores = tasks.map { task, guesses in guesses.map { _ in task.newScore() } }
        batches = BatchCounter(size: batchSize)
    }

    /// Compares the guesses with the truth of a frame.
    ///
    /// - Throws: as ``Evaluator/add(_:)``.
    public mutating func add(_ frame: Frame) throws {
        for (index, truth) in try frame.truths(of: tasks, decoder).enumerated() {
            guard let truth else { continue }
            for (number, guess) in guesses[index].enumerated() {
                scores[index][number].add(guess, truth: truth)
            }
        }
        if batches.add() { end() }
    }

    /// Ends the last batch.
    public mutating func end() {
        for index in scores.indices {
            for number in scores[index].indices { scores[index][number].endBatch() }
        }
    }

    /// For each task and measure that of the best guess.
    var measures: [[Measure]] {
        scores.map { scores in
            guard let first = scores.first?.measures else { return [] }
            return scores.dropFirst().reduce(first) { best, score in
                zip(best, score.measures).map { $0.better($1) }
            }
        }
    }
}

extension TaskDescription {
    fileprivate func newScore() -> any Score {
        switch kind {
        case .segmentation: ConfusionMatrix(classCount: channels)
        case .depth: DepthErrors()
        case .normals: NormalErrors()
        }
    }

    fileprivate func newSearch() -> any ConstantSearch {
        switch kind {
        case .segmentation: ClassSearch(classCount: channels)
        case .depth: DepthSearch()
        case .normals: NormalSearch()
        }
    }
}
