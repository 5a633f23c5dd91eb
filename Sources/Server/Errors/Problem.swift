import Files
import HTTPTypes
import Hummingbird
import Images
import NIOHTTP1
import Predictions

/// An error as it is sent: RFC 9457 problem details. The one place where errors become statuses.
struct Problem: Sendable {
    /// The status of the response.
    let status: HTTPResponse.Status
    /// A word for programs.
    let code: String
    /// What was expected, what was found, and the way out.
    let detail: String
    /// Header fields that belong to the status.
    var headers: HTTPFields = [:]

    private init(_ status: HTTPResponse.Status, _ code: String, _ detail: String, _ headers: HTTPFields = [:])
    {
        self.status = status
        self.code = code
        self.detail = detail
        self.headers = headers
    }

    /// The problem that any error is for a client. Errors of our own making tell nothing about the inside.
    init(_ error: any Error) {
        switch error {
        case let error as ServerError: self.init(error)
        case let error as PredictionError: self.init(error)
        case is CancellationError: self.init(ServerError.clientGone)
        case is HTTPParserError:
            self.init(
                .badRequest, "malformed_body",
                "expected a body as its header announces it, found a broken one",
                [.connection: "close"])
        case let error as HTTPError where error.status == .notFound: self.init(ServerError.unknownRoute)
        default:
            self.init(.internalServerError, "internal", "the server failed; its log says why")
        }
    }

    private init(_ error: ServerError) {
        switch error {
        case .unknownRoute:
            self.init(
                .notFound, "unknown_route", "there is nothing at this path; /openapi.json lists what is")
        case .methodNotAllowed(let allowed):
            self.init(
                .methodNotAllowed, "method_not_allowed",
                "expected one of the methods \(allowed.joined(separator: ", "))",
                [.allow: allowed.joined(separator: ", ")])
        case .unknownModel(let name, let known):
            self.init(
                .notFound, "unknown_model",
                "no model is called \"\(name.clipped)\"; there are: \(known.joined(separator: ", "))")
        case .unknownVersion(let version, let model, let known):
            self.init(
                .notFound, "unknown_version",
                "the model \(model) has no version \"\(version.clipped)\"; it has \(known)")
        case .unauthorized:
            self.init(
                .unauthorized, "unauthorized", "expected a valid key in \"Authorization: Bearer KEY\"",
                [.wwwAuthenticate: "Bearer"])
        case .invalid(let field, let expected, let found):
            self.init(
                .badRequest, "invalid", "\(field.clipped): expected \(expected), found \(found.clipped)")
        case .malformedBody(let detail): self.init(.badRequest, "malformed_body", detail)
        case .unsupportedMediaType(let found, let expected):
            let found = found.map { "\"\($0.clipped)\"" } ?? "none"
            self.init(
                .unsupportedMediaType, "unsupported_media_type",
                "expected a body of type \(expected) in Content-Type, found \(found)")
        case .unsupportedEncoding(let found):
            self.init(
                .unsupportedMediaType, "unsupported_encoding",
                "expected a body without Content-Encoding, found \"\(found.clipped)\"",
                [.acceptEncoding: "identity"])
        case .notAcceptable(let found, let available):
            self.init(
                .notAcceptable, "not_acceptable",
                "this answer is available as \(available.joined(separator: ", ")); "
                    + "Accept allows only \"\(found.clipped)\"")
        default: self = Self.ofLoad(error)
        }
    }

    /// Errors that another request, or another time, may not meet.
    private static func ofLoad(_ error: ServerError) -> Problem {
        switch error {
        case .bodyTooLarge(let limit):
            Problem(
                .contentTooLarge, "body_too_large",
                "expected a body of at most \(limit) bytes; compress the image, or raise --max-bytes")
        case .tooMuch(let detail): Problem(.contentTooLarge, "too_much", detail)
        case .prediction(let error): Problem(error)
        case .queueFull(let seconds):
            Problem(
                .tooManyRequests, "queue_full",
                "as many requests are waiting as the queue takes; try again in \(seconds) s",
                [.retryAfter: "\(seconds)"])
        case .uploadTooSlow:
            Problem(
                .requestTimeout, "upload_too_slow", "the body did not arrive in time", [.connection: "close"])
        case .deadlineExceeded:
            Problem(
                .gatewayTimeout, "deadline_exceeded",
                "the answer was not ready before the deadline; allow more time, or try when there is less load"
            )
        case .noModel:
            Problem(
                .serviceUnavailable, "no_model",
                "no model is in service; GET /v1/models says what was found in the folder of models",
                [.retryAfter: "5"])
        case .loading:
            Problem(
                .serviceUnavailable, "loading", "the models are being loaded; try again in 1 s",
                [.retryAfter: "1"])
        case .draining:
            Problem(
                .serviceUnavailable, "draining", "this server is stopping; try another",
                [.retryAfter: "1", .connection: "close"])
        case .clientGone:
            Problem(.init(code: 499, reasonPhrase: "Client Closed Request"), "client_gone", "nobody waits")
        default: Problem(.internalServerError, "internal", "the server failed; its log says why")
        }
    }

    private init(_ error: PredictionError) {
        switch error {
        case .image(.overLimit), .memory(.overLimit):
            self.init(.contentTooLarge, "image_too_large", "\(error)")
        case .image(.outOfMemory), .memory(.outOfMemory):
            self.init(.serviceUnavailable, "out_of_memory", "\(error)", [.retryAfter: "1"])
        case .image: self.init(.badRequest, "undecodable_image", "\(error)")
        case .plan: self.init(.badRequest, "unsupported_size", "\(error)")
        // The model gave finite outputs for the image that it was tried with.
        case .notFinite: self.init(.unprocessableContent, "not_finite", "\(error)")
        case .encoding: self.init(.internalServerError, "internal", "the server failed; its log says why")
        }
    }
}

extension String {
    /// The beginning, on one line: what came from outside goes into messages no longer.
    var clipped: String { shown(limit: 120) }
}
