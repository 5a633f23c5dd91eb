extension Unpickler {
    /// Classes, calls and persistent ids.
    mutating func executeObject(_ opcode: PickleOpcode) throws(CheckpointError) {
        switch opcode {
        case .global:
            let module = try cursor.readLine(limit: CheckpointLimits.classNameBytes)
            try pushClass(module: module, name: try cursor.readLine(limit: CheckpointLimits.classNameBytes))
        case .stackGlobal:
            let (name, module) = (try pop(), try pop())
            guard case .string(let module) = module, case .string(let name) = name else {
                throw corrupt(expected: "the name of a class", found: module, name)
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

    /// What a call of a class, a rebuilder, or an object that stands for a function makes.
    private mutating func call(_ callee: PickleValue, with arguments: PickleValue) throws(CheckpointError) {
        guard case .tuple(let index) = arguments else {
            throw corrupt(expected: "a class and its arguments", found: callee, arguments)
        }
        let type: PickleClass
        switch callee {
        case .type(let known): type = known
        case .object(let callee): type = .other(heap.objects[callee].className)
        default: throw corrupt(expected: "a class and its arguments", found: callee, arguments)
        }
        let arguments = heap.tuples[index]
        switch type {
        case .other(let name): pushObject(name, arguments: index)
        case .orderedDictionary: try pushOrderedDictionary(arguments)
        case .defaultDictionary: pushDictionary([])
        case .size: stack.append(arguments.first ?? .tuple(index))
        case .rebuildTensor, .rebuildTensorV3: stack.append(try rebuildTensor(type, arguments))
        case .rebuildUnread(let name): stack.append(.unreadableTensor("a tensor made by \(name)"))
        case .parameter: stack.append(wrappedTensor(arguments))
        case .rebuildFromType: stack.append(try rebuildFromType(arguments))
        case .loadFromBytes: stack.append(try loadStorage(arguments))
        case .storage, .untypedStorage, .elementType, .unreadElements:
            pushObject("a storage class", arguments: index)
        }
    }

    /// Pushes an instance of a class that nothing here knows how to make.
    mutating func pushObject(_ className: String, arguments: Int? = nil) {
        heap.objects.append(PickleObject(className: className, arguments: arguments))
        stack.append(.object(heap.objects.count - 1))
    }

    /// An ordered dictionary. Python 2 gives it a list of pairs as its argument; Python 3 adds them later.
    private mutating func pushOrderedDictionary(_ arguments: [PickleValue]) throws(CheckpointError) {
        var items: [(key: PickleValue, value: PickleValue)] = []
        if let argument = arguments.first {
            let list: [PickleValue]
            switch argument {
            case .list(let index): list = heap.lists[index]
            case .tuple(let index): list = heap.tuples[index]
            default: return pushObject("collections.OrderedDict")
            }
            try spend(2 * list.count)
            for item in list {
                let pair: [PickleValue] =
                    switch item {
                    case .list(let index): heap.lists[index]
                    case .tuple(let index): heap.tuples[index]
                    default: []
                    }
                guard pair.count == 2 else { return pushObject("collections.OrderedDict") }
                items.append((pair[0], pair[1]))
            }
        }
        pushDictionary(items)
    }

    /// A parameter is the tensor that it wraps; whether it wants a gradient does not matter here.
    private func wrappedTensor(_ arguments: [PickleValue]) -> PickleValue {
        switch arguments.first {
        case .tensor, .unreadableTensor: arguments[0]
        default: .unreadableTensor("a parameter without a tensor")
        }
    }

    /// A tensor that carries Python attributes, which are dropped. Subclasses with rebuilders of their own
    /// (distributed, quantised ones) would need their code.
    private mutating func rebuildFromType(_ arguments: [PickleValue]) throws(CheckpointError) -> PickleValue {
        guard arguments.count >= 3, case .type(let rebuilder) = arguments[0],
            case .tuple(let index) = arguments[2]
        else { return .unreadableTensor("a tensor of a class of its own") }
        switch rebuilder {
        case .rebuildTensor, .rebuildTensorV3: return try rebuildTensor(rebuilder, heap.tuples[index])
        case .parameter: return wrappedTensor(heap.tuples[index])
        case .other(let name), .rebuildUnread(let name): return .unreadableTensor("a tensor made by \(name)")
        default: return .unreadableTensor("a tensor made by no known rebuilder")
        }
    }

    /// Sets the state of an object. `_metadata` of a state dict and attributes of a parameter are dropped.
    private mutating func build() throws(CheckpointError) {
        let state = try pop()
        switch try top() {
        case .object(let index): heap.objects[index].state = state
        case .dictionary, .tensor, .unreadableTensor, .storage: break
        case let other: throw corrupt(expected: "an object to give a state to", found: other)
        }
    }

    private mutating func pushClass(module: String, name: String) throws(CheckpointError) {
        let length = max(module.utf8.count, name.utf8.count)
        guard length <= CheckpointLimits.classNameBytes else {
            throw .overLimit(
                file: cursor.file.name, what: "the length of a class's name",
                limit: CheckpointLimits.classNameBytes, found: "\(length)")
        }
        let (type, isHarmless) = PickleClassTable.lookUp(module: module, name: name)
        stack.append(.type(type))
        if !isHarmless { noteUnfamiliar("\(module).\(name)") }
    }
}
