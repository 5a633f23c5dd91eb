import Checkpoints
import Engine
import Tensors

/// Adds layers with their weights to a graph.
///
/// A tensor that is missing or has the wrong shape is replaced by zeros, so that building goes on and all
/// problems come to light at once; the scope keeps the record of them. Modules that are applied several times
/// are read once.
struct LayerBuilder {
    /// The widths that layers may have. Wider ones would take memory out of proportion to their file.
    static let widths = 1...8192

    /// The longest chain of blocks.
    private static let longestChain = 16

    /// What has been built so far.
    var graph = Graph()

    private var convolutions: [String: Convolution] = [:]
    private var normalizations: [String: BatchNormalization] = [:]

    /// Convolution, batch normalisation and ReLU, as in PyTorch's `Sequential(Conv2d, BatchNorm2d, ReLU)`.
    mutating func block(_ scope: WeightScope, _ input: Value, outputs: Int) throws(GraphError) -> Value {
        let convolved = try convolution(scope[0], [input], outputs: outputs, side: 3)
        return graph.relu(try batchNormalization(scope[1], convolved))
    }

    /// A chain of blocks: one at `scope` itself, or several at `scope[0]`, `scope[1]`, ...
    mutating func blocks(_ scope: WeightScope, _ input: Value, outputs: Int) throws(GraphError) -> Value {
        guard scope[0].shape(of: "weight") == nil, scope[0].has("0") else {
            return try block(scope, input, outputs: outputs)
        }
        var value = input
        for index in (0..<Self.longestChain).prefix(while: { scope.has("\($0)") }) {
            value = try block(scope[index], value, outputs: outputs)
        }
        return value
    }

    /// A convolution of the concatenated inputs, with bias and zero padding.
    mutating func convolution(
        _ scope: WeightScope, _ inputs: [Value], outputs: Int, side: Int
    ) throws(GraphError) -> Value {
        let channels = inputs.map { graph.shape(of: $0).channels }.reduce(0, +)
        let convolution =
            convolutions[scope.path]
            ?? Convolution(
                weights: tensor(scope, "weight", [outputs, channels, side, side]),
                bias: tensor(scope, "bias", [outputs]).floats())
        convolutions[scope.path] = convolution
        let joined = inputs.count == 1 ? inputs[0] : try graph.concatenation(inputs)
        return try graph.convolution(joined, by: convolution, label: scope.path)
    }

    /// Batch normalisation with the running statistics.
    mutating func batchNormalization(_ scope: WeightScope, _ input: Value) throws(GraphError) -> Value {
        let shape = [graph.shape(of: input).channels]
        let normalization =
            normalizations[scope.path]
            ?? BatchNormalization(
                gamma: tensor(scope, "weight", shape).floats(),
                beta: tensor(scope, "bias", shape).floats(),
                mean: tensor(scope, "running_mean", shape).floats(),
                variance: tensor(scope, "running_var", shape).floats())
        normalizations[scope.path] = normalization
        return try graph.batchNormalization(input, by: normalization, label: scope.path)
    }

    init() {}

    private func tensor(_ scope: WeightScope, _ name: String, _ shape: [Int]) -> any TensorSource {
        if let found = try? scope.tensor(name, shape) { return found }
        return MissingTensor(dimensions: shape)
    }
}

/// Stands in for a tensor that a checkpoint lacks. It is never run: building ends with an error.
private struct MissingTensor: TensorSource {
    let shape: Shape

    init(dimensions: [Int]) { shape = (try? Shape(dimensions)) ?? [0] }

    func copyElements(into destination: UnsafeMutableBufferPointer<Float>) {
        destination.initialize(repeating: 0)
    }
}

extension WeightScope {
    /// The number of outputs of the convolution at this place; nil if there is none of a bearable width.
    var convolutionWidth: Int? {
        guard let shape = shape(of: "weight"), shape.rank == 4, LayerBuilder.widths.contains(shape[0]) else {
            return nil
        }
        return shape[0]
    }
}
