import Evaluation

/// What `mtan evaluate` found, as `--json` writes it.
struct EvaluationReport: Encodable {
    let model: String
    let dataset: String

    /// The frames that were evaluated.
    let frames: Int

    /// Those that were resampled to a size that the network takes.
    let resampledFrames: Int

    /// The frames that were pooled before means were taken, or nil for all.
    let batch: Int?

    /// What computed.
    let kernels: String

    let tasks: [TaskResult]

    private enum CodingKeys: String, CodingKey {
        case model, dataset, frames, batch, kernels, tasks
        case resampledFrames = "resampled_frames"
    }
}
