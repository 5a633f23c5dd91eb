import Evaluation
import Files

/// Takes a model through a data set, tells how far it is, and gathers what fails.
struct EvaluationRun {
    /// What failed so far.
    private(set) var problems: [Problem]

    /// The frames that did not.
    private(set) var evaluated: [Frame] = []

    /// How many of them were resampled to a size that the network takes.
    private(set) var resampledFrames = 0

    /// How far it came: `3 of 10 photos`.
    private(set) var extent = ""

    /// Whether a signal cut it short.
    private(set) var isInterrupted = false

    private let dataset: Dataset
    private let isQuiet: Bool

    init(_ dataset: Dataset, isQuiet: Bool) {
        self.dataset = dataset
        self.isQuiet = isQuiet
        problems = dataset.problems.map { Problem(path: $0.path, reason: $0.reason) }
    }

    /// The figures of all tasks, and the names of those that had no truth anywhere.
    mutating func measure(
        _ evaluator: consuming Evaluator, machine: String
    ) -> (results: [TaskResult], untested: [String]) {
        var evaluator = evaluator
        var progress = Progress(total: dataset.frames.count, isQuiet: isQuiet)
        for frame in dataset.frames {
            if Interruption.isRequested { break }
            do {
                try evaluator.add(frame)
                evaluated.append(frame)
                progress.finished(frame.path.shown())
            } catch {
                problems.append(Problem(path: frame.path, error))
                progress.finished(frame.path.shown(), problem: "failed")
            }
        }
        progress.end()
        extent = progress.extent
        isInterrupted = !progress.isComplete
        if !isQuiet { report("\(progress.summary) by \(machine)") }
        resampledFrames = evaluator.resampledFrames
        let constants = compareConstants(evaluator.end())
        return (evaluator.results(beside: constants), evaluator.tasksWithoutTruth)
    }

    /// Reads the truth once more, for the constant guesses; only a terminal shows how far that is.
    private mutating func compareConstants(_ evaluator: ConstantEvaluator) -> ConstantEvaluator {
        var evaluator = evaluator
        var progress = Progress(total: evaluated.count, isQuiet: isQuiet || !Progress.isTerminal)
        for frame in evaluated {
            if Interruption.isRequested {
                isInterrupted = true
                break
            }
            do {
                try evaluator.add(frame)
            } catch {
                problems.append(Problem(path: frame.path, error))
            }
            progress.finished(frame.path.shown())
        }
        progress.end()
        evaluator.end()
        return evaluator
    }
}
