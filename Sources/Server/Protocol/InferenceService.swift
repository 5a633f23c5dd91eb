import Hummingbird
import Images
import NIOCore
import Predictions
import Tensors

/// Answers `infer` requests: encoded images as BYTES `[N]`, or the network's own input as FP32 `[N, 3, H, W]`.
struct InferenceService: Sendable {
    /// The names of the two inputs, of which a request has one.
    static let imageInput = "image"
    static let tensorInput = "input"

    let service: PredictionService

    /// An output that a request asks for.
    private struct Wanted {
        let name: String
        let isBinary: Bool
        let kind: OutputKind
    }

    /// What an output is made of.
    private enum OutputKind {
        /// The network's output of a task, FP32 `[N, C, H, W]`.
        case tensor(task: Int)
        /// A file of a task, BYTES `[N]`.
        case file(task: Int, MapView)
    }

    /// What one image gave: floats and files by the names of the outputs.
    private struct Result {
        var size: PixelSize
        var tensors: [String: Tensor] = [:]
        var files: [String: ByteBuffer] = [:]
    }

    private enum Input {
        case images([ByteBuffer])
        case tensors([Tensor])

        var count: Int {
            switch self {
            case .images(let images): images.count
            case .tensors(let tensors): tensors.count
            }
        }
    }

    /// Runs all images of a request.
    ///
    /// - Throws: ``ServerError``
    func infer(
        _ request: InferenceRequest, held: Place, with model: ServedModel,
        until deadline: ContinuousClock.Instant, notes: RequestNotes
    ) async throws -> InferenceResponse {
        let wanted = try Self.wanted(by: request, of: model)
        let options = try Self.options(of: request)
        let input = try Self.input(of: request, limits: model.predictor.decoder.limits)
        let place = try service.admission.enter(model.name, images: input.count)
        defer { place.giveBack() }
        let results = try await run(input, with: model, wanted, options, until: deadline, notes)
        let outputs = try wanted.map { wanted throws(ServerError) in
            try Self.output(wanted, of: results, in: model)
        }
        return InferenceResponse(model: model.name, id: request.id, outputs: outputs)
    }

    /// Images run one after the other: each waits for its turn among the requests of others.
    private func run(
        _ input: Input, with model: ServedModel, _ wanted: [Wanted], _ options: PredictionOptions,
        until deadline: ContinuousClock.Instant, _ notes: RequestNotes
    ) async throws -> [Result] {
        var results: [Result] = []
        for index in 0..<input.count {
            let photo: PixelSize
            let tensor: Tensor
            switch input {
            case .images(let images):
                (photo, tensor) = try await service.prepare(
                    images[index], with: model, options, until: deadline, notes)
            case .tensors(let tensors):
                tensor = tensors[index]
                photo = PixelSize(width: tensor.shape[3], height: tensor.shape[2])
            }
            let outputs = try await service.infer(tensor, with: model, until: deadline, notes)
            results.append(
                try await result(of: outputs, photo, with: model, wanted, options, until: deadline, notes))
            service.metrics.predicted(model.name, pixels: photo.area)
        }
        return results
    }

    /// Keeps of the outputs of one image what is asked for.
    private func result(
        of outputs: [Tensor], _ photo: PixelSize, with model: ServedModel, _ wanted: [Wanted],
        _ options: PredictionOptions, until deadline: ContinuousClock.Instant, _ notes: RequestNotes
    ) async throws -> Result {
        var result = Result(size: PixelSize(width: outputs[0].shape[3], height: outputs[0].shape[2]))
        for wanted in wanted {
            switch wanted.kind {
            case .tensor(let task): result.tensors[wanted.name] = outputs[task]
            case .file(let task, let view):
                var options = options
                options.views = [view]
                options.tasks = TaskSelection(model.description.tasks[task])
                let files = try await service.encode(
                    outputs, of: photo, with: model, options, until: deadline, notes)
                result.files[wanted.name] = ByteBuffer(bytes: files[0].bytes)
            }
        }
        return result
    }

    private static func output(
        _ wanted: Wanted, of results: [Result], in model: ServedModel
    ) throws(ServerError) -> InferenceResponse.Output {
        switch wanted.kind {
        case .file:
            return .init(
                name: wanted.name, datatype: "BYTES", shape: [results.count],
                elements: .bytes(results.compactMap { $0.files[wanted.name] }), isBinary: wanted.isBinary)
        case .tensor:
            let tensors = results.compactMap { $0.tensors[wanted.name] }
            if let other = results.first(where: { $0.size != results[0].size }) {
                throw .invalid(
                    field: "inputs", expected: "images that the network sees at one size, for float outputs",
                    found: "\(results[0].size) and \(other.size); send them in several requests")
            }
            return .init(
                name: wanted.name, datatype: "FP32",
                shape: [tensors.count] + tensors[0].shape.dimensions.dropFirst(),
                elements: .floats(tensors.flatMap(\.elements)), isBinary: wanted.isBinary)
        }
    }

    /// All outputs of a model, by name.
    private static func kinds(of model: ServedModel) -> [(name: String, kind: OutputKind)] {
        model.description.tasks.enumerated().flatMap { index, task in
            [(task.name, .tensor(task: index))]
                + [MapView.data, .color].map { ($0.suffix(for: task), .file(task: index, $0)) }
        }
    }

    /// Names, types and shapes of the outputs of a model, the float tensors first; -1 stands for any length.
    static func signature(of model: ServedModel) -> [(name: String, datatype: String, shape: [Int])] {
        let all = kinds(of: model).map { name, kind in
            switch kind {
            case .tensor(let task): (name, "FP32", [-1, model.description.tasks[task].channels, -1, -1])
            case .file: (name, "BYTES", [-1])
            }
        }
        return all.filter { $0.1 == "FP32" } + all.filter { $0.1 == "BYTES" }
    }

    private static func wanted(
        by request: InferenceRequest, of model: ServedModel
    ) throws(ServerError) -> [Wanted] {
        let kinds = kinds(of: model)
        if request.outputs.isEmpty {
            return kinds.compactMap { name, kind in
                guard case .tensor = kind else { return nil }
                return Wanted(name: name, isBinary: request.isBinaryOutput, kind: kind)
            }
        }
        var wanted: [Wanted] = []
        for output in request.outputs {
            guard let kind = kinds.first(where: { $0.name == output.name })?.kind else {
                throw .invalid(
                    field: "outputs", expected: "some of \(kinds.map(\.name).joined(separator: ", "))",
                    found: "\"\(output.name)\"")
            }
            guard !wanted.contains(where: { $0.name == output.name }) else {
                throw .invalid(
                    field: "outputs", expected: "each output once", found: "\"\(output.name)\" twice")
            }
            wanted.append(
                Wanted(name: output.name, isBinary: output.isBinary ?? request.isBinaryOutput, kind: kind))
        }
        return wanted
    }

    private static func options(of request: InferenceRequest) throws(ServerError) -> PredictionOptions {
        var options = PredictionOptions()
        options.outputSize = try PredictQuery.choice(request.size, field: "size") ?? options.outputSize
        options.resize = try PredictQuery.choice(request.resize, field: "resize") ?? options.resize
        return options
    }

    private static func input(
        of request: InferenceRequest, limits: ImageLimits
    ) throws(ServerError) -> Input {
        guard request.inputs.count == 1, let input = request.inputs.first,
            [imageInput, tensorInput].contains(input.name)
        else {
            throw .invalid(
                field: "inputs",
                expected:
                    "one input, \"\(imageInput)\" (BYTES, [N]) or \"\(tensorInput)\" (FP32, [N, 3, H, W])",
                found: request.inputs.isEmpty ? "none" : request.inputs.map(\.name).joined(separator: ", "))
        }
        switch (input.name, input.datatype, input.elements) {
        case (imageInput, "BYTES", .bytes(let images)?):
            guard input.shape == [images.count] || input.shape == [images.count, 1], !images.isEmpty else {
                throw .invalid(
                    field: "inputs.\(imageInput).shape",
                    expected: "[\(max(images.count, 1))], a number for each image",
                    found: "\(input.shape)")
            }
            return .images(images)
        case (tensorInput, "FP32", .floats(let floats)?):
            return .tensors(try tensors(floats, input.shape, limits))
        default:
            throw .invalid(
                field: "inputs.\(input.name).datatype",
                expected: input.name == imageInput ? "BYTES" : "FP32", found: "\"\(input.datatype)\"")
        }
    }

    private static func tensors(
        _ floats: [Float], _ shape: [Int], _ limits: ImageLimits
    ) throws(ServerError) -> [Tensor] {
        guard shape.count == 4, shape[1] == 3, (1...InferenceRequest.imageLimit).contains(shape[0]),
            let whole = try? Shape(shape), whole.count == floats.count, whole.count > 0
        else {
            throw .invalid(
                field: "inputs.\(tensorInput).shape",
                expected:
                    "[N, 3, H, W] with N up to \(InferenceRequest.imageLimit) and as many elements as data has",
                found: "\(shape) and \(floats.count) elements")
        }
        do { try limits.check(PixelSize(width: shape[3], height: shape[2])) } catch {
            throw .prediction(.image(error))
        }
        guard floats.allSatisfy(\.isFinite) else {
            throw .invalid(field: "inputs.\(tensorInput).data", expected: "finite numbers", found: "others")
        }
        let count = floats.count / shape[0]
        return (0..<shape[0]).map { index in
            Tensor(
                shape: [1, 3, shape[2], shape[3]],
                elements: Array(floats[index * count..<(index + 1) * count]))
        }
    }
}
