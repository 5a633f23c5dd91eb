/// Which containers of a pickle lead to tensors. Found from the tensors upwards, so that neither cycles nor
/// sharing nor depth cost more than the number of references.
struct PickleReachability {
    private let heap: PickleHeap
    private let leads: [Bool]

    /// Looks at every reference of a heap twice.
    init(_ heap: PickleHeap) {
        self.heap = heap
        var starts = [Int](repeating: 0, count: heap.nodeCount + 1)
        var leads = [Bool](repeating: false, count: heap.nodeCount)
        var queue: [Int] = []
        heap.forEachReference { parent, child in
            if let child { starts[child + 1] += 1 } else { leads[parent] = true }
        }
        for node in leads.indices {
            starts[node + 1] += starts[node]
            if leads[node] { queue.append(node) }
        }
        // The parents of each node, one after the other.
        var parents = [Int](repeating: 0, count: starts[heap.nodeCount])
        var next = starts
        heap.forEachReference { parent, child in
            guard let child else { return }
            parents[next[child]] = parent
            next[child] += 1
        }
        while let node = queue.popLast() {
            for parent in parents[starts[node]..<starts[node + 1]] where !leads[parent] {
                leads[parent] = true
                queue.append(parent)
            }
        }
        self.leads = leads
    }

    /// Whether a value is a tensor, or a container with tensors at any depth.
    func leadsToTensors(_ value: PickleValue) -> Bool {
        switch value {
        case .tensor, .unreadableTensor: true
        default: heap.node(of: value).map { leads[$0] } ?? false
        }
    }
}

extension PickleHeap {
    /// Containers are numbered: dictionaries, then lists, tuples and objects.
    fileprivate var nodeCount: Int { dictionaries.count + lists.count + tuples.count + objects.count }

    fileprivate func node(of value: PickleValue) -> Int? {
        switch value {
        case .dictionary(let index): index
        case .list(let index): dictionaries.count + index
        case .tuple(let index): dictionaries.count + lists.count + index
        case .object(let index): dictionaries.count + lists.count + tuples.count + index
        default: nil
        }
    }

    /// Calls `body` with each container and each container or tensor in it; the latter as nil.
    fileprivate func forEachReference(_ body: (_ parent: Int, _ child: Int?) -> Void) {
        func visit(_ value: PickleValue, in parent: Int) {
            switch value {
            case .tensor, .unreadableTensor: body(parent, nil)
            default: if let child = node(of: value) { body(parent, child) }
            }
        }
        for (index, items) in dictionaries.enumerated() {
            for item in items { visit(item.value, in: index) }
        }
        for (index, items) in lists.enumerated() {
            for item in items { visit(item, in: dictionaries.count + index) }
        }
        for (index, items) in tuples.enumerated() {
            for item in items { visit(item, in: dictionaries.count + lists.count + index) }
        }
        for (index, object) in objects.enumerated() {
            let parent = dictionaries.count + lists.count + tuples.count + index
            visit(object.state, in: parent)
            if let items = object.items { body(parent, items) }
            if let elements = object.elements { body(parent, dictionaries.count + elements) }
            if object.isCall, let arguments = object.arguments {
                body(parent, dictionaries.count + lists.count + arguments)
            }
        }
    }
}
