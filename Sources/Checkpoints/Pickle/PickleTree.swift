/// The tensors of a pickled object by the paths that lead to them: keys, attributes and the names of modules,
/// joined by dots.
///
/// Dictionaries, lists and the attributes of objects are walked as they are. Modules are walked as
/// `state_dict()` does (torch/nn/modules/module.py): parameters, then buffers that are not marked as passing,
/// then the modules in them. Cycles end, and what shared containers can unfold to is limited.
struct PickleTree {
    /// A tensor, or what is there in place of one that can be read.
    enum Leaf {
        case tensor(Int)
        case unreadable(String)
    }

    /// A tensor with its path.
    struct Entry {
        let path: String
        /// The bytes of the path that lead to the innermost dictionary or to the module.
        let containerLength: Int
        let leaf: Leaf
    }

    /// The tensors in the order of the pickle.
    private(set) var entries: [Entry] = []

    /// What the dictionaries on the way to tensors hold, each as its key and what it is, by their paths.
    private(set) var contents: [String: [(key: String, kind: String)]] = [:]

    private let heap: PickleHeap
    private let reachability: PickleReachability
    private let file: String
    /// Objects other than modules are walked once: attributes may lead anywhere, in circles too.
    private var visited: Set<Int> = []
    private var modules: [Int: PickledModule?] = [:]
    private var entriesLeft = CheckpointLimits.walkedEntries
    private var nameBytesLeft = CheckpointLimits.descriptionBytes

    /// Walks a document.
    ///
    /// - Throws: ``CheckpointError/overLimit(file:what:limit:found:)``
    init(_ document: PickleDocument, file: String) throws(CheckpointError) {
        heap = document.heap
        reachability = PickleReachability(document.heap)
        self.file = file
        try walk(document.root, at: Place())
    }

    /// Where the walk is.
    private struct Place {
        var path = ""
        var depth = 0
        /// The length of the path of the module that names are being collected for.
        var moduleLength: Int?

        func entering(_ component: String) -> Place {
            Place(
                path: path.isEmpty ? component : "\(path).\(component)", depth: depth + 1,
                moduleLength: moduleLength)
        }
    }

    private mutating func walk(_ value: PickleValue, at place: Place) throws(CheckpointError) {
        guard reachability.leadsToTensors(value) else { return }
        try checkDepth(place)
        switch value {
        case .dictionary(let index): try walk(dictionary: index, at: place)
        case .list(let index): try walk(heap.lists[index], at: place)
        case .tuple(let index): try walk(heap.tuples[index], at: place)
        case .object(let index): try walk(object: index, at: place)
        default: break
        }
    }

    private func checkDepth(_ place: Place) throws(CheckpointError) {
        guard place.depth <= CheckpointLimits.wrapperDepth else {
            throw .overLimit(
                file: file, what: "the depth of containers with tensors",
                limit: CheckpointLimits.wrapperDepth, found: "larger")
        }
    }

    /// Counts the entries of a container, each time that it is walked.
    private mutating func spend(_ count: Int) throws(CheckpointError) {
        guard count <= entriesLeft else {
            throw .overLimit(
                file: file, what: "the number of entries beside tensors",
                limit: CheckpointLimits.walkedEntries, found: "larger")
        }
        entriesLeft -= count
    }

    private mutating func append(_ entry: Entry) throws(CheckpointError) {
        guard entries.count < CheckpointLimits.tensors, entry.path.utf8.count <= nameBytesLeft else {
            throw .overLimit(
                file: file, what: "the number of names of tensors", limit: CheckpointLimits.tensors,
                found: "larger, or names that are too long")
        }
        nameBytesLeft -= entry.path.utf8.count
        entries.append(entry)
    }

    /// Adds a tensor, or walks on into a container.
    private mutating func add(
        _ value: PickleValue, _ name: String, at place: Place
    ) throws(CheckpointError) {
        let leaf: Leaf
        switch value {
        case .tensor(let index): leaf = .tensor(index)
        case .unreadableTensor(let kind): leaf = .unreadable(kind)
        default: return try walk(value, at: place.entering(name))
        }
        try append(
            Entry(
                path: place.entering(name).path, containerLength: place.moduleLength ?? place.path.utf8.count,
                leaf: leaf))
    }

    private mutating func walk(dictionary index: Int, at place: Place) throws(CheckpointError) {
        let items = heap.dictionaries[index]
        try spend(items.count)
        contents[place.path, default: []] += items.map { (name(of: $0.key), heap.kind(of: $0.value)) }
        for (key, value) in items {
            // Tensors under keys that are no names, and extra state, belong to no network.
            guard let name = plainName(of: key), !name.hasSuffix("_extra_state") else { continue }
            try add(value, name, at: place)
        }
    }

    private mutating func walk(_ items: [PickleValue], at place: Place) throws(CheckpointError) {
        try spend(items.count)
        for (index, item) in items.enumerated() { try add(item, "\(index)", at: place) }
    }

    private mutating func walk(object index: Int, at place: Place) throws(CheckpointError) {
        let object = heap.objects[index]
        if let module = module(index) {
            try spend(module.members.count)
            var place = place
            place.moduleLength = place.moduleLength ?? place.path.utf8.count
            for (name, value) in module.members { try add(value, name, at: place) }
            return
        }
        guard visited.insert(index).inserted else { return }
        if let items = object.items { try walk(dictionary: items, at: place) }
        if let elements = object.elements { try walk(heap.lists[elements], at: place) }
        for (name, value) in heap.attributes(of: object) { try add(value, name, at: place) }
    }

    /// A module may be shared, and is looked at once.
    private mutating func module(_ index: Int) -> PickledModule? {
        if let known = modules[index] { return known }
        let module = PickledModule(heap.objects[index], in: heap)
        modules[index] = .some(module)
        return module
    }

    private func plainName(of key: PickleValue) -> String? {
        switch key {
        case .string(let name): name
        case .int(let number): "\(number)"
        default: nil
        }
    }

    private func name(of key: PickleValue) -> String { plainName(of: key) ?? "(\(heap.kind(of: key)))" }
}

extension PickleHeap {
    /// The attributes of an object: its state, or the first two parts of it where it has slots.
    func attributes(of object: PickleObject) -> [(name: String, value: PickleValue)] {
        switch object.state {
        case .dictionary(let index): named(dictionaries[index])
        case .tuple(let index): tuples[index].prefix(2).flatMap { part in dictionary(part).map(named) ?? [] }
        default: []
        }
    }

    /// The items of a dictionary, or of an instance of a subclass.
    func dictionary(_ value: PickleValue) -> [(key: PickleValue, value: PickleValue)]? {
        switch value {
        case .dictionary(let index): dictionaries[index]
        case .object(let index): objects[index].items.map { dictionaries[$0] }
        default: nil
        }
    }

    private func named(
        _ items: [(key: PickleValue, value: PickleValue)]
    ) -> [(name: String, value: PickleValue)] {
        items.compactMap { key, value in if case .string(let name) = key { (name, value) } else { nil } }
    }
}
