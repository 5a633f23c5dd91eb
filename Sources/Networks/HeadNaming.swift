import Checkpoints

/// Where the output layers of the tasks are.
enum HeadNaming {
    struct NamedHead {
        /// What LibMTL calls the task.
        let declaredName: String?
        let scope: WeightScope
        let head: TaskHead
    }

    /// The heads in the order of their attention modules: `pred_task1`, `pred_task2`, ... in lorenmt/mtan,
    /// `decoders.<task>.pred_task` in LibMTL. LibMTL numbers the attention modules in the order in which the
    /// tasks were declared, which is that of the file where the format keeps an order. safetensors does not:
    /// there the metadata that `mtan convert` writes tell it, or the kinds that a description gives, or else
    /// the order of LibMTL's example is assumed: segmentation, depth, normals.
    static func heads(in weights: WeightScope, kinds: [TaskKind]?) -> [NamedHead] {
        let decoders = weights["decoders"].children
        guard decoders.isEmpty else {
            let names = declaredOrder(of: decoders, in: weights) ?? decoders
            let scopes = names.map { (name: String?.some($0), scope: weights["decoders"][$0]["pred_task"]) }
            guard isOrderAssumed(in: weights) else { return named(scopes, kinds: kinds) }
            let order = kinds ?? TaskKind.allCases
            return named(scopes, kinds: nil).sorted { rank($0, in: order) < rank($1, in: order) }
        }
        let numbers = (1...).prefix { weights.has("pred_task\($0)") }
        return named(numbers.map { (nil, weights["pred_task\($0)"]) }, kinds: kinds)
    }

    /// What has to be assumed about the order.
    static func assumptions(in weights: WeightScope) -> [String] {
        guard isOrderAssumed(in: weights) else { return [] }
        return ["the tasks were declared in the order segmentation, depth, normals: the file does not tell"]
    }

    private static func isOrderAssumed(in weights: WeightScope) -> Bool {
        let decoders = weights["decoders"].children
        return decoders.count > 1 && !weights.keepsOrder && declaredOrder(of: decoders, in: weights) == nil
    }

    private static func declaredOrder(of decoders: [String], in weights: WeightScope) -> [String]? {
        let order = weights.metadata[NetworkCatalog.headOrderKey]?.split(separator: "\n").map(String.init)
        guard let order, order.count == decoders.count, Set(order) == Set(decoders) else { return nil }
        return order
    }

    private static func rank(_ head: NamedHead, in order: [TaskKind]) -> Int {
        order.firstIndex(of: head.head.kind) ?? order.count
    }

    /// Names heads by what they predict; a second one of a kind gets a number.
    private static func named(
        _ scopes: [(name: String?, scope: WeightScope)], kinds: [TaskKind]?
    ) -> [NamedHead] {
        var counts: [TaskKind: Int] = [:]
        return scopes.enumerated().map { index, named in
            let (name, scope) = named
            let channels = scope[1].convolutionWidth ?? 0
            let guess = TaskKind(guessedFrom: name, channels: channels)
            let kind = kinds.flatMap { $0.indices.contains(index) ? $0[index] : nil } ?? guess
            counts[kind, default: 0] += 1
            let count = counts[kind, default: 1]
            let label = count == 1 ? kind.rawValue : "\(kind.rawValue)\(count)"
            return NamedHead(
                declaredName: name, scope: scope, head: TaskHead(name: label, kind: kind, channels: channels))
        }
    }
}
