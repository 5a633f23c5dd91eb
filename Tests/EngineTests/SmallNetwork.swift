import Tensors
import TestSupport

@testable import Engine

/// A graph with random weights, for tests.
struct SmallNetwork {
    var graph = Graph()
    private var generator: SplitMix64

    init(seed: UInt64) { generator = SplitMix64(seed: seed) }

    private mutating func floats(_ count: Int, in range: ClosedRange<Float> = -0.5...0.5) -> [Float] {
        (0..<count).map { _ in Float.random(in: range, using: &generator) }
    }

    mutating func convolution(_ input: Value, outputs: Int, side: Int) throws -> Value {
        let shape: Shape = [outputs, graph.shape(of: input).channels, side, side]
        let weights = Tensor(shape: shape, elements: floats(shape.count))
        return try graph.convolution(
            input, by: Convolution(weights: weights, bias: floats(outputs)), label: "convolution")
    }

    /// Convolution, batch norm, ReLU.
    mutating func block(_ input: Value, outputs: Int) throws -> Value {
        let convolved = try convolution(input, outputs: outputs, side: 3)
        let normalization = BatchNormalization(
            gamma: floats(outputs, in: 0.5...1.5), beta: floats(outputs), mean: floats(outputs),
            variance: floats(outputs, in: 0.5...1.5))
        return graph.relu(
            try graph.batchNormalization(convolved, by: normalization, label: "batch norm"))
    }

    /// A miniature of the real thing: pooling, unpooling, attention, enlargement, and two heads.
    mutating func addMiniature() throws {
        let input = graph.input(channels: 3)
        let shared = try block(input, outputs: 8)
        let pooled = graph.maxPooling(try block(shared, outputs: 8))
        let up = try graph.maxUnpooling(pooled.values, at: pooled.positions)
        let task = try graph.bilinearUpsampling(try block(pooled.values, outputs: 4), mapping: .alignCorners)
        let both = try graph.concatenation([up, task])
        let hidden = graph.relu(try convolution(both, outputs: 8, side: 1))
        let mask = graph.sigmoid(try convolution(hidden, outputs: 8, side: 1))
        let attended = try graph.product(mask, shared)
        graph.output(graph.logSoftmax(try convolution(attended, outputs: 5, side: 3)))
        graph.output(graph.unitNormalization(try convolution(attended, outputs: 3, side: 3)))
    }
}

extension Graph {
    var inputChannels: Int { shape(of: nodes[0].outputs[0]).channels }
}

func randomTensor(_ shape: Shape, seed: UInt64) -> Tensor {
    var generator = SplitMix64(seed: seed)
    return Tensor(
        shape: shape,
        elements: (0..<shape.count).map { _ in Float.random(in: 0...1, using: &generator) })
}
