import Engine
import Images
import Predictions
import Tensors

/// Times a network for several numbers of threads.
struct NetworkBench {
    /// The times of one number of threads.
    struct Result {
        let measurement: Measurement
        let layers: [LayerTime]
    }

    /// The median time of one layer.
    struct LayerTime: Encodable {
        let label: String
        let operation: String
        let size: String
        let milliseconds: Double
        let gigaFLOPS: Double
    }

    /// The model's name.
    let name: String

    private let plan: Plan
    private let threads: [Int]
    private let image: Tensor

    /// Packs the weights and plans for one size; that of the training images where none is given.
    init(_ model: Model, size: PixelSize?, threads: [Int]) throws {
        name = model.description.name
        self.threads = threads
        let network = try CompiledNetwork(model.network.graph)
        let training = model.description.input.size
        let size =
            size
            ?? InputSizePolicy.stretch.size(
                for: training, training: training, multiple: network.graph.sideMultiple)
        plan = try network.plan(height: size.height, width: size.width)
        // The time of some kernels depends on the values: an image of zeros would flatter them.
        var state: UInt32 = 1
        image = Tensor(shape: [1, 3, size.height, size.width]) { pixels in
            for index in pixels.indices {
                state = state &* 1_664_525 &+ 1_013_904_223
                pixels.initializeElement(at: index, to: Float(state >> 8) / 0x1p24)
            }
        }
    }

    /// Runs all thread counts in turn, `runs` times after one run to warm up.
    func measure(runs: Int) throws -> [Result] {
        let pools = threads.map { ThreadPool(threadCount: $0) }
        let workspaces = try pools.map { try Workspace(plan, threads: $0.threadCount) }
        var totals = threads.map { _ in [Double]() }
        var layers = threads.map { _ in plan.layers.map { _ in [Double]() } }
        for run in 0...runs {
            for index in threads.indices {
                let start = ContinuousClock.now
                _ = try workspaces[index].run(image, on: pools[index]) { layer, time in
                    if run > 0 { layers[index][layer].append(time.milliseconds) }
                }
                if run > 0 { totals[index].append((ContinuousClock.now - start).milliseconds) }
            }
        }
        return threads.indices.map { result(threads[$0], totals[$0], layers[$0]) }
    }

    private func result(_ threads: Int, _ totals: [Double], _ layers: [[Double]]) -> Result {
        let macs = plan.layers.map(\.multiplyAccumulates)
        let measurement = Measurement(
            threads: threads, width: plan.width, height: plan.height, milliseconds: totals,
            gigaMACs: Double(macs.reduce(0, +)) * 1e-9)
        let times = zip(plan.layers, layers).map { layer, times in
            let median = times.sorted()[times.count / 2]
            return LayerTime(
                label: layer.label, operation: layer.operation, size: "\(layer.width)x\(layer.height)",
                milliseconds: median, gigaFLOPS: 2e-6 * Double(layer.multiplyAccumulates) / median)
        }
        return Result(measurement: measurement, layers: times)
    }
}
