extension Unpickler {
    /// Classes, calls and persistent ids.
    mutating func executeObject(_ opcode: PickleOpcode) throws(CheckpointError) {
        switch opcode {
        case .global:
            let module = try cursor.readLine(limit: 1024)
            try pushClass(module: module, name: try cursor.readLine(limit: 1024))
        case .stackGlobal:
            let (name, module) = (try pop(), try pop())
            guard case .string(let module) = module, case .string(let name) = name else {
                throw cursor.corrupt(expected: "the name of a class", found: "\(module.kind), \(name.kind)")
            }
            try pushClass(module: module, name: name)
        case .reduce, .newObject:
            let (arguments, callee) = (try pop(), try pop())
            try call(callee, with: arguments)
        case .newObjectKeywords:
            let (_, arguments, callee) = (try pop(), try pop(), try pop())
            try call(callee, with: arguments)
        case .build: try build()
        case .persistentID: try pushStorage(try pop())
        default: preconditionFailure("\(opcode) belongs to no group")
        }
    }

    /// What a call of a class or rebuilder makes.
    private mutating func call(_ callee: PickleValue, with arguments: PickleValue) throws(CheckpointError) {
        guard case .type(let type) = callee, case .tuple(let index) = arguments else {
            throw cursor.corrupt(
                expected: "a class and its arguments", found: "\(callee.kind) and \(arguments.kind)")
        }
        let arguments = heap.tuples[index]
        switch type {
        case .inert(let name): stack.append(.inert(name))
        case .orderedDictionary: try pushOrderedDictionary(arguments)
        case .defaultDictionary: pushDictionary([])
        case .size: stack.append(arguments.first ?? .tuple(index))
        case .rebuildTensor, .rebuildTensorV3: stack.append(try rebuildTensor(type, arguments))
        case .parameter: stack.append(try wrappedTensor(arguments))
        case .rebuildFromType: stack.append(try rebuildFromType(arguments))
        case .storage, .untypedStorage, .elementType:
            throw cursor.corrupt(expected: "a class that can be called", found: "\(type)")
        }
    }

    /// An ordered dictionary. Python 2 gives it a list of pairs as its argument; Python 3 adds them later.
    private mutating func pushOrderedDictionary(_ arguments: [PickleValue]) throws(CheckpointError) {
        var items: [(key: PickleValue, value: PickleValue)] = []
        if let argument = arguments.first {
            guard case .list(let index) = argument else {
                throw cursor.corrupt(expected: "a list of pairs", found: argument.kind)
            }
            try spend(2 * heap.lists[index].count)
            for item in heap.lists[index] {
                let pair: [PickleValue] =
                    switch item {
                    case .list(let index): heap.lists[index]
                    case .tuple(let index): heap.tuples[index]
                    default: []
                    }
                guard pair.count == 2 else { throw cursor.corrupt(expected: "a pair", found: item.kind) }
                items.append((pair[0], pair[1]))
            }
        }
        pushDictionary(items)
    }

    /// A parameter is the tensor that it wraps; whether it wants a gradient does not matter here.
    private func wrappedTensor(_ arguments: [PickleValue]) throws(CheckpointError) -> PickleValue {
        guard let first = arguments.first, case .tensor = first else {
            throw cursor.corrupt(
                expected: "a tensor in a parameter", found: arguments.first?.kind ?? "no argument")
        }
        return first
    }

    /// A tensor that carries Python attributes, which are dropped.
    private mutating func rebuildFromType(_ arguments: [PickleValue]) throws(CheckpointError) -> PickleValue {
        guard arguments.count >= 3, case .type(let rebuilder) = arguments[0],
            case .tuple(let index) = arguments[2]
        else { throw cursor.corrupt(expected: "a rebuilder, a class and arguments", found: "others") }
        switch rebuilder {
        case .rebuildTensor, .rebuildTensorV3: return try rebuildTensor(rebuilder, heap.tuples[index])
        case .parameter: return try wrappedTensor(heap.tuples[index])
        default: throw cursor.corrupt(expected: "a rebuilder of tensors", found: "\(rebuilder)")
        }
    }

    /// Sets the state of an object, which nothing here needs: `_metadata` of a state dict, attributes of a
    /// parameter, the contents of inert objects.
    private mutating func build() throws(CheckpointError) {
        _ = try pop()
        switch try top() {
        case .inert, .dictionary, .tensor: break
        case let other: throw cursor.corrupt(expected: "an object to give a state to", found: other.kind)
        }
    }

    private mutating func pushClass(module: String, name: String) throws(CheckpointError) {
        do throws(ClassRefusal) {
            stack.append(.type(try PickleClassTable.lookUp(module: module, name: name)))
        } catch {
            throw .refusedClass(file: cursor.file.name, name: "\(module).\(name)", reason: error)
        }
    }
}
