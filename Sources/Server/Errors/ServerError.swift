import Predictions

/// Why a request is not answered with what it asks for. ``Problem`` has the status of each.
enum ServerError: Error {
    /// There is nothing at the path.
    case unknownRoute
    /// The path takes other methods.
    case methodNotAllowed(allowed: [String])
    /// No model has the name.
    case unknownModel(String, known: [String])
    /// The model has no such version.
    case unknownVersion(String, model: String, known: String)
    /// The key is missing or wrong.
    case unauthorized
    /// A query parameter, a header or a field of a JSON body is wrong.
    case invalid(field: String, expected: String, found: String)
    /// The body is not what its headers say.
    case malformedBody(String)
    /// The body has a type that is not read.
    case unsupportedMediaType(found: String?, expected: String)
    /// The body is compressed.
    case unsupportedEncoding(String)
    /// Nothing that can be sent is accepted.
    case notAcceptable(found: String, available: [String])
    /// The body is longer than is taken.
    case bodyTooLarge(limit: Int)
    /// The network would need more memory than is allowed, or more images were sent than are taken.
    case tooMuch(String)
    /// The prediction itself failed.
    case prediction(PredictionError)
    /// The model holds as many requests as it may.
    case queueFull(retryAfter: Int)
    /// The body did not arrive in time.
    case uploadTooSlow
    /// The answer would come too late.
    case deadlineExceeded
    /// There is no model to answer with.
    case noModel
    /// Models are being loaded.
    case loading
    /// The server is stopping.
    case draining
    /// The client has gone; nobody reads the answer.
    case clientGone
}
