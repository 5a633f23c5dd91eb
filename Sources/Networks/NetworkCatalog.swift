import Checkpoints

/// All architectures that are known, one line each.
public enum NetworkCatalog {
    private static var architectures: [any Architecture.Type] {
        [
            SegNetMTAN.self
        ]
    }

    /// The key of safetensors metadata that keeps ``Network/headOrder``, one per line.
    public static let headOrderKey = "mtan.heads"

    /// The names of the architectures.
    public static var identifiers: [String] { architectures.map { $0.identifier } }

    /// Builds the network that a checkpoint's names belong to.
    ///
    /// - Parameter kinds: what the heads predict, in order; nil to tell it by their names and channels.
    /// - Throws: ``NetworkError`` if the names belong to none, or the weights do not fit.
    public static func network(
        in checkpoint: Checkpoint, kinds: [TaskKind]? = nil
    ) throws(NetworkError) -> Network {
        let weights = checkpoint.weights()
        guard let architecture = architectures.first(where: { $0.recognizes(weights) }) else {
            throw .unrecognized(
                file: checkpoint.file, names: Array(weights.keys.prefix(5)), count: weights.keys.count)
        }
        return try architecture.build(from: weights, kinds: kinds)
    }
}
