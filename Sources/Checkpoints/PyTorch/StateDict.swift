/// The named tensors of a pickled object, found inside the wrappers of training scripts.
struct StateDict {
    /// Keys under which training scripts save the state dict.
    static let wrappers: Set<String> = ["state_dict", "model_state_dict", "model", "net", "network"]

    /// The wrapper keys gone through, joined by dots; nil if there was none.
    let wrapper: String?

    /// The tensors, in file order.
    let entries: [(name: String, tensor: Int)]

    /// What lies beside the tensors, each as "key: kind".
    let others: [String]

    /// Finds the state dict in a document.
    ///
    /// - Throws: ``CheckpointError/noStateDict(file:found:remedy:)``,
    ///   ``CheckpointError/notATensor(file:name:found:)`` or
    ///   ``CheckpointError/duplicateName(file:name:)``.
    init(_ document: PickleDocument, file: String) throws(CheckpointError) {
        var finder = StateDictFinder(heap: document.heap, file: file)
        let found = try finder.find(document.root)
        wrapper = found.path.isEmpty ? nil : found.path.joined(separator: ".")
        var names: Set<String> = []
        var entries: [(name: String, tensor: Int)] = []
        var others = found.others
        for (key, value) in document.heap.dictionaries[found.dictionary] {
            guard case .string(let name) = key else {
                throw .notATensor(file: file, name: "(\(key.kind) as its key)", found: value.kind)
            }
            if name.hasSuffix("_extra_state") {
                others.append("\(name): \(value.kind)")
                continue
            }
            guard case .tensor(let tensor) = value else {
                throw .notATensor(file: file, name: name, found: value.kind)
            }
            guard names.insert(name).inserted else { throw .duplicateName(file: file, name: name) }
            entries.append((name, tensor))
        }
        self.entries = entries
        self.others = others
    }
}

/// Searches for the dictionary of tensors. The depth is bounded and no dictionary is searched twice, so that
/// neither cycles nor sharing make it long.
private struct StateDictFinder {
    typealias Found = (dictionary: Int, path: [String], others: [String])

    let heap: PickleHeap
    let file: String
    private var visited: Set<Int> = []

    init(heap: PickleHeap, file: String) {
        self.heap = heap
        self.file = file
    }

    mutating func find(_ root: PickleValue) throws(CheckpointError) -> Found {
        guard case .dictionary(let top) = root else {
            throw .noStateDict(
                file: file, found: root.kind, remedy: "Save model.state_dict() with torch.save.")
        }
        guard let found = try search(top, path: []) else { throw nothingFound(in: top) }
        return found
    }

    /// The state dict at or below a dictionary: behind a wrapper key if there is one that leads to tensors,
    /// or else the dictionary itself if it has tensors.
    private mutating func search(_ index: Int, path: [String]) throws(CheckpointError) -> Found? {
        guard path.count <= CheckpointLimits.wrapperDepth, visited.insert(index).inserted else { return nil }
        var candidates: [(key: String, found: Found)] = []
        for case (.string(let key), .dictionary(let inner)) in heap.dictionaries[index]
        where StateDict.wrappers.contains(key) {
            guard candidates.count < 2 else { break }
            if let found = try search(inner, path: path + [key]) { candidates.append((key, found)) }
        }
        if candidates.count > 1 {
            throw .noStateDict(
                file: file, found: "several: \(candidates[0].key) and \(candidates[1].key)",
                remedy: "Save the one you want to a file of its own.")
        }
        if let (key, found) = candidates.first {
            return (found.dictionary, found.path, found.others + notes(on: index, except: key))
        }
        return holdsTensors(index) ? (index, path, []) : nil
    }

    private func holdsTensors(_ index: Int) -> Bool {
        heap.dictionaries[index].contains { if case .tensor = $0.value { true } else { false } }
    }

    /// What a wrapper holds beside the state dict.
    private func notes(on index: Int, except wrapper: String) -> [String] {
        heap.dictionaries[index].compactMap { key, value in
            guard case .string(let name) = key else { return "(\(key.kind)): \(value.kind)" }
            return name == wrapper ? nil : "\(name): \(value.kind)"
        }
    }

    private func nothingFound(in index: Int) -> CheckpointError {
        let keys = heap.dictionaries[index].prefix(12).compactMap { key, _ in
            if case .string(let name) = key { name } else { nil }
        }
        var remedy = "Save model.state_dict() with torch.save."
        for case (.string(let key), .dictionary(let inner)) in heap.dictionaries[index].prefix(64)
        where holdsTensors(inner) {
            remedy = "The entry \(key) holds tensors: save that one to a file of its own."
            break
        }
        let found = keys.isEmpty ? "an empty dictionary" : "a dictionary of \(keys.joined(separator: ", "))"
        return .noStateDict(file: file, found: found, remedy: remedy)
    }
}
