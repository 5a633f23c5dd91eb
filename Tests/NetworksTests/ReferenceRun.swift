import Checkpoints
import Engine
import Networks
import Tensors
import TestSupport
import Testing

/// What PyTorch computed for one network; made by `Tests/Fixtures/networks/make_networks.py`.
struct ReferenceRun {
    /// Our rms error may be this many times the distance between PyTorch's own two memory formats.
    static let allowedErrorRatio = 3.0

    /// Or this share of the rms of the outputs, which counts for networks so small that PyTorch's two runs differ
    /// in the last bit only.
    static let allowedRelativeError = 1e-5

    /// And our class maps may agree with PyTorch's on this many percentage points fewer pixels.
    static let allowedDisagreement = 0.02

    let name: String
    let height: Int
    let width: Int
    private let expected: Checkpoints.StateDict

    init(_ name: String, height: Int, width: Int) throws {
        self.name = name
        self.height = height
        self.width = width
        expected = try Checkpoint(contentsOf: fixtureURL("networks/\(name).expected.safetensors").path)
            .stateDict()
    }

    /// Runs the network on the fixtures' image and holds every output against PyTorch's.
    func check(_ checkpoint: Checkpoint, with configuration: EngineConfiguration = .exact) throws {
        let network = try NetworkCatalog.network(in: checkpoint).network
        for (head, output) in zip(network.heads, try run(network, configuration)) {
            try checkValues(head.name, output)
            if head.kind == .segmentation { try checkClasses(head.name, output) }
        }
    }

    /// For each task the rms distance from PyTorch, as a share of the rms of PyTorch's output.
    func relativeErrors(
        _ checkpoint: Checkpoint, _ configuration: EngineConfiguration
    ) throws -> [String: Double] {
        let network = try NetworkCatalog.network(in: checkpoint).network
        let pairs = try zip(network.heads, run(network, configuration)).map { head, output in
            (head.name, try distance(head.name, output).relative)
        }
        return Dictionary(uniqueKeysWithValues: pairs)
    }

    private func run(_ network: Network, _ configuration: EngineConfiguration) throws -> [Tensor] {
        let compiled = try CompiledNetwork(network.graph, configuration: configuration)
        let plan = try compiled.plan(height: height, width: width)
        let outputs = try Workspace(plan, threads: 2).run(
            Formula.image(height: height, width: width), on: ThreadPool(threadCount: 2))
        #expect(outputs.count == network.heads.count)
        return outputs
    }

    private func distance(_ task: String, _ output: Tensor) throws -> (rms: Double, relative: Double) {
        let step = try #require(Int(expected.metadata["step"] ?? ""))
        let grid = try #require(expected[task])
        #expect(grid.shape == [1, output.shape[1], height / step, width / step])
        let found = output.thinned(by: step)
        let reference = grid.floats()
        let rms = rootMeanSquare(zip(found, reference).map { $0 - $1 })
        return (rms, rms / rootMeanSquare(reference))
    }

    private func checkValues(_ task: String, _ output: Tensor) throws {
        let torchDistance = try #require(Double(expected.metadata["rms.\(task)"] ?? ""))
        let (rms, relative) = try distance(task, output)
        #expect(
            rms <= Self.allowedErrorRatio * torchDistance || relative <= Self.allowedRelativeError,
            "\(name) \(task): rms \(rms), \(rms / torchDistance) times PyTorch's own distance")
    }

    private func checkClasses(_ task: String, _ output: Tensor) throws {
        let torchAgreement = try #require(Double(expected.metadata["agreement.\(task)"] ?? ""))
        let classes = try #require(expected["\(task).classes"]).floats()
        let equal = zip(output.largestChannel(), classes).count { $0 == Int($1) }
        let agreement = 100 * Double(equal) / Double(classes.count)
        #expect(
            agreement >= torchAgreement - Self.allowedDisagreement,
            "\(name) \(task): \(agreement) % of pixels agree, PyTorch's two runs on \(torchAgreement) %")
    }
}

private func rootMeanSquare(_ values: [Float]) -> Double {
    (values.map { Double($0) * Double($0) }.reduce(0, +) / Double(values.count)).squareRoot()
}

extension Tensor {
    /// Every `step`-th pixel of `[1, C, H, W]` along both axes, dense.
    fileprivate func thinned(by step: Int) -> [Float] {
        (0..<shape[1]).flatMap { channel in
            stride(from: 0, to: shape[2], by: step).flatMap { y in
                stride(from: 0, to: shape[3], by: step).map { x in
                    elements[(channel * shape[2] + y) * shape[3] + x]
                }
            }
        }
    }

    /// For each pixel of `[1, C, H, W]` the first channel with the largest value.
    fileprivate func largestChannel() -> [Int] {
        let pixels = shape[2] * shape[3]
        return (0..<pixels).map { pixel in
            (1..<shape[1]).reduce(0) {
                elements[$1 * pixels + pixel] > elements[$0 * pixels + pixel] ? $1 : $0
            }
        }
    }
}

/// The formulas of `make_networks.py`, so that neither images nor full-width weights need files.
enum Formula {
    /// `count` doubles in [0, 1) that follow from `name`.
    static func uniform(_ name: String, count: Int) -> [Double] {
        var seed: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in name.utf8 { seed = (seed ^ UInt64(byte)) &* 0x100_0000_01b3 }
        var generator = SplitMix64(seed: seed)
        return (0..<count).map { _ in Double(generator.next() >> 40) / 0x1p24 }
    }

    /// `[1, 3, height, width]` in 0...1: waves and noise.
    static func image(height: Int, width: Int) -> Tensor {
        let noise = uniform("image", count: 3 * height * width)
        var elements: [Float] = []
        for c in 0..<3 {
            for y in 0..<height {
                for x in 0..<width {
                    let wave = Double((3 * x + (5 + 2 * c) * y + 40 * c) % 256) / 255
                    elements.append(Float(0.8 * wave + 0.2 * noise[elements.count]))
                }
            }
        }
        return Tensor(shape: [1, 3, height, width], elements: elements)
    }

    /// A tensor of the state dict.
    static func weight(_ name: String, _ shape: Shape) -> Tensor {
        let random = uniform(name, count: shape.count)
        if shape.rank == 4 {
            let thinned = ["encoder_block_att", "decoder_block", "pred_task"].contains(where: name.hasPrefix)
            let fan = Double(shape[1] * shape[2] * shape[3])
            let bound = ((thinned ? 24.0 : 6.0) / fan).squareRoot()
            return Tensor(shape: shape, elements: random.map { Float((2 * $0 - 1) * bound) })
        }
        let isScale = name.hasSuffix("running_var") || name.hasSuffix(".weight")
        return Tensor(
            shape: shape, elements: random.map { Float(isScale ? 0.5 + $0 : 0.2 * $0 - 0.1) })
    }
}
