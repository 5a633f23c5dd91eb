/// The tensors of a pickled object by the paths that lead to them: keys, attributes and the names of modules,
/// joined by dots.
///
/// Dictionaries, lists and the attributes of objects are walked as they are. Modules are walked as
/// `state_dict()` does (torch/nn/modules/module.py): parameters, then persistent buffers, then
/// the modules in them. Cycles end, and what shared containers can unfold to is limited.
struct PickleTree {
    /// A tensor, or what a tensor that cannot be read is.
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

    /// Modules that compute otherwise than by default, by their paths.
    private(set) var oddities: [(path: String, what: String)] = []

    private let heap: PickleHeap
    private let reachability: PickleReachability
    private var budget: PickleTreeBudget
    /// The containers that lead to where the walk is.
    private var ancestors: Set<PickleContainer> = []
    /// How often objects other than modules were walked: their attributes may lead anywhere.
    private var objectVisits: [Int: Int] = [:]
    private var modules: [Int: PickledModule?] = [:]

    /// The largest number of tensors, and of other entries, that are noted of a dictionary.
    private static let maximumNotes = 64

    /// An object is walked under so many paths.
    private static let maximumObjectVisits = 4

    /// Walks a document.
    ///
    /// - Throws: ``CheckpointError/overLimit(file:what:limit:found:)``
    init(_ document: PickleDocument, file: String) throws(CheckpointError) {
        heap = document.heap
        reachability = PickleReachability(document.heap)
        budget = PickleTreeBudget(file: file)
        try walk(document.root, at: Place())
    }

    /// Where the walk is.
    private struct Place {
        var path = ""
        var depth = 0
        /// The length of the path of the module that names are being collected for.
        var moduleLength: Int?
    }

    /// The place below another.
    private mutating func entering(_ component: String, from place: Place) throws(CheckpointError) -> Place {
        let length = place.path.utf8.count + component.utf8.count + 1
        try budget.spendPath(length, depth: place.depth + 1)
        return Place(
            path: place.path.isEmpty ? component : "\(place.path).\(component)", depth: place.depth + 1,
            moduleLength: place.moduleLength)
    }

    private mutating func walk(_ value: PickleValue, at place: Place) throws(CheckpointError) {
        guard reachability.leadsToTensors(value), let container = PickleContainer(value),
            ancestors.insert(container).inserted
        else { return }
        defer { ancestors.remove(container) }
        switch container {
        case .dictionary(let index): try walk(dictionary: index, at: place)
        case .list(let index): try walk(heap.lists[index], at: place)
        case .tuple(let index): try walk(heap.tuples[index], at: place)
        case .object(let index): try walk(object: index, at: place)
        }
    }

    /// Adds a tensor, or walks on into a container.
    private mutating func add(
        _ value: PickleValue, _ name: String, at place: Place
    ) throws(CheckpointError) {
        let leaf: Leaf
        switch value {
        case .tensor(let index): leaf = .tensor(index)
        case .unreadableTensor(let kind): leaf = .unreadable(kind)
        default:
            guard reachability.leadsToTensors(value) else { return }
            return try walk(value, at: entering(name, from: place))
        }
        try budget.spendTensor()
        entries.append(
            Entry(
                path: try entering(name, from: place).path,
                containerLength: place.moduleLength ?? place.path.utf8.count, leaf: leaf))
    }

    private mutating func walk(dictionary index: Int, at place: Place) throws(CheckpointError) {
        let items = heap.dictionaries[index]
        try budget.spendEntries(items.count)
        note(items, at: place.path)
        for (key, value) in items {
            // Tensors under keys that are no names, and extra state, belong to no network.
            guard let name = plainName(of: key), !name.hasSuffix("_extra_state") else { continue }
            try add(value, name, at: place)
        }
    }

    /// Keeps what a dictionary holds, for people: of many entries the first.
    private mutating func note(_ items: [(key: PickleValue, value: PickleValue)], at path: String) {
        var notes = contents[path] ?? []
        var (tensors, others) = (0, 0)
        for (key, value) in items where min(tensors, others) < Self.maximumNotes {
            let count: Int
            if case .tensor = value {
                tensors += 1
                count = tensors
            } else {
                others += 1
                count = others
            }
            guard count <= Self.maximumNotes else { continue }
            notes.append((name(of: key), heap.kind(of: value)))
        }
        contents[path] = notes
    }

    private mutating func walk(_ items: [PickleValue], at place: Place) throws(CheckpointError) {
        try budget.spendEntries(items.count)
        for (index, item) in items.enumerated() { try add(item, "\(index)", at: place) }
    }

    private mutating func walk(object index: Int, at place: Place) throws(CheckpointError) {
        let object = heap.objects[index]
        if let module = module(index) {
            try budget.spendEntries(module.members.count)
            var place = place
            place.moduleLength = place.moduleLength ?? place.path.utf8.count
            if let oddity = module.oddity { oddities.append((place.path, oddity)) }
            for (name, value) in module.members { try add(value, name, at: place) }
            return
        }
        objectVisits[index, default: 0] += 1
        guard objectVisits[index, default: 0] <= Self.maximumObjectVisits else { return }
        if let items = object.items { try walk(dictionary: items, at: place) }
        if let elements = object.elements { try walk(heap.lists[elements], at: place) }
        // Some classes keep each item as an attribute too.
        let items = Set(
            (object.items.map { heap.dictionaries[$0] } ?? []).compactMap { plainName(of: $0.key) })
        let attributes = heap.attributes(of: object)
        try budget.spendEntries(attributes.count)
        for (name, value) in attributes where !items.contains(name) { try add(value, name, at: place) }
        // A named tuple has nothing but what its class would be called with.
        if object.isCall, let arguments = object.arguments { try walk(heap.tuples[arguments], at: place) }
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
