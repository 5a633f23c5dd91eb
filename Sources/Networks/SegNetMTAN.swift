import Checkpoints
import Engine

/// The Multi-Task Attention Network on SegNet: "End-to-End Multi-Task Learning with Attention" (Liu, Johns
/// and Davison, CVPR 2019, arXiv 1803.10704), section 3, with the parameter names of lorenmt/mtan,
/// `im2im_pred/model_segnet_mtan.py`, or of LibMTL, `examples/nyu/segnet_mtan.py`.
///
/// A VGG-16 encoder and its mirror are shared by the tasks. At each of the five levels of either, each task
/// has an attention module: a soft mask over the shared features. Levels count from the finest, 0.
public enum SegNetMTAN: Architecture {
    /// `segnet-mtan`
    public static let identifier = "segnet-mtan"

    private static let levels = 5

    /// Tells by the modules that this network alone has.
    public static func recognizes(_ weights: WeightScope) -> Bool {
        let trunk = trunk(of: weights)
        return trunk.has("encoder_block.0.0") && trunk.has("decoder_block_att.0")
            && trunk.has("encoder_att.0.0")
    }

    /// Builds the network; tasks, classes and widths are those of the weights.
    ///
    /// - Throws: ``NetworkError``
    public static func build(from weights: WeightScope) throws(NetworkError) -> Network {
        let trunk = trunk(of: weights)
        let heads = HeadNaming.heads(in: weights)
        let filters = (0..<levels).map {
            trunk["encoder_block"][$0][0].shape(of: "weight")?.dimensions.first ?? 0
        }
        let file = weights.file
        guard !heads.isEmpty, trunk["encoder_att"].children.count == heads.count else {
            throw .inconsistent(
                file: file, architecture: identifier,
                detail: "\(trunk["encoder_att"].children.count) attention modules in encoder_att, but "
                    + "\(heads.count) heads (\(heads.map(\.scope.path).joined(separator: ", ")))")
        }
        for head in heads.map(\.head) where !head.hasExpectedChannels {
            throw .inconsistent(
                file: file, architecture: identifier,
                detail: "the \(head.name) head has \(head.channels) channels; expected 1 for depth, 3 for "
                    + "normals and 1 to 256 for segmentation")
        }
        var network = SegNetMTANBuilder(trunk: trunk, filters: filters, tasks: heads.count)
        do {
            try network.build(heads)
        } catch {
            try checkAccounting(weights)
            throw .inconsistent(file: file, architecture: identifier, detail: "\(error)")
        }
        try checkAccounting(weights)
        return Network(
            architecture: identifier, heads: heads.map(\.head), headOrder: heads.compactMap(\.declaredName),
            filters: filters, graph: network.layers.graph)
    }

    /// LibMTL keeps the whole network below `encoder`, and the heads below `decoders`.
    private static func trunk(of weights: WeightScope) -> WeightScope {
        weights["encoder"].has("encoder_block") ? weights["encoder"] : weights
    }

    /// Every tensor must have been used, apart from those that play no part in inference.
    private static func checkAccounting(_ weights: WeightScope) throws(NetworkError) {
        weights.ignoreAll { $0.hasSuffix("num_batches_tracked") || $0.hasSuffix("logsigma") }
        guard weights.problems.isEmpty, weights.unreadNames.isEmpty else {
            throw .weightsDoNotFit(
                file: weights.file, architecture: identifier, problems: weights.problems.map { "\($0)" },
                unexpected: weights.unreadNames)
        }
    }
}

/// Where the output layers of the tasks are.
private enum HeadNaming {
    struct NamedHead {
        /// What LibMTL calls the task.
        let declaredName: String?
        let scope: WeightScope
        let head: TaskHead
    }

    /// The heads in the order of their attention modules: `pred_task1`, `pred_task2`, ... in lorenmt/mtan,
    /// `decoders.<task>.pred_task` in LibMTL. LibMTL numbers the attention modules in the order in which the
    /// tasks were declared, which is that of the file where the format keeps an order; safetensors does not,
    /// and there the metadata that `mtan convert` writes tell it, or else the order of LibMTL's example is
    /// assumed: segmentation, depth, normals.
    static func heads(in weights: WeightScope) -> [NamedHead] {
        let decoders = weights["decoders"].children
        if !decoders.isEmpty {
            let order = weights.metadata[NetworkCatalog.headOrderKey]?.split(separator: ",").map(String.init)
            let isDeclared = order.map { Set($0) == Set(decoders) && $0.count == decoders.count } ?? false
            let names = isDeclared ? order ?? decoders : decoders
            let heads = named(names.map { ($0, weights["decoders"][$0]["pred_task"]) })
            return isDeclared || weights.keepsOrder ? heads : heads.sorted { rank($0) < rank($1) }
        }
        let numbers = (1...).prefix { weights.has("pred_task\($0)") }
        return named(numbers.map { (nil, weights["pred_task\($0)"]) })
    }

    private static func rank(_ head: NamedHead) -> Int {
        TaskKind.allCases.firstIndex(of: head.head.kind) ?? 0
    }

    /// Names heads by what they predict; a second one of a kind gets a number.
    private static func named(_ scopes: [(name: String?, scope: WeightScope)]) -> [NamedHead] {
        var counts: [TaskKind: Int] = [:]
        return scopes.map { name, scope in
            let channels = scope[1].shape(of: "weight")?.dimensions.first ?? 0
            let kind = TaskKind(guessedFrom: name, channels: channels)
            counts[kind, default: 0] += 1
            let count = counts[kind, default: 1]
            let label = count == 1 ? kind.rawValue : "\(kind.rawValue)\(count)"
            return NamedHead(
                declaredName: name, scope: scope, head: TaskHead(name: label, kind: kind, channels: channels))
        }
    }
}

/// Writes the network down, level by level, all tasks at each level, so that the features of a level can be
/// forgotten when the next begins.
private struct SegNetMTANBuilder {
    let trunk: WeightScope
    let filters: [Int]
    let tasks: Int
    var layers = LayerBuilder()

    init(trunk: WeightScope, filters: [Int], tasks: Int) {
        self.trunk = trunk
        self.filters = filters
        self.tasks = tasks
    }

    mutating func build(_ heads: [HeadNaming.NamedHead]) throws(GraphError) {
        let image = layers.graph.input(channels: 3)
        let encoded = try encode(image)
        let attended = try decode(encoded)
        for (features, head) in zip(attended, heads) {
            layers.graph.output(try predict(head, from: features))
        }
    }

    private struct Encoded {
        /// The shared features of the coarsest level, pooled.
        var shared: Value
        /// Per level, where the pooled maxima were.
        var positions: [Value] = []
        /// Per task, the attended features of the coarsest level, pooled.
        var attended: [Value?]
    }

    /// a_i(j) = h(g([u(j); f(â_i(j-1))])), â_i(j) = a_i(j) ⊙ p(j)
    private mutating func encode(_ image: Value) throws(GraphError) -> Encoded {
        var state = Encoded(shared: image, attended: Array(repeating: nil, count: tasks))
        for level in filters.indices {
            let u = try layers.block(trunk["encoder_block"][level], state.shared, outputs: filters[level])
            let p = try layers.blocks(trunk["conv_block_enc"][level], u, outputs: filters[level])
            let pooled = layers.graph.maxPooling(p)
            let next = filters[min(level + 1, filters.count - 1)]
            for task in 0..<tasks {
                let sources = [u] + [state.attended[task]].compactMap(\.self)
                let selected = try attend(trunk["encoder_att"][task][level], sources, to: p)
                let f = try layers.block(trunk["encoder_block_att"][level], selected, outputs: next)
                state.attended[task] = layers.graph.maxPooling(f).values
            }
            state.shared = pooled.values
            state.positions.append(pooled.positions)
        }
        return state
    }

    /// The mirror of the encoder: u is unpooled, f enlarges, and the mask reads both.
    private mutating func decode(_ encoded: Encoded) throws(GraphError) -> [Value] {
        var shared = encoded.shared
        var attended = encoded.attended.compactMap(\.self)
        for level in filters.indices.reversed() {
            let outputs = filters[max(level - 1, 0)]
            let u = try layers.graph.maxUnpooling(shared, at: encoded.positions[level])
            let first = try layers.block(trunk["decoder_block"][level], u, outputs: outputs)
            shared = try layers.blocks(trunk["conv_block_dec"][level], first, outputs: outputs)
            for task in 0..<tasks {
                let scope = trunk["decoder_block_att"][level]
                let enlarged = try layers.graph.bilinearUpsampling(attended[task], mapping: .alignCorners)
                let width = level == filters.count - 1 ? coarsestWidth : outputs
                let f = try layers.block(scope, enlarged, outputs: width)
                attended[task] = try attend(trunk["decoder_att"][task][level], [u, f], to: shared)
            }
        }
        return attended
    }

    /// The coarsest decoder level of the reference code keeps its width, where the others narrow; the weights
    /// tell, since the two are the same in the published widths.
    private var coarsestWidth: Int {
        trunk["decoder_block_att"][filters.count - 1][0].shape(of: "weight")?.dimensions.first
            ?? filters[filters.count - 1]
    }

    /// mask ⊙ features, where mask = h(g(sources)); g: 1x1 convolution, BN, ReLU; h: the same with a sigmoid.
    private mutating func attend(
        _ scope: WeightScope, _ sources: [Value], to features: Value
    ) throws(GraphError) -> Value {
        let channels = layers.graph.shape(of: features).channels
        let width = scope[0].shape(of: "weight")?.dimensions.first ?? channels
        let g = try layers.convolution(scope[0], sources, outputs: width, side: 1)
        let hidden = layers.graph.relu(try layers.batchNormalization(scope[1], g))
        let h = try layers.convolution(scope[3], [hidden], outputs: channels, side: 1)
        let mask = layers.graph.sigmoid(try layers.batchNormalization(scope[4], h))
        return try layers.graph.product(mask, features)
    }

    /// 3x3 and 1x1 convolution with nothing between; then what the kind asks for.
    private mutating func predict(
        _ named: HeadNaming.NamedHead, from features: Value
    ) throws(GraphError) -> Value {
        let channels = layers.graph.shape(of: features).channels
        let width = named.scope[0].shape(of: "weight")?.dimensions.first ?? channels
        let hidden = try layers.convolution(named.scope[0], [features], outputs: width, side: 3)
        let scores = try layers.convolution(named.scope[1], [hidden], outputs: named.head.channels, side: 1)
        return switch named.head.kind {
        case .segmentation: layers.graph.logSoftmax(scores)
        case .depth: scores
        case .normals: layers.graph.unitNormalization(scores)
        }
    }
}
