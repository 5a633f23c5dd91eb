extension Unpickler {
    /// The stack and the containers. Returns false for opcodes of another group.
    mutating func executeContainer(_ opcode: PickleOpcode) throws(CheckpointError) -> Bool {
        switch opcode {
        case .mark: marks.append(stack.count)
        case .pop: if marks.last == stack.count { marks.removeLast() } else { _ = try pop() }
        case .popMark: _ = try popToMark()
        case .dup: stack.append(try top())
        case .emptyTuple: pushTuple([])
        case .tuple: pushTuple(try popToMark())
        case .tuple1: pushTuple([try pop()])
        case .tuple2:
            let second = try pop()
            pushTuple([try pop(), second])
        case .tuple3:
            let (third, second) = (try pop(), try pop())
            pushTuple([try pop(), second, third])
        default: return try executeMutable(opcode)
        }
        return true
    }

    /// Lists, dictionaries and sets.
    private mutating func executeMutable(_ opcode: PickleOpcode) throws(CheckpointError) -> Bool {
        switch opcode {
        case .emptyList: pushList([])
        case .list: pushList(try popToMark())
        case .append: try append([try pop()])
        case .appends, .addItems: try append(try popToMark())
        case .emptyDictionary: pushDictionary([])
        case .dictionary: pushDictionary(try pairs(try popToMark()))
        case .setItem:
            let value = try pop()
            try setItems([(try pop(), value)])
        case .setItems: try setItems(try pairs(try popToMark()))
        case .emptySet: pushObject("set")
        case .frozenSet:
            let elements = try popToMark()
            pushObject("frozenset")
            try append(elements)
        default: return false
        }
        return true
    }

    /// Pushes a new dictionary.
    mutating func pushDictionary(_ items: [(key: PickleValue, value: PickleValue)]) {
        heap.dictionaries.append(items)
        stack.append(.dictionary(heap.dictionaries.count - 1))
    }

    /// Pushes a new tuple.
    mutating func pushTuple(_ items: [PickleValue]) {
        heap.tuples.append(items)
        stack.append(.tuple(heap.tuples.count - 1))
    }

    private mutating func pushList(_ items: [PickleValue]) {
        heap.lists.append(items)
        stack.append(.list(heap.lists.count - 1))
    }

    /// Adds items to the list or set on top of the stack.
    private mutating func append(_ items: [PickleValue]) throws(CheckpointError) {
        switch try top() {
        case .list(let index): heap.lists[index] += items
        case .object(let index):
            if let elements = heap.objects[index].elements {
                heap.lists[elements] += items
            } else {
                heap.objects[index].elements = heap.lists.count
                heap.lists.append(items)
            }
        case let other: throw corrupt(expected: "a list to append to", found: other)
        }
    }

    /// Adds items to the dictionary on top of the stack.
    private mutating func setItems(_ items: [(key: PickleValue, value: PickleValue)]) throws(CheckpointError)
    {
        switch try top() {
        case .dictionary(let index): heap.dictionaries[index] += items
        case .object(let index):
            if let dictionary = heap.objects[index].items {
                heap.dictionaries[dictionary] += items
            } else {
                heap.objects[index].items = heap.dictionaries.count
                heap.dictionaries.append(items)
            }
        case let other: throw corrupt(expected: "a dictionary to add to", found: other)
        }
    }

    private func pairs(
        _ values: [PickleValue]
    ) throws(CheckpointError) -> [(key: PickleValue, value: PickleValue)] {
        guard values.count.isMultiple(of: 2) else {
            throw cursor.corrupt(expected: "keys and values in pairs", found: "\(values.count) values")
        }
        return stride(from: 0, to: values.count, by: 2).map { (values[$0], values[$0 + 1]) }
    }
}
