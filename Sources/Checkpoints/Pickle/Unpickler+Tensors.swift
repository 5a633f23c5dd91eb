extension Unpickler {
    /// Turns a persistent id into a storage: `('storage', class, key, location, count)`, and in the legacy
    /// format a sixth member, None or `(view key, offset, count)` (torch/serialization.py, `persistent_id`).
    mutating func pushStorage(_ id: PickleValue) throws(CheckpointError) {
        guard case .tuple(let index) = id else {
            throw corrupt(expected: "a tuple for a persistent id", found: id)
        }
        let members = heap.tuples[index]
        // The class of a module, which the legacy format saves with its source code.
        if case .string("module") = members.first, members.count > 1 { return stack.append(members[1]) }
        guard members.count >= 5, case .string("storage") = members[0], case .type(let type) = members[1],
            case .string(let key) = members[2], case .int(let count) = members[4], count >= 0
        else { throw cursor.corrupt(expected: "the class, key and size of a storage", found: "others") }
        let elementType: ElementType?
        switch type {
        case .storage(let known): elementType = known
        case .untypedStorage: elementType = nil
        case .unreadElements(let name):
            heap.unreadStorages[key] = UnreadStorage(elements: name, count: count)
            return stack.append(.unreadableTensor("a tensor of \(name)"))
        default: throw cursor.corrupt(expected: "a storage class", found: "\(type)")
        }
        let view = members.count > 5 ? try storageView(members[5], of: count) : nil
        heap.storages.append(StorageReference(key: key, elementType: elementType, count: count, view: view))
        stack.append(.storage(heap.storages.count - 1))
    }

    private func storageView(_ value: PickleValue, of count: Int) throws(CheckpointError) -> Range<Int>? {
        if case .none = value { return nil }
        guard case .tuple(let index) = value, heap.tuples[index].count == 3,
            case .int(let offset) = heap.tuples[index][1], case .int(let length) = heap.tuples[index][2]
        else { throw corrupt(expected: "the key, offset and size of a view", found: value) }
        guard offset >= 0, length >= 0, offset <= count, length <= count - offset else {
            throw cursor.corrupt(
                expected: "a view within \(count) elements", found: "\(length) elements at \(offset)")
        }
        return offset..<offset + length
    }

    /// `_rebuild_tensor_v2(storage, offset, sizes, strides, ...)`, and `_rebuild_tensor_v3`, whose seventh
    /// argument is the dtype (torch/_utils.py).
    mutating func rebuildTensor(
        _ rebuilder: PickleClass, _ arguments: [PickleValue]
    ) throws(CheckpointError) -> PickleValue {
        switch arguments.first {
        case .unreadableTensor: return arguments[0]
        case .object, .none, .some(.none): return .unreadableTensor("a tensor without a storage")
        default: break
        }
        guard arguments.count >= 4, case .storage(let storage) = arguments[0],
            case .int(let offset) = arguments[1]
        else { throw cursor.corrupt(expected: "a storage, an offset, sizes and strides", found: "others") }
        var elementType = heap.storages[storage].elementType
        if rebuilder == .rebuildTensorV3, arguments.count >= 7, case .type(let type) = arguments[6] {
            switch type {
            case .elementType(let named): elementType = named
            case .unreadElements(let name): return .unreadableTensor("a tensor of \(name)")
            default: return .unreadableTensor("a tensor of an unknown dtype")
            }
        }
        guard let elementType else {
            throw cursor.corrupt(expected: "a storage of known element type", found: "an untyped one")
        }
        if rebuilder == .rebuildTensor, arguments.count >= 7, case .dictionary(let bits) = arguments[6],
            !heap.dictionaries[bits].isEmpty
        {
            return .unreadableTensor("a tensor that is to be negated or conjugated")
        }
        let sizes = try integers(arguments[2])
        let strides = try integers(arguments[3])
        heap.tensors.append(
            TensorReference(
                storage: storage, elementType: elementType, offset: offset, sizes: sizes, strides: strides))
        return .tensor(heap.tensors.count - 1)
    }

    /// The members of a tuple of integers, of bounded length.
    private mutating func integers(_ value: PickleValue) throws(CheckpointError) -> [Int] {
        let values: [PickleValue]
        switch value {
        case .tuple(let index): values = heap.tuples[index]
        case .list(let index): values = heap.lists[index]
        default: throw corrupt(expected: "a tuple of integers", found: value)
        }
        guard values.count <= CheckpointLimits.rank else {
            throw .overLimit(
                file: cursor.file.name, what: "the number of axes of a tensor", limit: CheckpointLimits.rank,
                found: "\(values.count)")
        }
        try spend(values.count)
        var integers: [Int] = []
        for value in values {
            guard case .int(let integer) = value else {
                throw corrupt(expected: "an integer of at most 64 bits", found: value)
            }
            integers.append(integer)
        }
        return integers
    }

    /// A storage that `pickle.dump` wrote inside the pickle, in PyTorch's legacy format.
    mutating func loadStorage(_ arguments: [PickleValue]) throws(CheckpointError) -> PickleValue {
        guard !isNested, case .bytes(let range) = arguments.first else {
            // What lies in there is not looked at.
            noteUnfamiliar("torch.storage._load_from_bytes")
            return .unreadableTensor("a storage outside PyTorch's legacy format")
        }
        let saved = try TorchLegacy.readStorage(cursor.file, in: range, steps: stepsLeft)
        spendTo(saved.stepsLeft)
        saved.unfamiliarClasses.forEach { noteUnfamiliar($0) }
        guard let storage = saved.storage else { return .unreadableTensor("something else than a storage") }
        heap.storages.append(storage)
        return .storage(heap.storages.count - 1)
    }
}
