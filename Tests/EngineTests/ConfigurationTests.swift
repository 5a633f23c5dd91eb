import Tensors
import TestSupport
import Testing

@testable import Engine

@Suite("Kernel configurations")
struct ConfigurationTests {
    /// Everything in one: wide layers whose tiles are few, narrow ones at the full size, pooling, attention, heads.
    private func network(_ configuration: EngineConfiguration) throws -> CompiledNetwork {
        var network = SmallNetwork(seed: 11)
        let input = network.graph.input(channels: 3)
        let shared = try network.block(input, outputs: 24)
        let pooled = network.graph.maxPooling(shared)
        let wide = try network.block(try network.block(pooled.values, outputs: 272), outputs: 272)
        let narrow = network.graph.maxPooling(try network.block(wide, outputs: 24)).values
        let back = try network.graph.bilinearUpsampling(narrow, mapping: .alignCorners)
        let up = try network.graph.maxUnpooling(back, at: pooled.positions)
        let hidden = network.graph.relu(try network.convolution(up, outputs: 24, side: 1))
        let mask = network.graph.sigmoid(try network.convolution(hidden, outputs: 24, side: 1))
        let attended = try network.graph.product(mask, shared)
        network.graph.output(
            network.graph.logSoftmax(try network.convolution(attended, outputs: 13, side: 3)))
        network.graph.output(
            network.graph.unitNormalization(try network.convolution(attended, outputs: 3, side: 3)))
        return try CompiledNetwork(network.graph, configuration: configuration)
    }

    private func run(_ configuration: EngineConfiguration, threads: Int) throws -> [Tensor] {
        let plan = try network(configuration).plan(height: 36, width: 84)
        return try Workspace(plan, threads: threads).run(
            randomTensor([1, 3, 36, 84], seed: 12), on: ThreadPool(threadCount: threads))
    }

    @Test(
        "results are the same bits for every number of threads, with every kind of kernels",
        arguments: EngineConfiguration.available + EngineConfiguration.emulated, [2, 5])
    func threadCounts(configuration: EngineConfiguration, threads: Int) throws {
        #expect(try run(configuration, threads: 1) == run(configuration, threads: threads))
    }

    @Test("vector kernels give the same bits whatever the width of the registers")
    func registerWidths() throws {
        let vector = EngineConfiguration.available.filter {
            $0.precision == .fp32 && $0.instructionSet != "portable"
        }
        guard let first = vector.first else { return }
        let expected = try run(first, threads: 2)
        for other in vector.dropFirst() { #expect(try run(other, threads: 2) == expected, "\(other)") }
    }

    @Test("vector kernels agree with OpenBLAS to rounding")
    func agreement() throws {
        let portable = try run(.fastest(instructionSet: "portable"), threads: 2)
        for (left, right) in zip(try run(.exact, threads: 2), portable) {
            let squares = zip(left.elements, right.elements).map { Double($0 - $1) * Double($0 - $1) }
            #expect((squares.reduce(0, +) / Double(squares.count)).squareRoot() < 1e-4)
        }
    }

    @Test("several images at once on workspaces of their own give what each gives alone")
    func concurrency() async throws {
        let plan = try network(.exact).plan(height: 36, width: 84)
        let images = (0..<6).map { randomTensor([1, 3, 36, 84], seed: UInt64($0)) }
        let alone = try images.map { try Workspace(plan, threads: 1).run($0, on: ThreadPool(threadCount: 1)) }
        let together = try await withThrowingTaskGroup(of: (Int, [Tensor]).self) { group in
            for (index, image) in images.enumerated() {
                group.addTask {
                    (index, try Workspace(plan, threads: 1).run(image, on: ThreadPool(threadCount: 1)))
                }
            }
            return try await group.reduce(into: [Int: [Tensor]]()) { $0[$1.0] = $1.1 }
        }
        for index in images.indices { #expect(together[index] == alone[index]) }
    }

    @Test("memory grows in proportion to the pixels")
    func memory() throws {
        let network = try network(.exact)
        let small = try network.plan(height: 128, width: 128).arenaBytes
        let large = try network.plan(height: 512, width: 512).arenaBytes
        #expect(Double(large) / Double(small) > 12 && Double(large) / Double(small) < 17)
    }

    @Test("an instruction set or precision that this processor lacks is refused with those that it has")
    func unavailable() throws {
        let error = #expect(throws: ConfigurationError.self) {
            try EngineConfiguration.fastest(instructionSet: "sse9", precision: .bf16)
        }
        #expect("\(try #require(error))".contains("no kernels for bf16 on sse9; it can run"))
        #expect("\(try #require(error))".contains("fp32 on portable"))
    }
}
