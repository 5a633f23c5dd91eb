import Checkpoints

/// A place in a checkpoint that holds a network.
struct NetworkPlace {
    let architecture: any Architecture.Type
    let weights: StateDict
}

/// Finds networks by where their own names begin, whatever stands before them.
struct NetworkFinder {
    /// The largest number of networks in one file, or below one key.
    private static let maximumPlaces = 256

    private let checkpoint: Checkpoint
    private let architectures: [any Architecture.Type]

    init(_ checkpoint: Checkpoint, _ architectures: [any Architecture.Type]) {
        self.checkpoint = checkpoint
        self.architectures = architectures
    }

    /// The places in file order, without those inside another, and each set of tensors once.
    ///
    /// - Parameter key: names that the paths must have, next to one another; nil for all paths.
    func places(_ key: String?) throws(NetworkError) -> [NetworkPlace] {
        let names = checkpoint.names
        let outline = checkpoint.outline()
        var roots: [String] = []
        var claimed: [String: any Architecture.Type] = [:]
        for architecture in architectures {
            for root in candidates(for: architecture, in: names) where claimed[root] == nil {
                guard key.map { root.isNamed(by: $0) } ?? true,
                    architecture.recognizes(root.isEmpty ? outline : outline[root])
                else { continue }
                claimed[root] = architecture
                roots.append(root)
                guard roots.count <= Self.maximumPlaces else {
                    throw .ambiguous(file: checkpoint.file, roots: Array(roots.prefix(8)))
                }
            }
        }
        var places: [NetworkPlace] = []
        for root in roots where !roots.contains(where: { root.isBelow($0) }) {
            guard let architecture = claimed[root] else { continue }
            let weights = try stateDict(at: root)
            if places.contains(where: { $0.weights.sharesAllTensors(with: weights) }) { continue }
            places.append(NetworkPlace(architecture: architecture, weights: weights))
        }
        return places
    }

    private func stateDict(at root: String) throws(NetworkError) -> StateDict {
        do { return try checkpoint.stateDict(at: root) } catch { throw .weights(error) }
    }

    /// What stands before an architecture's signatures, in file order.
    private func candidates(for architecture: any Architecture.Type, in names: [String]) -> [String] {
        let signatures = architecture.signatures.map { Array($0.utf8) }
        var seen: Set<String> = []
        var roots: [String] = []
        for name in names {
            let bytes = Array(name.utf8)
            for start in [0] + bytes.indices.filter({ bytes[$0] == UInt8(ascii: ".") }).map({ $0 + 1 })
            where signatures.contains(where: bytes[start...].starts) {
                let root = String(decoding: bytes[..<max(start - 1, 0)], as: UTF8.self)
                if seen.insert(root).inserted { roots.append(root) }
            }
        }
        return roots
    }
}

/// Chooses one of several places.
struct NetworkChoice {
    /// The keys under which training scripts save the weights that are meant to be used.
    private static let knownKeys: Set<String> = [
        "state_dict", "model_state_dict", "model", "net", "network", "model_state", "weights", "params",
    ]

    private let file: String
    private let places: [NetworkPlace]

    init(_ file: String, _ places: [NetworkPlace]) {
        self.file = file
        self.places = places
    }

    /// The place that a key names, or the one that there is, or the one whose dictionary has a known key.
    ///
    /// - Parameter key: what the places were looked for by.
    /// - Returns: Nil if there is no place.
    func choose(_ key: String?) throws(NetworkError) -> NetworkPlace? {
        if let exact = places.first(where: { $0.weights.root == key }) { return exact }
        guard places.count > 1 else { return places.first }
        guard let preferred else { throw .ambiguous(file: file, roots: places.map(\.weights.root)) }
        return preferred
    }

    /// The only place with a known key where the paths part, if they part among the keys of dictionaries, and
    /// not among the names inside one.
    private var preferred: NetworkPlace? {
        let paths = places.map(\.weights.root.components)
        let shared = paths[0].indices.prefix { index in
            paths.allSatisfy { $0.dropFirst(index).first == paths[0][index] }
        }
        let parting = shared.count
        let areKeys = places.allSatisfy { ($0.weights.wrapper ?? "").components.count > parting }
        let known = zip(places, paths).filter {
            $1.indices.contains(parting) && Self.knownKeys.contains($1[parting])
        }
        return areKeys && known.count == 1 ? known[0].0 : nil
    }
}

extension String {
    /// The parts of a path.
    fileprivate var components: [String] { split(separator: ".").map(String.init) }

    /// Whether all names of a key stand in a path next to one another.
    fileprivate func isNamed(by key: String) -> Bool { self == key || components.hasRun(key.components) }

    /// Whether a path leads on from another.
    fileprivate func isBelow(_ other: String) -> Bool {
        self != other && (other.isEmpty || hasPrefix(other + "."))
    }
}

extension [String] {
    /// Whether some of these, next to one another, are all of `run`.
    fileprivate func hasRun(_ run: [String]) -> Bool {
        guard !run.isEmpty, run.count <= count else { return false }
        return (0...count - run.count).contains { self[$0..<$0 + run.count].elementsEqual(run) }
    }
}
