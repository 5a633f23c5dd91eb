extension Unpickler {
    /// Turns a persistent id into a storage: `('storage', class, key, location, count)`, and in the legacy
    /// format a sixth member, None or `(view key, offset, count)` (torch/serialization.py, `persistent_id`).
    mutating func pushStorage(_ id: PickleValue) throws(CheckpointError) {
        guard case .tuple(let index) = id else {
            throw cursor.corrupt(expected: "a tuple for a persistent id", found: id.kind)
        }
        let members = heap.tuples[index]
        if case .string("module") = members.first {
            throw .refusedClass(file: cursor.file.name, name: "a module's source code", reason: .wholeModule)
        }
        guard members.count >= 5, case .string("storage") = members[0], case .type(let type) = members[1],
            case .string(let key) = members[2], case .int(let count) = members[4], count >= 0
        else { throw cursor.corrupt(expected: "the class, key and size of a storage", found: "others") }
        let elementType: ElementType? =
            switch type {
            case .storage(let elementType): elementType
            case .untypedStorage: nil
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
        else { throw cursor.corrupt(expected: "the key, offset and size of a view", found: value.kind) }
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
        guard arguments.count >= 4, case .storage(let storage) = arguments[0],
            case .int(let offset) = arguments[1]
        else { throw cursor.corrupt(expected: "a storage, an offset, sizes and strides", found: "others") }
        var elementType = heap.storages[storage].elementType
        if rebuilder == .rebuildTensorV3, arguments.count >= 7, case .type(let type) = arguments[6] {
            guard case .elementType(let named) = type else {
                throw cursor.corrupt(expected: "a dtype", found: "\(type)")
            }
            elementType = named
        }
        guard let elementType else {
            throw cursor.corrupt(expected: "a storage of known element type", found: "an untyped one")
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
        default: throw cursor.corrupt(expected: "a tuple of integers", found: value.kind)
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
                throw cursor.corrupt(expected: "an integer", found: value.kind)
            }
            integers.append(integer)
        }
        return integers
    }
}
