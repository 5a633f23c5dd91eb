import Synchronization
import Tensors

/// The weights behind all scopes of one root, and what was asked of them.
final class WeightStore: Sendable {
    private struct Record {
        var read: Set<String> = []
        var ignored: Set<String> = []
        var problems: [CheckpointError] = []
    }

    /// What errors call the place that the weights come from.
    let file: String

    /// Whether that order is the one in which the model declared the tensors.
    let keepsOrder: Bool

    /// Free text that came with the tensors.
    let metadata: [String: String]

    /// All names in file order.
    let names: [String]

    /// A tensor, or why it cannot be read.
    typealias Source = Result<any TensorSource, CheckpointError>

    private let sources: [String: Source]
    /// The positions of ``names`` in the order of the names.
    private let sortedPositions: [Int]
    private let record = Mutex(Record())

    init(
        file: String, keepsOrder: Bool, metadata: [String: String],
        sources: [(name: String, source: Source)]
    ) {
        self.file = file
        self.keepsOrder = keepsOrder
        self.metadata = metadata
        let names = sources.map(\.name)
        self.names = names
        sortedPositions = names.indices.sorted { names[$0] < names[$1] }
        self.sources = Dictionary(uniqueKeysWithValues: sources.map { ($0.name, $0.source) })
    }

    /// The tensor of a full name, which counts as read from now on.
    func read(_ name: String) -> Source? {
        guard let source = sources[name] else { return nil }
        record.withLock { _ = $0.read.insert(name) }
        return source
    }

    /// What there is under a full name, without counting it as read.
    func source(of name: String) -> Source? { sources[name] }

    /// Counts a tensor as done with that plays no part.
    func ignore(_ name: String) {
        record.withLock { _ = $0.ignored.insert(name) }
    }

    /// The names that were read as part of the network.
    var readNames: Set<String> { record.withLock { $0.read } }

    /// The shape of the tensor of a full name.
    func shape(of name: String) -> Shape? { try? sources[name]?.get().shape }

    /// Whether a full name is a place with tensors below it. O(log n).
    func hasNames(below name: String) -> Bool {
        let prefix = name + "."
        return sortedPositions[firstPosition(of: prefix)...].first.map { names[$0].hasPrefix(prefix) }
            ?? false
    }

    /// The names below a place, in file order. O(log n) and, for k of them, O(k log k).
    func names(below name: String) -> [String] {
        let prefix = name + "."
        return sortedPositions[firstPosition(of: prefix)...].prefix { names[$0].hasPrefix(prefix) }
            .sorted().map { names[$0] }
    }

    /// Where in ``sortedPositions`` the names that begin with a prefix start.
    private func firstPosition(of prefix: String) -> Int {
        var (low, high) = (0, sortedPositions.count)
        while low < high {
            let middle = (low + high) / 2
            if names[sortedPositions[middle]] < prefix { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// Keeps a problem and returns it, to be thrown.
    func record(_ problem: CheckpointError) -> CheckpointError {
        record.withLock { $0.problems.append(problem) }
        return problem
    }

    /// The names neither read nor ignored, in file order.
    var unreadNames: [String] {
        let (read, ignored) = record.withLock { ($0.read, $0.ignored) }
        return names.filter { !read.contains($0) && !ignored.contains($0) }
    }

    /// All problems so far.
    var problems: [CheckpointError] { record.withLock { $0.problems } }
}
