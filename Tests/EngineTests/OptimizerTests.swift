@testable import Engine
import Tensors
import TestSupport
import Testing

@Suite("Optimizer")
struct OptimizerTests {
    @Test("convolution, batch norm and ReLU become one convolution")
    func foldsBatchNormalization() throws {
        var network = SmallNetwork(seed: 1)
        let input = network.graph.input(channels: 3)
        network.graph.output(try network.block(input, outputs: 8))
        let optimized = Optimizer.optimize(network.graph)
        #expect(optimized.nodes.count == 2)
        try expectSameOutputs(network.graph, optimized)
    }

    @Test("a 3x3 and a 1x1 convolution with nothing between become one, batch norm between them included")
    func foldsHeads() throws {
        var network = SmallNetwork(seed: 2)
        let input = network.graph.input(channels: 3)
        let hidden = try network.convolution(input, outputs: 8, side: 3)
        network.graph.output(try network.convolution(hidden, outputs: 2, side: 1))
        let optimized = Optimizer.optimize(network.graph)
        #expect(optimized.nodes.count == 2)
        try expectSameOutputs(network.graph, optimized)
    }

    @Test("a head whose 1x1 makes more channels than it saves is left alone")
    func keepsWideHeads() throws {
        var network = SmallNetwork(seed: 3)
        let input = network.graph.input(channels: 8)
        let hidden = try network.convolution(input, outputs: 2, side: 3)
        network.graph.output(try network.convolution(hidden, outputs: 64, side: 1))
        #expect(Optimizer.optimize(network.graph).nodes.count == 3)
    }

    @Test("concatenation, two 1x1 convolutions, sigmoid and product become one attention block")
    func fusesAttention() throws {
        var network = SmallNetwork(seed: 4)
        let input = network.graph.input(channels: 3)
        let shared = try network.block(input, outputs: 6)
        let gate = try network.block(shared, outputs: 4)
        let both = try network.graph.concatenation([shared, gate])
        let hidden = try network.graph.relu(network.convolution(both, outputs: 4, side: 1))
        let mask = try network.graph.sigmoid(network.convolution(hidden, outputs: 4, side: 1))
        network.graph.output(try network.graph.product(mask, gate))
        let optimized = Optimizer.optimize(network.graph)
        #expect(optimized.nodes.count == 4)
        guard case .attention = optimized.nodes[3].operation else {
            Issue.record("no attention block")
            return
        }
        try expectSameOutputs(network.graph, optimized)
    }

    @Test(
        "pooling moves into the convolution before it, unless its positions or the convolution's results are read"
    )
    func fusesPooling() throws {
        let configuration = EngineConfiguration.exact
        guard configuration.family.poolsConvolutions else { return }
        var network = SmallNetwork(seed: 7)
        let input = network.graph.input(channels: 3)
        let shared = try network.block(input, outputs: 20)
        let alone = network.graph.maxPooling(try network.block(shared, outputs: 5)).values
        let located = network.graph.maxPooling(try network.block(shared, outputs: 5))
        network.graph.output(alone)
        network.graph.output(try network.graph.maxUnpooling(located.values, at: located.positions))
        network.graph.output(network.graph.maxPooling(shared).values)
        let optimized = Optimizer.optimize(network.graph, for: configuration)
        let names = optimized.nodes.map(\.operation.name)
        #expect(names.count { $0 == "3x3 convolution, pooled" } == 1)
        #expect(names.count { $0 == "max pooling" } == 2)
        try expectSameOutputs(network.graph, optimized)
    }

    @Test("a result that is read twice is not merged away")
    func keepsSharedResults() throws {
        var network = SmallNetwork(seed: 5)
        let input = network.graph.input(channels: 3)
        let shared = try network.convolution(input, outputs: 4, side: 3)
        network.graph.output(network.graph.relu(shared))
        network.graph.output(network.graph.sigmoid(shared))
        let optimized = Optimizer.optimize(network.graph)
        #expect(optimized.nodes.count == 4)
        try expectSameOutputs(network.graph, optimized)
    }

    private func expectSameOutputs(_ original: Graph, _ optimized: Graph) throws {
        let image = randomTensor([1, original.inputChannels, 8, 12], seed: 9)
        let pool = ThreadPool(threadCount: 1)
        let plain = try CompiledNetwork(unoptimized: original).plan(height: 8, width: 12)
        let fast = try CompiledNetwork(unoptimized: optimized).plan(height: 8, width: 12)
        let expected = try Workspace(plain, threads: 1).run(image, on: pool)
        let found = try Workspace(fast, threads: 1).run(image, on: pool)
        for (expected, found) in zip(expected, found) {
            let difference = zip(expected.elements, found.elements).map { abs($0 - $1) }.max() ?? 0
            #expect(difference < 1e-5)
        }
    }
}
