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
    private let sortedNames: [String]
    private let record = Mutex(Record())

    init(
        file: String, keepsOrder: Bool, metadata: [String: String],
        sources: [(name: String, source: Source)]
    ) {
        self.file = file
        self.keepsOrder = keepsOrder
        self.metadata = metadata
        names = sources.map(\.name)
        sortedNames = names.sorted()
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
        var (low, high) = (0, sortedNames.count)
        while low < high {
            let middle = (low + high) / 2
            if sortedNames[middle] < prefix { low = middle + 1 } else { high = middle }
        }
        return low < sortedNames.count && sortedNames[low].hasPrefix(prefix)
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
