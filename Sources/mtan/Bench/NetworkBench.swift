import Engine
import Images
import Predictions
import Tensors

/// Times a network for several numbers of threads and kinds of kernels.
struct NetworkBench {
    /// What is varied from one measurement to another.
    struct Setting {
        let configuration: EngineConfiguration
        let threads: Int
    }

    /// The times of one setting.
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

    /// A network that is ready to run, and where it runs.
    private struct Subject {
        let setting: Setting
        let plan: Plan
        let pool: ThreadPool
        let workspace: Workspace
    }

    /// The model's name.
    let name: String

    private let subjects: [Subject]
    private let image: Tensor

    /// Packs the weights and plans for one size; that of the training images where none is given.
    init(_ model: Model, size: PixelSize?, settings: [Setting]) throws {
        name = model.description.name
        let graph = model.network.graph
        let training = model.description.input.size
        let size =
            size
            ?? InputSizePolicy.stretch.size(for: training, training: training, multiple: graph.sideMultiple)
        var networks: [String: CompiledNetwork] = [:]
        subjects = try settings.map { setting in
            let key = setting.configuration.description
            let network = try networks[key] ?? CompiledNetwork(graph, configuration: setting.configuration)
            networks[key] = network
            let plan = try network.plan(height: size.height, width: size.width)
            return Subject(
                setting: setting, plan: plan, pool: ThreadPool(threadCount: setting.threads),
                workspace: try Workspace(plan, threads: setting.threads))
        }
        // The time of some kernels depends on the values: an image of zeros would flatter them.
        var state: UInt32 = 1
        image = Tensor(shape: [1, 3, size.height, size.width]) { pixels in
            for index in pixels.indices {
                state = state &* 1_664_525 &+ 1_013_904_223
                pixels.initializeElement(at: index, to: Float(state >> 8) / 0x1p24)
            }
        }
    }

    /// Runs all settings in turn, `runs` times after one run to warm up.
    func measure(runs: Int) throws -> [Result] {
        var totals = subjects.map { _ in [Double]() }
        var layers = subjects.map { $0.plan.layers.map { _ in [Double]() } }
        for run in 0...runs {
            for (index, subject) in subjects.enumerated() {
                let start = ContinuousClock.now
                _ = try subject.workspace.run(image, on: subject.pool) { layer, time in
                    if run > 0 { layers[index][layer].append(time.milliseconds) }
                }
                if run > 0 { totals[index].append((ContinuousClock.now - start).milliseconds) }
            }
        }
        return try subjects.indices.map { try result(subjects[$0], totals[$0], layers[$0]) }
    }

    private func result(_ subject: Subject, _ totals: [Double], _ layers: [[Double]]) throws -> Result {
        let (plan, setting) = (subject.plan, subject.setting)
        let macs = plan.layers.map(\.multiplyAccumulates)
        let measurement = Measurement(
            kernels: setting.configuration.description, threads: setting.threads, width: plan.width,
            height: plan.height, milliseconds: totals, gigaMACs: Double(macs.reduce(0, +)) * 1e-9,
            peakGigaFLOPS: try setting.configuration.measurePeak(threads: setting.threads))
        let times = zip(plan.layers, layers).map { layer, times in
            let median = times.sorted()[times.count / 2]
            return LayerTime(
                label: layer.label, operation: layer.operation, size: "\(layer.width)x\(layer.height)",
                milliseconds: median, gigaFLOPS: 2e-6 * Double(layer.multiplyAccumulates) / median)
        }
        return Result(measurement: measurement, layers: times)
    }
}
