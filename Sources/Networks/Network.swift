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

    /// The heads, by index, whose kind was guessed from the number of channels.
    public let guessedHeads: [Int]

    /// The tensors beside the network's own, which are not read: what a loss or a metric keeps, or another
    /// network. Counters of batch norms are not among them.
    public let unread: [String]
}

/// What is said about a head elsewhere than in the weights.
public struct DeclaredHead: Sendable, Equatable {
    /// The name that outputs carry.
    public var name: String

    /// What it predicts.
    public var kind: TaskKind

    /// A head of this name and kind.
    public init(name: String, kind: TaskKind) {
        self.name = name
        self.kind = kind
    }
}

/// A network architecture that checkpoints can be loaded into.
public protocol Architecture {
    /// The name in `model.json` and in messages.
    static var identifier: String { get }

    /// What some names begin with in every checkpoint of this architecture, at the place where the network's
    /// own names begin; each ends in a dot.
    static var signatures: [String] { get }

    /// Whether the names at a place are those of this architecture.
    static func recognizes(_ weights: WeightScope) -> Bool

    /// Builds the network with the tasks and widths that the weights have.
    ///
    /// - Parameter heads: what the heads predict, in order; nil to tell it by their names and channels.
    /// - Throws: ``NetworkError`` if a tensor is missing, has the wrong shape or is unexpected among the network's
    ///   own, or if the heads cannot be of those kinds.
    static func build(from weights: WeightScope, heads: [DeclaredHead]?) throws(NetworkError) -> Network
}

/// Why no network can be built from a checkpoint.
public enum NetworkError: Error, Sendable, CustomStringConvertible {
    /// The names belong to no architecture that is known here.
    case unrecognized(file: String, names: [String], count: Int)
    /// Several places in the checkpoint hold a network.
    case ambiguous(file: String, roots: [String])
    /// There is no network at the place that was asked for; `roots` are the places where there is one.
    case noSuchPlace(file: String, key: String, roots: [String])
    /// The tensors at a place cannot be used.
    case weights(CheckpointError)
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
        case .ambiguous(let file, let roots):
            "\(file.shown()): networks are in several places: \(Self.places(roots)). Choose one with --weights, "
                + "such as --weights \((roots.first { !$0.isEmpty } ?? "KEY").shown())"
        case .noSuchPlace(let file, let key, let roots):
            "\(file.shown()): no known network at --weights \(key.shown())"
                + (roots.isEmpty ? ", nor anywhere else" : "; found at: \(Self.places(roots))")
        case .weights(let error): "\(error)"
        case .weightsDoNotFit(let file, let architecture, let problems, let unexpected):
            (["\(file.shown()): the weights do not fit \(architecture)"] + Self.listed(problems)
                + Self.listed(unexpected.map { "unexpected: \($0) is not part of the network" }))
                .joined(separator: "\n")
        case .inconsistent(let file, let architecture, let detail):
            "\(file.shown()): not a consistent \(architecture): \(detail)"
        }
    }

    private static func places(_ roots: [String]) -> String {
        roots.map { $0.isEmpty ? "the top" : $0.shown() }.joined(separator: ", ")
    }

    private static func listed(_ lines: [String]) -> [String] {
        let most = 100
        let shown = lines.prefix(most).map { "  \($0.shown(limit: 500))" }
        return lines.count > most ? shown + ["  ... and \(lines.count - most) more"] : shown
    }
}
