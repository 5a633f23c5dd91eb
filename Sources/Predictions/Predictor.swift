import Engine
import Foundation
import Images
import Networks
import Synchronization
import Tensors

/// What a caller may choose for each prediction.
public struct PredictionOptions: Sendable {
    /// How the photo is brought to the network's size.
    public var resize: InputSizePolicy

    /// A size for the network's input, or an area, instead of what ``resize`` gives.
    public var inputSize: InputSizeRequest?

    /// The tasks that maps are made of.
    public var tasks = TaskSelection.all

    /// The size of the maps.
    public var outputSize: OutputSize = .original

    /// Which files are made of each map.
    public var views: Set<MapView> = [.data]

    /// The scale of depth in PNG files; nil for the model's own.
    public var depthScale: DepthScale?

    /// Data maps of all tasks at the photo's upright size.
    public init(resize: InputSizePolicy = .keep) { self.resize = resize }

    /// The size of the maps.
    public enum OutputSize: String, Sendable, CaseIterable {
        /// The photo's own, upright.
        case original
        /// That of the network's output.
        case model
    }
}

/// Turns photos into files with one pass of a network. The command line and the server call only this, so
/// both make the same bytes.
public final class Predictor: Sendable {
    /// What the network takes and gives.
    public let description: ModelDescription

    /// What photos may cost, and what shows through transparent ones.
    public let decoder: ImageDecoder

    /// Bytes of packed weights.
    public var weightBytes: Int { network.weightBytes }

    /// What computes, for people: `2 threads, fp32 on avx512`.
    public var machine: String {
        "\(pool.threadCount) thread\(pool.threadCount == 1 ? "" : "s"), \(network.configuration)"
    }

    private let network: CompiledNetwork
    private let pool: ThreadPool
    private let maximumMemory: Int
    private let idle: IdleWorkspaces

    /// Packs a model's weights for running on the threads of `pool`.
    ///
    /// - Parameters:
    ///   - configuration: which kernels compute.
    ///   - maximumMemory: the most bytes that the feature maps of one photo may take; photos whose size needs
    ///     more are refused. Default: three quarters of the machine's memory.
    ///   - idleWorkspaces: how many workspaces are kept between photos: as many as photos run at a time.
    /// - Throws: ``ModelError/compilation(file:_:)`` if weights are not finite, or there is no memory for them.
    public init(
        _ model: Model, configuration: EngineConfiguration = .exact, decoder: ImageDecoder = ImageDecoder(),
        pool: ThreadPool, maximumMemory: Int? = nil, idleWorkspaces: Int = 1
    ) throws(ModelError) {
        description = model.description
        self.decoder = decoder
        self.pool = pool
        idle = IdleWorkspaces(limit: idleWorkspaces)
        self.maximumMemory = maximumMemory ?? Int(clamping: ProcessInfo.processInfo.physicalMemory / 4 * 3)
        do {
            network = try CompiledNetwork(model.network.graph, configuration: configuration)
        } catch {
            throw .compilation(file: model.checkpoint.file, error)
        }
    }

    /// Predicts for an encoded photo.
    ///
    /// - Returns: One file for each task and view that is asked for.
    /// - Throws: ``PredictionError``
    public func predict(
        _ photo: [UInt8], options: PredictionOptions = PredictionOptions()
    ) throws(PredictionError) -> [OutputFile] {
        let image = try decode(photo)
        let input = preprocess(image, options)
        let outputs = try run(input)
        let maps = postprocess(outputs, of: image, options)
        return try encode(maps, options)
    }

    /// The upright, opaque image of an encoded photo.
    public func decode(_ photo: [UInt8]) throws(PredictionError) -> Image {
        do { return try decoder.decode(photo) } catch { throw .image(error) }
    }

    /// The upright, opaque image of an encoded photo.
    ///
    /// - Throws: ``PredictionError/image(_:)``
    public func decode(_ photo: UnsafeRawBufferPointer) throws(PredictionError) -> Image {
        do { return try decoder.decode(photo) } catch { throw .image(error) }
    }

    /// What both sides of the network's input must be multiples of.
    public var sideMultiple: Int { network.graph.sideMultiple }

    /// The size that a photo has for the network, in pixels. One that is asked for exactly is not changed:
    /// ``InputSizeRequest/check(multiple:)`` says whether the network takes it, and ``run(_:on:)`` refuses it
    /// otherwise.
    public func inputSize(for photo: PixelSize, _ options: PredictionOptions) -> PixelSize {
        options.inputSize?.size(for: photo, multiple: sideMultiple)
            ?? options.resize.size(for: photo, training: description.input.size, multiple: sideMultiple)
    }

    /// The network's input `[1, 3, H, W]`: resized, and normalised as in training.
    ///
    /// - Parameter pool: the threads to use instead of the predictor's own.
    public func preprocess(
        _ image: Image, _ options: PredictionOptions, on pool: ThreadPool? = nil
    ) -> Tensor {
        description.input.tensor(of: image, at: inputSize(for: image.size, options), on: pool ?? self.pool)
    }

    /// The same for an image that was never rounded to 8 bits.
    ///
    /// - Parameter planes: red, green and blue in 0...1, `[1, 3, H, W]`.
    public func preprocess(
        _ planes: Tensor, _ options: PredictionOptions, on pool: ThreadPool? = nil
    ) -> Tensor {
        let size = PixelSize(width: planes.shape[3], height: planes.shape[2])
        return description.input.tensor(
            of: planes, at: inputSize(for: size, options), on: pool ?? self.pool)
    }

    /// The network's outputs, each `[1, C, H, W]`, in the order of the tasks.
    ///
    /// - Parameters:
    ///   - input: `[1, 3, H, W]`, as ``preprocess(_:_:on:)`` makes it.
    ///   - pool: the threads to use instead of the predictor's own, at most as many. Runs on different pools
    ///     do not wait for one another.
    /// - Throws: ``PredictionError/plan(_:)``, ``PredictionError/memory(_:)`` or
    ///   ``PredictionError/notFinite(task:)``
    public func run(_ input: Tensor, on pool: ThreadPool? = nil) throws(PredictionError) -> [Tensor] {
        let pool = pool ?? self.pool
        let workspace = try workspace(height: input.shape[2], width: input.shape[3])
        defer { idle.put(workspace) }
        let outputs: [Tensor]
        do { outputs = try workspace.run(input, on: pool) } catch { throw .plan(error) }
        for (task, output) in zip(description.tasks, outputs) where !output.isFinite {
            throw .notFinite(task: task.name)
        }
        return outputs
    }

    /// One map for each task that is asked for, at the size asked for.
    public func postprocess(
        _ outputs: [Tensor], of image: Image, _ options: PredictionOptions
    ) -> [TaskMap] {
        postprocess(outputs, of: image.size, options)
    }

    /// One map for each task that is asked for, when only the photo's upright size is left of it.
    public func postprocess(
        _ outputs: [Tensor], of photo: PixelSize, _ options: PredictionOptions
    ) -> [TaskMap] {
        zip(description.tasks, outputs).filter { options.tasks.contains($0.0) }.map { task, output in
            let size = PixelSize(width: output.shape[3], height: output.shape[2])
            let target = options.outputSize == .original ? photo : size
            return TaskMap(task: task, output: output, size: target)
        }
    }

    /// The files of all maps, encoded side by side.
    ///
    /// - Parameter pool: the threads to use instead of the predictor's own.
    /// - Throws: ``PredictionError/encoding(_:)``
    public func encode(
        _ maps: [TaskMap], _ options: PredictionOptions, on pool: ThreadPool? = nil
    ) throws(PredictionError) -> [OutputFile] {
        let jobs = maps.flatMap { map in
            MapView.allCases.filter(options.views.contains).map { (map: map, view: $0) }
        }
        let results = Mutex([Result<OutputFile, any Error>?](repeating: nil, count: jobs.count))
        (pool ?? self.pool).forEach(jobs.count) { index, _ in
            let result = Result {
                try jobs[index].view.encode(jobs[index].map, depthScale: options.depthScale)
            }
            results.withLock { $0[index] = result }
        }
        do {
            return try results.withLock { $0 }.compactMap { try $0?.get() }
        } catch {
            throw .encoding("\(error)")
        }
    }

    /// An idle workspace of the right size, or a new one: photos of a folder mostly share a size, and a
    /// workspace is large.
    private func workspace(height: Int, width: Int) throws(PredictionError) -> Workspace {
        if let kept = idle.take(height: height, width: width) { return kept }
        let threads = pool.threadCount
        let plan: Plan
        do { plan = try network.plan(height: height, width: width) } catch { throw .plan(error) }
        let bytes = plan.memoryBytes(threads: threads)
        guard bytes <= maximumMemory else { throw .memory(.overLimit(bytes: bytes, limit: maximumMemory)) }
        do { return try Workspace(plan, threads: threads) } catch { throw .memory(error) }
    }
}

/// Why there is no prediction for a photo.
public enum PredictionError: Error, Sendable, CustomStringConvertible {
    /// The photo cannot be decoded, or exceeds a limit.
    case image(ImageError)
    /// The network does not take the size.
    case plan(PlanError)
    /// The feature maps do not fit the memory.
    case memory(WorkspaceError)
    /// The network's output for a task has infinite values or NaN.
    case notFinite(task: String)
    /// A map could not be encoded.
    case encoding(String)

    /// What was expected, what was found, and the way out.
    public var description: String {
        switch self {
        case .image(let error): "\(error)"
        case .plan(let error): "\(error)"
        case .memory(let error): "\(error)"
        case .notFinite(let task):
            "expected finite outputs, found infinite ones or NaN for \(task); weights that give them come from "
                + "a training that diverged, so take an earlier checkpoint"
        case .encoding(let message): message
        }
    }
}
