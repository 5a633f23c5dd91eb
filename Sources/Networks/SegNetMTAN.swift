import Checkpoints
import Engine
import Files

/// The Multi-Task Attention Network on SegNet: "End-to-End Multi-Task Learning with Attention" (Liu, Johns
/// and Davison, CVPR 2019, arXiv 1803.10704), section 3, with the parameter names of lorenmt/mtan,
/// `im2im_pred/model_segnet_mtan.py`, or of LibMTL, `examples/nyu/segnet_mtan.py`.
///
/// A VGG-16 encoder and its mirror are shared by the tasks. At each of the five levels of either, each task
/// has an attention module: a soft mask over the shared features. Levels count from the finest, 0.
public enum SegNetMTAN: Architecture {
    /// `segnet-mtan`
    public static let identifier = "segnet-mtan"

    /// The attention modules of the encoder, in lorenmt/mtan and in LibMTL.
    public static let signatures = ["encoder_att.", "encoder.encoder_att."]

    private static let levels = 5

    /// More tasks are refused: each costs memory that the file's size does not bound.
    private static let maximumTasks = 64

    /// Recognises the network by the modules that no other has.
    public static func recognizes(_ weights: WeightScope) -> Bool {
        let trunk = trunk(of: weights)
        return trunk.has("encoder_block.0.0") && trunk.has("decoder_block_att.0")
            && trunk.has("encoder_att.0.0") && (trunk.path == weights.path || hasHeads(weights["decoders"]))
    }

    /// Whether LibMTL's heads are at a place.
    private static func hasHeads(_ decoders: WeightScope) -> Bool {
        decoders.children.contains { decoders[$0].has("pred_task") }
    }

    /// Builds the network; tasks, classes and widths are those of the weights.
    ///
    /// - Throws: ``NetworkError``
    public static func build(
        from weights: WeightScope, heads declared: [DeclaredHead]? = nil
    ) throws(NetworkError) -> Network {
        let trunk = trunk(of: weights)
        let heads = HeadNaming.heads(in: weights, declared: declared)
        let filters = try filters(of: trunk)
        try check(heads, attentionModules: trunk["encoder_att"].children.count, declared, file: weights.file)
        var network = SegNetMTANBuilder(trunk: trunk, filters: filters, tasks: heads.count)
        do {
            try network.build(heads)
        } catch {
            // What was not reached is not unexpected, so only the problems so far are told.
            guard weights.problems.isEmpty else { throw misfit(weights, unexpected: []) }
            throw .inconsistent(file: weights.file, architecture: identifier, detail: "\(error)")
        }
        weights.ignoreAll { $0.hasSuffix(".num_batches_tracked") }
        let (unexpected, beside) = weights.sortUnread { $0.hasPrefix("pred_task") }
        guard weights.problems.isEmpty, unexpected.isEmpty else {
            throw misfit(weights, unexpected: unexpected)
        }
        return Network(
            architecture: identifier, heads: heads.map(\.head), headOrder: heads.compactMap(\.fileName),
            assumptions: HeadNaming.assumptions(in: weights, declared: declared), filters: filters,
            graph: network.layers.graph, guessedHeads: heads.indices.filter { heads[$0].isGuessed },
            unread: beside)
    }

    /// The widths of the encoder's levels.
    private static func filters(of trunk: WeightScope) throws(NetworkError) -> [Int] {
        var filters: [Int] = []
        for level in 0..<levels {
            let scope = trunk["encoder_block"][level][0]
            if let error = scope.unreadable("weight") { throw .weights(error) }
            guard let width = scope.convolutionWidth else {
                let found = scope.shape(of: "weight").map { "\($0)" } ?? "none"
                throw .inconsistent(
                    file: trunk.file, architecture: identifier,
                    detail: "\(scope.path).weight: expected [outputs, inputs, 3, 3] with 1 to "
                        + "\(LayerBuilder.widths.upperBound) outputs, found \(found)")
            }
            filters.append(width)
        }
        return filters
    }

    private static func misfit(_ weights: WeightScope, unexpected: [String]) -> NetworkError {
        .weightsDoNotFit(
            file: weights.file, architecture: identifier, problems: weights.problems.map { "\($0)" },
            unexpected: unexpected)
    }

    private static func check(
        _ heads: [HeadNaming.NamedHead], attentionModules: Int, _ declared: [DeclaredHead]?, file: String
    ) throws(NetworkError) {
        func inconsistent(_ detail: String) -> NetworkError {
            .inconsistent(file: file, architecture: identifier, detail: detail)
        }
        guard (1...maximumTasks).contains(heads.count), attentionModules == heads.count else {
            throw inconsistent(
                "expected as many heads as attention modules, 1 to \(maximumTasks); found \(heads.count) heads "
                    + "and \(attentionModules) modules in encoder_att")
        }
        if let declared, declared.count != heads.count {
            let found = heads.map { "\($0.head.channels)" }.joined(separator: ", ")
            throw inconsistent(
                "expected \(declared.count.counted("head")), as declared, found \(heads.count), with \(found) channels"
            )
        }
        for head in heads.map(\.head) where !head.hasExpectedChannels {
            throw inconsistent(
                "the \(head.name) head has \(head.channels.counted("channel")); expected 1 for depth, 3 for normals and "
                    + "2 to 256 for segmentation")
        }
    }

    /// LibMTL keeps the whole network below `encoder`, and the heads below `decoders`.
    private static func trunk(of weights: WeightScope) -> WeightScope {
        weights["encoder"].has("encoder_block") ? weights["encoder"] : weights
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
        trunk["decoder_block_att"][filters.count - 1][0].convolutionWidth ?? filters[filters.count - 1]
    }

    /// mask ⊙ features, where mask = h(g(sources)); g: 1x1 convolution, BN, ReLU; h: the same with a sigmoid.
    private mutating func attend(
        _ scope: WeightScope, _ sources: [Value], to features: Value
    ) throws(GraphError) -> Value {
        let channels = layers.graph.shape(of: features).channels
        let width = scope[0].convolutionWidth ?? channels
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
        let width = named.scope[0].convolutionWidth ?? channels
        let hidden = try layers.convolution(named.scope[0], [features], outputs: width, side: 3)
        let scores = try layers.convolution(named.scope[1], [hidden], outputs: named.head.channels, side: 1)
        return switch named.head.kind {
        case .segmentation: layers.graph.logSoftmax(scores)
        case .depth: scores
        case .normals: layers.graph.unitNormalization(scores)
        }
    }
}
