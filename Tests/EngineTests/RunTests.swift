import Engine
import Tensors
import TestSupport
import Testing

@Suite("Running a plan")
struct RunTests {
    private func miniature() throws -> CompiledNetwork {
        var network = SmallNetwork(seed: 1)
        try network.addMiniature()
        return try CompiledNetwork(network.graph)
    }

    @Test("results are the same bits for every number of threads", arguments: [2, 3, 5])
    func threadCounts(threads: Int) throws {
        let workspace = try Workspace(miniature().plan(height: 64, width: 96), threads: threads)
        let image = randomTensor([1, 3, 64, 96], seed: 2)
        let alone = try workspace.run(image, on: ThreadPool(threadCount: 1))
        let together = try workspace.run(image, on: ThreadPool(threadCount: threads))
        #expect(alone == together)
    }

    @Test("a workspace that was used before gives the same bits as a new one")
    func reuse() throws {
        let plan = try miniature().plan(height: 32, width: 64)
        let pool = ThreadPool(threadCount: 2)
        let used = try Workspace(plan, threads: 2)
        let image = randomTensor([1, 3, 32, 64], seed: 3)
        _ = try used.run(randomTensor([1, 3, 32, 64], seed: 4), on: pool)
        #expect(try used.run(image, on: pool) == Workspace(plan, threads: 2).run(image, on: pool))
    }

    @Test("sides that the network cannot halve often enough are refused, and so are absurd ones")
    func sizes() throws {
        let network = try miniature()
        #expect(throws: PlanError.unsupportedSize(height: 33, width: 64, multiple: 2)) {
            try network.plan(height: 33, width: 64)
        }
        for side in [0, -2, Int.max - 1] {
            #expect(throws: PlanError.self) { try network.plan(height: side, width: 64) }
        }
    }

    @Test("an image of another size than the plan's is refused")
    func wrongInput() throws {
        let workspace = try Workspace(miniature().plan(height: 32, width: 32), threads: 1)
        #expect(throws: PlanError.wrongInput(expected: [1, 3, 32, 32], found: [1, 3, 32, 34])) {
            try workspace.run(Tensor(zeros: [1, 3, 32, 34]), on: ThreadPool(threadCount: 1))
        }
    }

    @Test("memory of maps that are no longer needed is used again")
    func arena() throws {
        var network = SmallNetwork(seed: 5)
        var value = network.graph.input(channels: 16)
        for _ in 0..<10 { value = try network.block(value, outputs: 16) }
        network.graph.output(value)
        let plan = try CompiledNetwork(network.graph).plan(height: 64, width: 64)
        let oneMap = 16 * 66 * 65 * 4
        #expect(plan.arenaBytes < 3 * oneMap)
    }
}

@Suite("Graph")
struct GraphTests {
    @Test("operations on maps that do not fit are refused with the label, the expectation and the finding")
    func mismatches() throws {
        var graph = Graph()
        let input = graph.input(channels: 3)
        let convolution = Convolution(weights: Tensor(zeros: [4, 5, 3, 3]), bias: [0, 0, 0, 0])
        let error = #expect(throws: GraphError.self) {
            try graph.convolution(input, by: convolution, label: "encoder_block.0.0")
        }
        #expect("\(try #require(error))".contains("encoder_block.0.0: expected 5 channels"))
        #expect(throws: GraphError.self) { try graph.bilinearUpsampling(input, mapping: .alignCorners) }
    }

    @Test("multiply-accumulates are counted at the resolution of each map")
    func cost() throws {
        var network = SmallNetwork(seed: 1)
        let input = network.graph.input(channels: 3)
        let pooled = network.graph.maxPooling(try network.convolution(input, outputs: 8, side: 3))
        network.graph.output(try network.convolution(pooled.values, outputs: 4, side: 1))
        #expect(
            network.graph.multiplyAccumulates(height: 32, width: 64)
                == 3 * 8 * 9 * 32 * 64 + 8 * 4 * 16 * 32)
    }
}
