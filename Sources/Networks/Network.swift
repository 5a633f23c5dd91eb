import Checkpoints
import Engine
import Files

/// A network recognised in a checkpoint: its graph, and what its outputs mean.
public struct Network: Sendable {
    /// The identifier of the architecture, such as `segnet-mtan`.
    public let architecture: String

    /// The outputs, in the order of the graph's.
    public let heads: [TaskHead]

    /// The names of the heads in the checkpoint, in order, where names alone do not tell it; else empty.
    public let headOrder: [String]

    /// What had to be assumed about the checkpoint, for people to know; mostly empty.
    public let assumptions: [String]

    /// The channels of each level of the encoder, from the finest on.
    public let filters: [Int]

    /// The layers and their weights, which stay in the checkpoint until a kernel packs them.
    public let graph: Graph

    /// Whether a tensor plays no part in inference: counters of batch norms, and the task weights that the
    /// losses of lorenmt/mtan (`logsigma`) and LibMTL (`loss_scale`) learn.
    public static func isUnused(_ name: String) -> Bool {
        ["num_batches_tracked", "logsigma", "loss_scale"].contains(name.split(separator: ".").last)
    }
}

/// A network architecture that checkpoints can be loaded into.
public protocol Architecture {
    /// The name in `model.json` and in messages.
    static var identifier: String { get }

    /// Whether the names in a checkpoint are those of this architecture.
    static func recognizes(_ weights: WeightScope) -> Bool

    /// Builds the network with the tasks and widths that the weights have.
    ///
    /// - Parameter kinds: what the heads predict, in order; nil to tell it by their names and channels.
    /// - Throws: ``NetworkError`` if a tensor is missing, has the wrong shape or is not part of the network, or
    ///   if the heads cannot be of those kinds.
    static func build(from weights: WeightScope, kinds: [TaskKind]?) throws(NetworkError) -> Network
}

/// Why no network can be built from a checkpoint.
public enum NetworkError: Error, Sendable, CustomStringConvertible {
    /// The names belong to no architecture that is known here.
    case unrecognized(file: String, names: [String], count: Int)
    /// Tensors are missing, have the wrong shape, or belong to nothing in the network.
    case weightsDoNotFit(file: String, architecture: String, problems: [String], unexpected: [String])
    /// The parts of the network do not fit one another.
    case inconsistent(file: String, architecture: String, detail: String)

    /// The file, what was expected and what was found.
    public var description: String {
        switch self {
        case .unrecognized(let file, let names, let count):
            """
            \(file.shown()): no known network in its \(count.counted("tensor")) \
            (\(names.map { $0.shown(limit: 100) }.joined(separator: ", "))\
            \(count > names.count ? ", ..." : "")); expected the state dict of one of: \
            \(NetworkCatalog.identifiers.joined(separator: ", "))
            """
        case .weightsDoNotFit(let file, let architecture, let problems, let unexpected):
            (["\(file.shown()): the weights do not fit \(architecture)"] + Self.listed(problems)
                + Self.listed(unexpected.map { "unexpected: \($0) is not part of the network" }))
                .joined(separator: "\n")
        case .inconsistent(let file, let architecture, let detail):
            "\(file.shown()): not a consistent \(architecture): \(detail)"
        }
    }

    private static func listed(_ lines: [String]) -> [String] {
        let most = 100
        let shown = lines.prefix(most).map { "  \($0.shown(limit: 500))" }
        return lines.count > most ? shown + ["  ... and \(lines.count - most) more"] : shown
    }
}
