import Checkpoints
import Files
import Networks

extension Model {
    /// What someone who uses the model should know of how it was read, a line each.
    public var notices: [String] { notices(isInputSaid: false) }

    /// The same where the range or size of its images may have been said elsewhere.
    public func notices(isInputSaid: Bool) -> [String] {
        var notices = network.assumptions.map { "assuming that \($0)" }
        let guesses = isInputSaid ? Array(guesses.dropLast()) : guesses
        if !guesses.isEmpty {
            notices.append(
                "guessed, since the file does not say: \(guesses.joined(separator: "; ")). Say it with --heads and "
                    + "--labels, or in the model.json that `mtan convert` writes")
        }
        let modules = neighbours.filter(\.hasWeights).map(\.summary)
        if !modules.isEmpty {
            notices.append("not read, as no part of the network: \(modules.joined(separator: ", "))")
        }
        return notices.map { $0.shown(limit: 2000) }
    }

    /// What lies beside the network in the same dictionary.
    public var neighbours: [Neighbour] {
        let inside = Dictionary(grouping: network.unread) { String($0.prefix { $0 != "." }) }
        let own = inside.map { name, members in
            Neighbour(
                name: name, count: members.count,
                hasWeights: members.contains { weights[$0].map { $0.shape.rank >= 2 } ?? true })
        }
        let outside = weights.besides.map {
            Neighbour(name: $0.name, count: $0.count, hasWeights: $0.count > 8)
        }
        return own.sorted { $0.name < $1.name } + outside
    }

    /// What a loss or a metric keeps is fewer tensors than a module of weights has.
    private static let tensorsOfModule = 8

    /// Tensors that are not read.
    public struct Neighbour: Sendable {
        /// The first part of their names.
        public let name: String

        /// How many there are.
        public let count: Int

        /// Whether it may be a module of its own, and not what a loss or a metric keeps.
        let hasWeights: Bool

        /// `criterion (2 tensors)`
        public var summary: String { "\(name) (\(count.counted("tensor")))" }
    }
}
