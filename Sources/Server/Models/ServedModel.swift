import Foundation
import Predictions

/// A model that is in service.
struct ServedModel: Sendable {
    /// The name in URLs.
    let name: String

    /// The one version that is served, as the Open Inference Protocol counts them.
    static let version = "1"

    /// Takes photos to files.
    let predictor: Predictor

    /// The folder that it came from, and what its files were like.
    let source: ModelSource

    /// When it was taken into service.
    let loadedAt = Date()

    /// What the network takes and gives.
    var description: ModelDescription { predictor.description }
}

/// A model directory as it was found.
struct ModelSource: Sendable, Hashable {
    /// Its path.
    let directory: String

    /// What tells its files from other ones.
    let fingerprint: [FileStamp]
}
