import Tensors

/// A place in the tree of a network's weights, from which tensors are asked for by name and shape.
///
/// `scope["encoder_block"][0]["0"].tensor("weight", [64, 3, 3, 3])` reads `encoder_block.0.0.weight`. All
/// scopes made from one root share a record of what was asked for, so that a network can list afterwards
/// what it left out (``unreadNames``) and what was wrong (``problems``).
public struct WeightScope: Sendable {
    private let store: WeightStore

    /// The names gone through, joined by dots; empty at the root.
    public let path: String

    /// The root of a checkpoint's weights.
    public init(_ checkpoint: Checkpoint) {
        store = WeightStore(
            file: checkpoint.file, keepsOrder: checkpoint.format != .safetensors,
            metadata: checkpoint.metadata,
            sources: checkpoint.tensors.map { ($0.name, $0) })
        path = ""
    }

    /// The root of weights that come from elsewhere. The names must differ; `file` stands for a path in errors.
    public init(_ tensors: [(name: String, source: any TensorSource)], file: String) {
        store = WeightStore(file: file, keepsOrder: true, metadata: [:], sources: tensors)
        path = ""
    }

    private init(_ store: WeightStore, path: String) {
        self.store = store
        self.path = path
    }

    /// The file the weights come from, as errors name it.
    public var file: String { store.file }

    /// Whether the names come in the order in which the model declared them; safetensors sorts them.
    public var keepsOrder: Bool { store.keepsOrder }

    /// The free text that safetensors keeps beside the tensors; empty for other formats.
    public var metadata: [String: String] { store.metadata }

    /// The place one name deeper. It need not exist.
    public subscript(name: String) -> WeightScope {
        WeightScope(store, path: full(name))
    }

    /// The place one index deeper, as `torch.nn.Sequential` and `ModuleList` number their members.
    public subscript(index: Int) -> WeightScope { self["\(index)"] }

    /// The tensor of a name below this place, which must have a given shape. It counts as read.
    ///
    /// - Throws: ``CheckpointError/missingTensor(file:name:expected:nearest:)`` or
    ///   ``CheckpointError/misshapenTensor(file:name:expected:found:)``. Both are recorded in ``problems``.
    public func tensor(_ name: String, _ shape: [Int]) throws(CheckpointError) -> any TensorSource {
        let name = full(name)
        guard let source = store.read(name) else {
            // Each search costs time in proportion to the file, so only the first problems get one.
            let isEarly = store.problems.count < 10
            throw store.record(
                .missingTensor(
                    file: store.file, name: name, expected: shape,
                    nearest: isEarly ? NearestNames.to(name, among: store.names) : []))
        }
        guard source.shape.dimensions == shape else {
            throw store.record(
                .misshapenTensor(
                    file: store.file, name: name, expected: shape, found: source.shape.dimensions))
        }
        return source
    }

    /// Whether there is a tensor of this name below this place, or anything at all at the place of this name.
    public func has(_ name: String) -> Bool {
        let name = full(name)
        return store.shape(of: name) != nil || store.hasNames(below: name)
    }

    /// The shape of a tensor below this place; nil if there is none. Asking does not count as reading.
    public func shape(of name: String) -> Shape? { store.shape(of: full(name)) }

    /// The names of all tensors below this place, relative to it, in file order.
    public var keys: [String] {
        guard !path.isEmpty else { return store.names }
        let prefix = path + "."
        return store.names.filter { $0.hasPrefix(prefix) }.map { String($0.dropFirst(prefix.count)) }
    }

    /// The first components of ``keys``, each once, in file order: `["0", "1", "2"]` for a list of modules.
    public var children: [String] {
        var seen: Set<String> = []
        return keys.map { String($0.prefix { $0 != "." }) }.filter { seen.insert($0).inserted }
    }

    /// Counts a tensor below this place as read, if it is there: one that takes no part in inference.
    public func ignore(_ name: String) { _ = store.read(full(name)) }

    /// Counts all tensors of the whole file as read for which a test on the full name is true.
    public func ignoreAll(where isIgnored: (String) -> Bool) {
        for name in store.names where isIgnored(name) { _ = store.read(name) }
    }

    /// The full names of all tensors that nobody read or ignored, in file order, wherever this place is.
    public var unreadNames: [String] { store.unreadNames }

    /// Everything that ``tensor(_:_:)`` threw, in order, at any place of the same weights.
    public var problems: [CheckpointError] { store.problems }

    private func full(_ name: String) -> String { path.isEmpty ? name : "\(path).\(name)" }
}
