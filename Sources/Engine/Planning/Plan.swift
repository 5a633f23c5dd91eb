internal import CKernels
import Tensors

/// The work for images of one size: which kernel runs when, and where everything lies. Immutable; any number
/// of workspaces can run it at the same time.
public struct Plan: Sendable {
    /// Sides above this are refused: the maps would not fit the memory of any machine.
    public static let maximumSide = 1 << 14

    /// What a value occupies in the arena.
    enum Storage: Sendable {
        case map(offset: Int, MapGeometry)
        case positions(offset: Int)
    }

    /// One kernel call.
    struct Step: Sendable {
        let kernel: any Kernel
        let node: Node
        let geometry: MapGeometry
        let stages: [Int]
        let multiplyAccumulates: Int
    }

    /// The height of the image.
    public let height: Int

    /// The width of the image.
    public let width: Int

    /// Bytes of the arena that a workspace holds for all feature maps.
    public let arenaBytes: Int

    /// Bytes of scratch memory that each thread needs beside the arena.
    public let scratchBytes: Int

    /// Bytes of memory that all threads share during one layer.
    let sharedBytes: Int

    /// What runs, in order, with its cost: for reports.
    public var layers: [Layer] {
        steps.map { step in
            Layer(
                label: step.node.label, operation: step.node.operation.name, height: step.geometry.height,
                width: step.geometry.width, multiplyAccumulates: step.multiplyAccumulates)
        }
    }

    /// One kernel call of a plan.
    public struct Layer: Sendable {
        /// The path of the weights, or what the layer does.
        public let label: String
        /// The kind of operation.
        public let operation: String
        /// The height of the output in pixels.
        public let height: Int
        /// The width of the output in pixels.
        public let width: Int
        /// Multiply-accumulate operations; 0 where there are no weights.
        public let multiplyAccumulates: Int
    }

    /// Bytes that a workspace for `threads` threads holds.
    public func memoryBytes(threads: Int) -> Int { arenaBytes + sharedBytes + threads * scratchBytes }

    let family: KernelFamily
    let steps: [Step]
    let storage: [Value: Storage]
    let input: Value
    let outputs: [Value]

    init(graph: Graph, kernels: [(any Kernel)?], family: KernelFamily, height: Int, width: Int) {
        self.family = family
        self.height = height
        self.width = width
        outputs = graph.outputs
        steps = zip(graph.nodes, kernels).compactMap { node, kernel in
            let geometry = graph.geometry(of: node.outputs[0], height, width, for: family)
            return kernel.map {
                Step(
                    kernel: $0, node: node, geometry: geometry, stages: $0.stages(geometry),
                    multiplyAccumulates: graph.multiplyAccumulates(of: node, height: height, width: width))
            }
        }
        guard let input = graph.nodes.first(where: { if case .input = $0.operation { true } else { false } })
        else { preconditionFailure("a network without an input") }
        self.input = input.outputs[0]
        (storage, arenaBytes) = Self.layOut(graph: graph, family: family, height: height, width: width)
        scratchBytes = Self.wholePages(steps.map { $0.kernel.scratchBytes($0.geometry) }.max() ?? 0)
        sharedBytes = Self.wholePages(steps.map { $0.kernel.sharedBytes($0.geometry) }.max() ?? 0)
    }

    private static func wholePages(_ bytes: Int) -> Int { (bytes + 4095) / 4096 * 4096 }

    /// Gives every value that is read a place in the arena.
    private static func layOut(
        graph: Graph, family: KernelFamily, height: Int, width: Int
    ) -> ([Value: Storage], Int) {
        let lifetimes = graph.lifetimes()
        let values = lifetimes.keys.sorted { $0.index < $1.index }
        let geometries = values.map { graph.geometry(of: $0, height, width, for: family) }
        let requests = zip(values, geometries).map { value, geometry in
            MemoryPlanner.Request(
                byteCount: graph.type(of: value).kind == .positions
                    ? geometry.blockCount * geometry.block * geometry.height * geometry.width
                    : geometry.byteCount,
                lifetime: lifetimes[value, default: 0...0])
        }
        let placement = MemoryPlanner.place(requests)
        var storage: [Value: Storage] = [:]
        for (index, value) in values.enumerated() {
            let offset = placement.offsets[index]
            storage[value] =
                graph.type(of: value).kind == .positions
                ? .positions(offset: offset) : .map(offset: offset, geometries[index])
        }
        return (storage, placement.byteCount)
    }
}

extension Graph {
    /// From the node that produces a value to the last that reads it. Positions that nobody reads are left
    /// out; outputs live to the end.
    fileprivate func lifetimes() -> [Value: ClosedRange<Int>] {
        var lifetimes: [Value: ClosedRange<Int>] = [:]
        for (index, node) in nodes.enumerated() {
            for value in node.outputs where type(of: value).kind == .features {
                lifetimes[value] = index...index
            }
            for value in node.inputs {
                let start = lifetimes[value]?.lowerBound ?? producerIndex(of: value)
                lifetimes[value] = start...index
            }
        }
        for value in outputs { lifetimes[value] = producerIndex(of: value)...nodes.count }
        return lifetimes
    }

    private func producerIndex(of value: Value) -> Int {
        nodes.firstIndex { $0.outputs.contains(value) } ?? 0
    }

    /// The memory layout of a value for an image of one size.
    fileprivate func geometry(
        of value: Value, _ height: Int, _ width: Int, for family: KernelFamily
    ) -> MapGeometry {
        let shape = shape(of: value)
        return family.geometry(
            channels: shape.channels, height: height / shape.stride, width: width / shape.stride)
    }
}
