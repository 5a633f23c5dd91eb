/// A `torch.nn.Module` in a pickle, or a module of a TorchScript archive: plain state, of which the names that
/// `state_dict()` would give are taken.
struct PickledModule {
    /// Parameters, buffers and modules in the order of `state_dict()`.
    let members: [(name: String, value: PickleValue)]

    /// How it computes otherwise than a layer of its kind by default; nil if it does not, or it is not known.
    let oddity: String?

    /// Nil if the object is no module.
    init?(_ object: PickleObject, in heap: PickleHeap) {
        let attributes = heap.attributes(of: object)
        if object.className.hasPrefix("__torch__.") {
            // TorchScript keeps parameters, buffers and modules as attributes.
            members = attributes
            oddity = nil
            return
        }
        var parts: [String: PickleValue] = [:]
        for (name, value) in attributes where parts[name] == nil { parts[name] = value }
        guard let modules = parts["_modules"].flatMap(heap.dictionary),
            let parameters = parts["_parameters"].flatMap(heap.dictionary)
        else { return nil }
        oddity = Self.oddity(object.className, parts)
        let passing = parts["_non_persistent_buffers_set"].map(heap.strings) ?? []
        let buffers = (parts["_buffers"].flatMap(heap.dictionary) ?? []).filter { key, _ in
            if case .string(let name) = key { !passing.contains(name) } else { false }
        }
        members = (parameters + buffers + modules).compactMap { key, value in
            if case .string(let name) = key { (name, value) } else { nil }
        }
    }

    /// What a state dict would not tell, and no network here has.
    private static func oddity(_ className: String, _ attributes: [String: PickleValue]) -> String? {
        if className.hasSuffix("BatchNorm2d") || className.hasSuffix("SyncBatchNorm"),
            case .float(let epsilon) = attributes["eps"], epsilon != 1e-5
        {
            return "eps \(epsilon), expected 1e-05"
        }
        if case .string(let mode) = attributes["padding_mode"], mode != "zeros" {
            return "padding_mode \(mode), expected zeros"
        }
        return nil
    }
}

extension PickleHeap {
    /// The strings in a set: elements added one by one, or the list that its class was called with.
    fileprivate func strings(in value: PickleValue) -> Set<String> {
        guard case .object(let index) = value else { return [] }
        var elements = objects[index].elements.map { lists[$0] } ?? []
        if let arguments = objects[index].arguments, case .list(let list) = tuples[arguments].first {
            elements += lists[list]
        }
        return Set(elements.compactMap { if case .string(let text) = $0 { text } else { nil } })
    }
}
