import Hummingbird
import Predictions

/// `POST /v1/predict` and `POST /v1/models/{name}/predict`.
struct PredictRoutes: Sendable {
    let repository: ModelRepository
    let service: PredictionService
    let reader: BodyReader
    let timeout: Duration
    let maximumInputArea: Int

    var routes: [Route] {
        [
            Route(.post, "/v1/predict") { request, context in
                try await predict(request, context, with: repository.defaultModel())
            },
            Route(.post, "/v1/models/{name}/predict") { request, context in
                try await predict(
                    request, context, with: repository.model(context.parameters.require("name")))
            },
        ]
    }

    /// Everything that the head of the request tells is checked before the body is read.
    private func predict(
        _ request: Request, _ context: ServerContext, with model: ServedModel
    ) async throws -> Response {
        context.notes.update { $0.model = model.name }
        let deadline = try request.deadline(from: context.arrival, atMost: timeout)
        let query = try PredictQuery(request, for: model, maximumInputArea: maximumInputArea)
        let fileType = query.fileCount == 1 ? query.singleFileType : nil
        let format = try ResponseFormat(accept: request.headers[.accept], fileType: fileType)
        let upload = try PhotoUpload(request)
        let prediction = try await context.untilClientLeaves {
            let decoder = model.predictor.decoder
            let (body, held) = try await reader.read(
                request, context, for: model.name, limit: upload.bodyLimit(decoder.limits), until: deadline
            ) { try upload.inspect($0, with: decoder) }
            return try await service.predict(
                upload.photo(in: body), held: held, with: model, query.options, until: deadline,
                notes: context.notes)
        }
        return try Response(prediction, as: format, of: model, timings: context.notes.current.timings)
    }
}

extension PredictQuery {
    /// The type of the file, where one is asked for.
    fileprivate var singleFileType: String {
        options.views == [.npy] ? "application/octet-stream" : "image/png"
    }
}
