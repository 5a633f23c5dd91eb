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

    /// The root of a state dict.
    init(_ dict: StateDict) {
        store = WeightStore(
            file: dict.file, keepsOrder: dict.keepsOrder, metadata: dict.metadata,
            sources: dict.tensors.map { ($0.name, .success($0)) }
                + dict.failures.map { ($0.name, .failure($0.error)) })
        path = ""
    }

    /// The root of all names of a checkpoint.
    init(outlineOf checkpoint: Checkpoint) {
        var seen: Set<String> = []
        let entries = checkpoint.entries.filter { seen.insert($0.name).inserted }
        store = WeightStore(
            file: checkpoint.file, keepsOrder: checkpoint.keepsOrder,
            metadata: checkpoint.metadata,
            sources: entries.map { ($0.name, $0.source.map { $0 }) })
        path = ""
    }

    /// The root of weights that come from elsewhere. The names must differ; `file` stands for a path in errors.
    public init(_ tensors: [(name: String, source: any TensorSource)], file: String) {
        store = WeightStore(
            file: file, keepsOrder: true, metadata: [:],
            sources: tensors.map { ($0.name, .success($0.source)) })
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

    /// The tensor of a name below this place, which must have a given shape and hold floating-point numbers. It
    /// counts as read.
    ///
    /// - Throws: ``CheckpointError/missingTensor(file:name:expected:nearest:)``,
    ///   ``CheckpointError/misshapenTensor(file:name:expected:found:)`` or
    ///   ``CheckpointError/unreadTensor(file:name:found:)``. All are recorded in ``problems``.
    public func tensor(_ name: String, _ shape: [Int]) throws(CheckpointError) -> any TensorSource {
        let name = full(name)
        guard let found = store.read(name) else {
            // Each search costs time in proportion to the file, so only the first problems get one.
            let isEarly = store.problems.count < 10
            throw store.record(
                .missingTensor(
                    file: store.file, name: name, expected: shape,
                    nearest: isEarly ? NearestNames.to(name, among: store.names) : []))
        }
        let source: any TensorSource
        switch found {
        case .success(let tensor): source = tensor
        case .failure(let error): throw store.record(error)
        }
        if let type = (source as? StoredTensor)?.elementType, !type.isFloatingPoint {
            throw store.record(
                .unreadTensor(file: store.file, name: name, found: "a tensor of \(type.rawValue)"))
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

    /// Why a tensor below this place cannot be read as weights; nil if it can, or is not there.
    public func unreadable(_ name: String) -> CheckpointError? {
        if case .failure(let error) = store.source(of: full(name)) { error } else { nil }
    }

    /// The names of all tensors below this place, relative to it, in file order.
    public var keys: [String] {
        guard !path.isEmpty else { return store.names }
        return store.names(below: path).map { $0.dropping(path.utf8.count + 1) }
    }

    /// The first components of ``keys``, each once, in file order: `["0", "1", "2"]` for a list of modules.
    public var children: [String] {
        var seen: Set<String> = []
        return keys.map { String($0.prefix { $0 != "." }) }.filter { seen.insert($0).inserted }
    }

    /// Counts a tensor below this place as read, if it is there: one that takes no part in inference.
    public func ignore(_ name: String) { store.ignore(full(name)) }

    /// Counts all tensors of the whole file as read for which a test on the full name is true.
    public func ignoreAll(where isIgnored: (String) -> Bool) {
        for name in store.names where isIgnored(name) { store.ignore(name) }
    }

    /// The full names of all tensors that were neither read nor ignored, in file order, wherever this place is.
    public var unreadNames: [String] { store.unreadNames }

    /// Divides ``unreadNames`` into those of the network and those beside it. A name is the network's own if its
    /// first component is that of a tensor that was read, or if `isOwn` is true for it.
    public func sortUnread(isOwn: (String) -> Bool) -> (unexpected: [String], beside: [String]) {
        func first(_ name: String) -> Substring { name.prefix { $0 != "." } }
        let unread = store.unreadNames
        let own = Set(store.readNames.map(first))
        let unexpected = unread.filter { isOwn($0) || own.contains(first($0)) }
        let beside = Set(unread).subtracting(unexpected)
        return (unexpected, unread.filter(beside.contains))
    }

    /// Everything that ``tensor(_:_:)`` threw, in order, at any place of the same weights. Tensors that are all of
    /// one kind that is not read are one problem.
    public var problems: [CheckpointError] {
        var counts: [String: Int] = [:]
        for case .unreadTensor(_, _, let found) in store.problems { counts[found, default: 0] += 1 }
        return store.problems.compactMap { problem in
            guard case .unreadTensor(let file, let name, let found) = problem else { return problem }
            guard let count = counts.removeValue(forKey: found) else { return nil }
            let others = count == 1 ? "" : ", as \(count - 1) other\(count == 2 ? " is" : "s are")"
            return .unreadTensor(file: file, name: name, found: found + others)
        }
    }

    private func full(_ name: String) -> String { path.isEmpty ? name : "\(path).\(name)" }
}
