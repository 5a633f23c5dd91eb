import Hummingbird
import NIOCore

/// Turns errors into answers: problem details, or the error form of the Open Inference Protocol below `/v2`.
struct ErrorMiddleware: RouterMiddleware {
    func handle(
        _ request: Request, context: ServerContext,
        next: (Request, ServerContext) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch {
            let problem = Problem(error)
            context.notes.update {
                $0.problem = problem.code
                $0.cause = problem.status.code >= 500 ? "\(error)" : problem.detail
            }
            return problem.response(to: request, id: context.requestID)
        }
    }
}

extension Problem {
    private struct Details: Encodable {
        let type = "about:blank"
        let title: String
        let status: Int
        let detail: String
        let code: String
        let request_id: String
    }

    private struct ProtocolError: Encodable {
        let error: String
    }

    /// The response, which leaves the rest of the request unread where there may be much of it.
    func response(to request: Request, id: String) -> Response {
        var headers = headers
        let body: ByteBuffer
        if request.uri.path.hasPrefix("/v2") {
            headers[.contentType] = "application/json"
            body = .json(ProtocolError(error: detail))
        } else {
            headers[.contentType] = "application/problem+json"
            body = .json(
                Details(
                    title: status.reasonPhrase, status: status.code, detail: detail, code: code,
                    request_id: id))
        }
        let length = request.headers[.contentLength].flatMap { Int($0) }
        let isLong = length.map { $0 > 64 << 10 } ?? (request.headers[.transferEncoding] != nil)
        if isLong { headers[.connection] = "close" }
        return Response(status: status, headers: headers, body: ResponseBody(byteBuffer: body))
    }
}
