/// The tensors of a checkpoint below one place, by their names from there on: a network's state dict.
public struct StateDict: Sendable {
    /// The file that the tensors are in, as errors name it.
    public let file: String

    /// The path of the place in the checkpoint, such as `state_dict.model`; empty for the whole file.
    public let root: String

    /// The part of ``root`` that leads to the dictionary or module; nil if there is none.
    public let wrapper: String?

    /// The rest of ``root``, which begins the names inside that dictionary, such as `module.`; nil if there
    /// is none.
    public let prefix: String?

    /// The tensors that can be read, in file order.
    public let tensors: [StoredTensor]

    /// What the dictionaries on the way hold beside the tensors, each as "key: kind", such as
    /// "epoch: an integer".
    public let otherEntries: [String]

    /// How many tensors the same dictionary has beside ``root``, by the first part of their names; in file
    /// order.
    public let besides: [(name: String, count: Int)]

    /// The free text of safetensors; empty for the others.
    public let metadata: [String: String]

    /// Layers of a whole model that compute otherwise than by default, each as "path: what".
    public let oddities: [String]

    let keepsOrder: Bool

    /// Why a tensor of a name below ``root`` cannot be read.
    let failures: [(name: String, error: CheckpointError)]

    private let positions: [String: Int]

    /// The tensor of a name, if there is one that can be read.
    public subscript(name: String) -> StoredTensor? { positions[name].map { tensors[$0] } }

    /// The root of the weights, for a network to ask for its tensors. Each call begins a new record of what
    /// was read.
    public func weights() -> WeightScope { WeightScope(self) }

    /// Whether both have the same names for the same elements of the same file.
    public func sharesAllTensors(with other: StateDict) -> Bool {
        tensors.count == other.tensors.count && failures.isEmpty && other.failures.isEmpty
            && zip(tensors, other.tensors).allSatisfy { $0.isSameView(as: $1) }
    }

    /// Takes what a checkpoint has below a path.
    ///
    /// - Throws: ``CheckpointError/duplicateName(file:name:)`` or
    ///   ``CheckpointError/overLimit(file:what:limit:found:)``.
    init(_ checkpoint: Checkpoint, at root: String) throws(CheckpointError) {
        file = checkpoint.file
        metadata = checkpoint.metadata
        keepsOrder = checkpoint.keepsOrder
        self.root = root
        let start = root.isEmpty ? "" : root + "."
        oddities = checkpoint.oddities.filter { "\($0.path).".hasPrefix(start) }
            .map { "\($0.path.dropping(start.utf8.count)): \($0.what)" }
        let inside = checkpoint.entries.filter { $0.name.hasPrefix(start) }
        // A root inside a dictionary's names is a prefix; a root around several dictionaries is a wrapper.
        let container = inside.map(\.containerLength).min() ?? 0
        let wrapperLength = min(container, root.utf8.count)
        let wrapper = String(decoding: root.utf8.prefix(wrapperLength), as: UTF8.self)
        let prefix = start.dropping(wrapper.isEmpty ? 0 : wrapperLength + 1)
        self.wrapper = wrapper.isEmpty ? nil : wrapper
        self.prefix = prefix.isEmpty ? nil : prefix
        otherEntries = checkpoint.otherEntries(around: wrapper)
        besides = Self.neighbours(of: start, in: wrapper, checkpoint)
        var tensors: [StoredTensor] = []
        var failures: [(name: String, error: CheckpointError)] = []
        var names: Set<String> = []
        for entry in inside {
            let name = entry.name.dropping(start.utf8.count)
            guard names.insert(name).inserted else { throw .duplicateName(file: file, name: name) }
            switch entry.source {
            case .success(let tensor): tensors.append(tensor.renamed(name))
            case .failure(let error): failures.append((name, error))
            }
        }
        self.tensors = tensors
        self.failures = failures
        positions = Dictionary(uniqueKeysWithValues: tensors.indices.map { (tensors[$0].name, $0) })
        try checkTotal(limit: checkpoint.elementLimit)
    }

    /// Bounds the elements of all tensors together: a small file must not unfold into a large model.
    private func checkTotal(limit: Int) throws(CheckpointError) {
        var left = limit
        for tensor in tensors {
            guard tensor.shape.count <= left else {
                throw .overLimit(
                    file: file, what: "the element count of all tensors", limit: limit, found: "larger")
            }
            left -= tensor.shape.count
        }
    }

    /// What stands in the same dictionary and not below `start`.
    private static func neighbours(
        of start: String, in wrapper: String, _ checkpoint: Checkpoint
    ) -> [(name: String, count: Int)] {
        let length = wrapper.utf8.count
        var counts: [(name: String, count: Int)] = []
        var positions: [String: Int] = [:]
        for entry in checkpoint.entries
        where entry.containerLength == length && !entry.name.hasPrefix(start) && entry.name.hasPrefix(wrapper)
        {
            let name = entry.name.dropping(wrapper.isEmpty ? 0 : length + 1)
            let first = String(name.prefix { $0 != "." })
            if let position = positions[first] {
                counts[position].count += 1
            } else {
                positions[first] = counts.count
                counts.append((first, 1))
            }
        }
        return counts
    }
}

extension String {
    /// What follows a number of bytes of UTF-8.
    func dropping(_ byteCount: Int) -> String { String(decoding: utf8.dropFirst(byteCount), as: UTF8.self) }
}
