import Checkpoints

/// All architectures that are known, one line each, the most particular first.
public enum NetworkCatalog {
    static var architectures: [any Architecture.Type] {
        [
            SegNetMTAN.self
        ]
    }

    /// The key of safetensors metadata that keeps ``Network/headOrder``, one per line.
    public static let headOrderKey = "mtan.heads"

    /// The names of the architectures.
    public static var identifiers: [String] { architectures.map { $0.identifier } }

    /// A network with the tensors that it was built from.
    public struct Recognized: Sendable {
        /// The network.
        public let network: Network

        /// The tensors at its place in the checkpoint.
        public let weights: StateDict

        /// Other places in the checkpoint that hold a network, to be chosen by their paths.
        public let alternatives: [String]
    }

    /// Builds the network that a checkpoint holds, wherever in it that is.
    ///
    /// - Parameters:
    ///   - key: names on the path to the network, such as `model_ema`; nil to take the one that there is, or,
    ///     of several dictionaries, the one whose key is known to be that of the model.
    ///   - heads: what the heads predict, in order; nil to tell it by their names and channels.
    /// - Throws: ``NetworkError`` if the names belong to none or to several, or the weights do not fit.
    public static func network(
        in checkpoint: Checkpoint, at key: String? = nil, heads: [DeclaredHead]? = nil
    ) throws(NetworkError) -> Recognized {
        let finder = NetworkFinder(checkpoint, architectures)
        let places = try finder.places(key)
        let all = key == nil ? places : (try? finder.places(nil)) ?? places
        guard let found = try NetworkChoice(checkpoint.file, places).choose(key) else {
            if let key { throw .noSuchPlace(file: checkpoint.file, key: key, roots: all.map(\.weights.root)) }
            let names = checkpoint.names
            throw .unrecognized(file: checkpoint.file, names: Array(names.prefix(5)), count: names.count)
        }
        if let oddity = found.weights.oddities.first {
            throw .inconsistent(
                file: checkpoint.file, architecture: found.architecture.identifier,
                detail: "the saved model computes otherwise: \(oddity)")
        }
        let network = try found.architecture.build(from: found.weights.weights(), heads: heads)
        return Recognized(
            network: network, weights: found.weights,
            alternatives: all.map(\.weights.root).filter { $0 != found.weights.root })
    }
}
