import Checkpoints

/// Where the output layers of the tasks are.
enum HeadNaming {
    struct NamedHead {
        /// What LibMTL calls the task; nil where names alone tell the order of the heads.
        let fileName: String?
        let scope: WeightScope
        let head: TaskHead
        /// Whether nothing but the number of channels tells the kind.
        let isGuessed: Bool
    }

    /// The heads in the order of their attention modules: `pred_task1`, `pred_task2`, ... in lorenmt/mtan,
    /// `decoders.<task>.pred_task` in LibMTL. LibMTL numbers the attention modules in the order in which the
    /// tasks were declared, which is that of the file where the format keeps an order. safetensors does not:
    /// there the metadata that `mtan convert` writes tell it, or the heads that are declared, or else
    /// the order of LibMTL's example is assumed: segmentation, depth, normals. Where the order is known, declared
    /// heads with LibMTL's names are matched by name.
    static func heads(in weights: WeightScope, declared: [DeclaredHead]?) -> [NamedHead] {
        let decoders = weights["decoders"].children
        guard decoders.isEmpty else {
            let names = order(of: decoders, in: weights, declared: declared) ?? decoders
            let scopes = names.map { (name: String?.some($0), scope: weights["decoders"][$0]["pred_task"]) }
            guard isOrderAssumed(in: weights, declared: declared) else {
                return named(scopes, declared: declared.map { sorted($0, like: names) })
            }
            let kinds = declared?.map(\.kind) ?? TaskKind.allCases
            let ranked = named(scopes, declared: nil).sorted { rank($0, in: kinds) < rank($1, in: kinds) }
            return named(ranked.map { ($0.fileName, $0.scope) }, declared: declared)
        }
        let numbers = (1...).prefix { weights.has("pred_task\($0)") }
        return named(numbers.map { (nil, weights["pred_task\($0)"]) }, declared: declared)
    }

    /// What has to be assumed about the order.
    static func assumptions(in weights: WeightScope, declared: [DeclaredHead]?) -> [String] {
        guard isOrderAssumed(in: weights, declared: declared) else {
            let decoders = weights["decoders"].children
            let mayBeSorted = decoders.count > 1 && decoders == decoders.sorted() && weights.metadata.isEmpty
            guard mayBeSorted, declared == nil else { return [] }
            return ["the tasks were declared in the order of the file, which is that of the alphabet"]
        }
        let names = weights["decoders"].children.joined(separator: ", ")
        guard let declared else {
            return [
                "the tasks were declared in the order segmentation, depth, normals: the file does not tell; "
                    + "give them in their order with --heads, by their names \(names)"
            ]
        }
        guard Set(declared.map(\.kind)).count < declared.count else { return [] }
        return [
            "heads of one kind are in the order of the alphabet: the file does not tell; name them \(names)"
        ]
    }

    /// Declared heads in the order of names, if they are those names.
    private static func sorted(_ declared: [DeclaredHead], like names: [String]) -> [DeclaredHead] {
        guard Set(declared.map(\.name)) == Set(names), declared.count == names.count else { return declared }
        return names.compactMap { name in declared.first { $0.name == name } }
    }

    private static func isOrderAssumed(in weights: WeightScope, declared: [DeclaredHead]?) -> Bool {
        let decoders = weights["decoders"].children
        return decoders.count > 1 && !weights.keepsOrder
            && order(of: decoders, in: weights, declared: declared) == nil
    }

    /// The order that the metadata or declared heads of the same names tell.
    private static func order(
        of decoders: [String], in weights: WeightScope, declared: [DeclaredHead]?
    ) -> [String]? {
        let metadata = weights.metadata[NetworkCatalog.headOrderKey]?.split(separator: "\n").map(String.init)
        return [weights.keepsOrder ? decoders : nil, metadata, declared?.map(\.name)].compactMap(\.self)
            .first { $0.count == decoders.count && Set($0) == Set(decoders) }
    }

    private static func rank(_ head: NamedHead, in order: [TaskKind]) -> Int {
        order.firstIndex(of: head.head.kind) ?? order.count
    }

    /// Names heads by what they predict; a second one of a kind gets a number.
    private static func named(
        _ scopes: [(name: String?, scope: WeightScope)], declared: [DeclaredHead]?
    ) -> [NamedHead] {
        var counts: [TaskKind: Int] = [:]
        return scopes.enumerated().map { index, named in
            let (name, scope) = named
            let channels = scope[1].convolutionWidth ?? 0
            let known = declared.flatMap { $0.indices.contains(index) ? $0[index] : nil }
            let byName = name.flatMap(TaskKind.init(named:))
            let kind = known?.kind ?? byName ?? TaskKind(guessedFrom: channels)
            counts[kind, default: 0] += 1
            let count = counts[kind, default: 1]
            let label = count == 1 ? kind.rawValue : "\(kind.rawValue)\(count)"
            return NamedHead(
                fileName: name, scope: scope,
                head: TaskHead(name: known?.name ?? label, kind: kind, channels: channels),
                isGuessed: known == nil && byName == nil)
        }
    }
}
