import Tensors

extension EngineConfiguration {
    /// The most 10^9 operations per second that this configuration's matrix products reach on this machine: 1x1
    /// convolutions whose maps and weights stay in each core's cache, on `threads` threads at once.
    ///
    /// - Throws: ``CompilationError``, ``PlanError`` or ``WorkspaceError`` if there is no memory for some megabytes.
    public func measurePeak(threads: Int) throws -> Double {
        let network = try CompiledNetwork(Self.chain(), configuration: self)
        let plan = try network.plan(height: Self.chainSide, width: Self.chainSide)
        let workspaces = try (0..<threads).map { _ in try Workspace(plan, threads: 1) }
        let alone = (0..<threads).map { _ in ThreadPool(threadCount: 1) }
        let image = Tensor(zeros: [1, Self.chainChannels, Self.chainSide, Self.chainSide])
        let together = ThreadPool(threadCount: threads)
        var best = Duration.seconds(1_000_000)
        for _ in 0..<20 {
            let start = ContinuousClock.now
            together.forEach(threads) { index, _ in
                // The image fits: it was made for the plan.
                _ = try? workspaces[index].run(image, on: alone[index])
            }
            best = min(best, ContinuousClock.now - start)
        }
        let operations =
            2 * threads * network.graph.multiplyAccumulates(height: Self.chainSide, width: Self.chainSide)
        return Double(operations) / (best / .nanoseconds(1))
    }

    private static var chainChannels: Int { 128 }
    private static var chainSide: Int { 16 }

    /// A long chain of one convolution, so that the image's way in and out does not count; with activations, so that
    /// the optimiser cannot fold it.
    private static func chain() throws -> Graph {
        let shape: Shape = [chainChannels, chainChannels, 1, 1]
        let convolution = Convolution(
            weights: Tensor(zeros: shape), bias: [Float](repeating: 0, count: chainChannels),
            activation: .relu)
        var graph = Graph()
        var value = graph.input(channels: chainChannels)
        for _ in 0..<200 { value = try graph.convolution(value, by: convolution, label: "peak") }
        graph.output(value)
        return graph
    }
}
