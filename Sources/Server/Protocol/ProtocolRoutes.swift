import Hummingbird
import NIOCore

/// The Open Inference Protocol, version 2, over REST.
struct ProtocolRoutes: Sendable {
    /// What a request may hold beside its tensors.
    private static let headerAllowance = 1 << 20

    let repository: ModelRepository
    let service: PredictionService
    let reader: BodyReader
    let configuration: ServerConfiguration
    let version: String

    private struct ServerMetadata: Encodable {
        let name = "mtan"
        let version: String
        let extensions = ["binary_tensor_data"]
    }

    private struct Readiness: Encodable {
        let name: String
        let ready: Bool
    }

    private struct TensorMetadata: Encodable {
        let name: String
        let datatype: String
        let shape: [Int]
    }

    private struct ModelMetadata: Encodable {
        let name: String
        let versions = [ServedModel.version]
        let platform: String
        let inputs = [
            TensorMetadata(name: InferenceService.imageInput, datatype: "BYTES", shape: [-1]),
            TensorMetadata(name: InferenceService.tensorInput, datatype: "FP32", shape: [-1, 3, -1, -1]),
        ]
        let outputs: [TensorMetadata]

        init(_ model: ServedModel) {
            name = model.name
            platform = "mtan_\(model.description.architecture)"
            outputs = InferenceService.signature(of: model).map(TensorMetadata.init)
        }
    }

    var routes: [Route] {
        [
            Route(.get, "/v2") { _, _ in .json(ServerMetadata(version: version)) },
            Route(.get, "/v2/health/live", access: .open) { _, _ in .json(["live": true]) },
            Route(.get, "/v2/health/ready", access: .open) { _, _ in
                let isReady = repository.isReady
                return .json(["ready": isReady], status: isReady ? .ok : .serviceUnavailable)
            },
        ] + ["/v2/models/{name}", "/v2/models/{name}/versions/{version}"].flatMap(modelRoutes)
    }

    private func modelRoutes(_ path: String) -> [Route] {
        [
            Route(.get, path) { _, context in .json(ModelMetadata(try model(context))) },
            Route(.get, path + "/ready") { _, context in
                .json(Readiness(name: try model(context).name, ready: true))
            },
            Route(.post, path + "/infer") { request, context in
                try await infer(request, context, with: model(context))
            },
        ]
    }

    private func model(_ context: ServerContext) throws -> ServedModel {
        let model = try repository.model(context.parameters.require("name"))
        if let version = context.parameters.get("version"), version != ServedModel.version {
            throw ServerError.unknownVersion(version, model: model.name, known: ServedModel.version)
        }
        return model
    }

    private func infer(
        _ request: Request, _ context: ServerContext, with model: ServedModel
    ) async throws -> Response {
        context.notes.update { $0.model = model.name }
        let deadline = try request.deadline(from: context.arrival, atMost: configuration.timeout)
        let headerLength = try request.inferenceHeaderLength()
        return try await context.untilClientLeaves {
            let (body, held) = try await reader.read(
                request, context, for: model.name,
                limit: configuration.limits.maximumBytes + Self.headerAllowance, until: deadline)
            let inference = try await service.crew.codecs.perform {
                try InferenceRequest(body, headerLength: headerLength)
            }
            let limit = inference.timeout.map { min(context.arrival + $0, deadline) } ?? deadline
            let result = try await InferenceService(service: service).infer(
                inference, held: held, with: model, until: limit, notes: context.notes)
            return try await service.crew.codecs.perform { result.response() }
        }
    }
}

extension Request {
    /// The length of the JSON before binary tensors; nil where all of the body is JSON.
    ///
    /// - Throws: ``ServerError/invalid(field:expected:found:)``
    fileprivate func inferenceHeaderLength() throws(ServerError) -> Int? {
        guard let text = headers[.inferenceHeaderLength] else { return nil }
        guard let length = Int(text), length >= 0 else {
            throw .invalid(
                field: "Inference-Header-Content-Length", expected: "a number of bytes", found: "\"\(text)\"")
        }
        return length
    }
}
