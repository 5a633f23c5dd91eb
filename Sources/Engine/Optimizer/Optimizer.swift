/// Rewrites a graph into an equivalent one that is cheaper to run.
///
/// The result is mathematically the same function; sums are reordered, so floats differ in the last bits.
public enum Optimizer {
    /// The passes that pay on every machine, in the order in which they enable one another.
    static let passes: [any OptimizerPass] = [
        BatchNormalizationFolding(), HeadFolding(), ActivationFusion(), ConcatenationElimination(),
        AttentionFusion(),
    ]

    /// Applies all passes, and those that `configuration` has kernels for.
    public static func optimize(_ graph: Graph, for configuration: EngineConfiguration = .exact) -> Graph {
        let fusions: [any OptimizerPass] = configuration.family.poolsConvolutions ? [PoolingFusion()] : []
        return (passes + fusions).reduce(graph) { graph, pass in
            var rewritten = graph
            rewritten.rewrite(pass.replacement)
            return rewritten
        }
    }
}

/// One kind of rewriting.
protocol OptimizerPass: Sendable {
    /// What should stand in place of `node`, or nil to keep it. The replacement produces the same outputs.
    func replacement(for node: Node, in neighbourhood: Neighbourhood) -> Node?
}

/// What a pass may ask about the graph around a node.
struct Neighbourhood {
    fileprivate let producers: [Value: Node]
    fileprivate let useCounts: [Value: Int]

    /// The node that computes `value`.
    func producer(of value: Value) -> Node? { producers[value] }

    /// Whether any node or output of the network reads `value`.
    func isRead(_ value: Value) -> Bool { useCounts[value, default: 0] > 0 }

    /// The node that computes `value`, if nothing else reads it, so that it may be merged into its reader.
    func soleProducer(of value: Value) -> Node? {
        useCounts[value] == 1 ? producers[value] : nil
    }
}

extension Graph {
    /// Offers every node to `replacement`, front to back, then drops what nothing reads any more.
    mutating func rewrite(_ replacement: (Node, Neighbourhood) -> Node?) {
        var producers: [Value: Node] = [:]
        var useCounts: [Value: Int] = [:]
        for value in nodes.flatMap(\.inputs) + outputs { useCounts[value, default: 0] += 1 }
        for index in nodes.indices {
            let neighbourhood = Neighbourhood(producers: producers, useCounts: useCounts)
            if let better = replacement(nodes[index], neighbourhood) {
                precondition(better.outputs == nodes[index].outputs)
                nodes[index] = better
            }
            for value in nodes[index].outputs { producers[value] = nodes[index] }
        }
        removeDeadNodes()
    }

    /// Drops the nodes from which no output of the network can be reached.
    mutating func removeDeadNodes() {
        var live = Set(outputs)
        var kept: [Node] = []
        for node in nodes.reversed() where node.outputs.contains(where: live.contains) {
            live.formUnion(node.inputs)
            kept.append(node)
        }
        nodes = kept.reversed()
    }
}
