import Foundation
import Networks
import Predictions
import Tensors
import TestSupport
import Testing

@testable import Engine

@Suite("The shipped model in less than 32 bits")
struct PrecisionTests {
    /// Everything with products of bfloat16 that this processor can run or emulate.
    static let configurations = (EngineConfiguration.available + EngineConfiguration.emulated)
        .filter { $0.precision != .fp32 }

    /// The portable kernels keep ties, of which drawn surfaces have many, as PyTorch does; Winograd's breaks them, and
    /// so differs from PyTorch on one pixel in a thousand.
    @Test(
        "classes are those of the portable kernels on 98 of 100 pixels, in bf16x3 on 996 of 1000",
        arguments: configurations)
    func classes(configuration: EngineConfiguration) throws {
        let root = fixtureURL("../..")
        let model = try Model(path: root.appendingPathComponent("models/mtan-rooms").path)
        let photo = try Data(contentsOf: root.appendingPathComponent("examples/screen.jpg"))
        let predictor = try Predictor(model, pool: ThreadPool(threadCount: 2))
        let input = try predictor.preprocess(predictor.decode(Array(photo)), PredictionOptions())
        let portable = try EngineConfiguration.fastest(instructionSet: "portable")
        let exact = try classes(model, input, portable), found = try classes(model, input, configuration)
        let share = Double(zip(exact, found).count { $0 == $1 }) / Double(exact.count)
        #expect(share >= (configuration.precision == .bf16 ? 0.98 : 0.996))
    }

    /// The class of each pixel.
    private func classes(
        _ model: Model, _ input: Tensor, _ configuration: EngineConfiguration
    ) throws -> [Int] {
        let network = try CompiledNetwork(model.network.graph, configuration: configuration)
        let plan = try network.plan(height: input.shape[2], width: input.shape[3])
        let outputs = try Workspace(plan, threads: 2).run(input, on: ThreadPool(threadCount: 2))
        let index = try #require(model.network.heads.firstIndex { $0.kind == .segmentation })
        return outputs[index].largestChannel()
    }
}

extension Tensor {
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
