import Hummingbird
import NIOCore
import NIOHTTPTypes

/// Reads the bodies of requests, within limits and in time.
struct BodyReader: Sendable {
    let admission: Admission

    /// The bytes of a body, which count for the queue of a model until the place is given back.
    ///
    /// - Parameters:
    ///   - limit: the most bytes that are taken.
    ///   - inspect: looks at the beginning, once it is at least 4 KiB long, and may refuse it.
    /// - Throws: ``ServerError/bodyTooLarge(limit:)`` as soon as it is known to be, ``ServerError/queueFull(retryAfter:)``,
    ///   ``ServerError/uploadTooSlow``, ``ServerError/clientGone``, and what `inspect` throws.
    func read(
        _ request: Request, _ context: ServerContext, for model: String, limit: Int,
        until deadline: ContinuousClock.Instant,
        inspect: @escaping @Sendable (ByteBuffer) throws -> Void = { _ in }
    ) async throws -> (body: ByteBuffer, held: Place) {
        if let encoding = request.headers[.contentEncoding], encoding.lowercased() != "identity" {
            throw ServerError.unsupportedEncoding(encoding)
        }
        let announced = request.headers[.contentLength].flatMap { Int($0) }
        if let announced, announced > limit { throw ServerError.bodyTooLarge(limit: limit) }
        try admission.check(model)
        if request.headers[.expect]?.lowercased() == "100-continue" {
            try await context.channel.writeAndFlush(HTTPResponsePart.head(HTTPResponse(status: .continue)))
        }
        return try await withDeadline(deadline, otherwise: ServerError.uploadTooSlow) {
            try await collect(request.body, announced, for: model, limit, inspect)
        }
    }

    private func collect(
        _ stream: RequestBody, _ announced: Int?, for model: String, _ limit: Int,
        _ inspect: (ByteBuffer) throws -> Void
    ) async throws -> (ByteBuffer, Place) {
        var body = ByteBuffer()
        if let announced { body.reserveCapacity(min(announced, 1 << 20)) }
        let account = ByteAccount(admission, model)
        let held = Place { account.close() }
        var isInspected = false
        for try await var chunk in stream {
            guard body.readableBytes + chunk.readableBytes <= limit else {
                throw ServerError.bodyTooLarge(limit: limit)
            }
            try account.add(chunk.readableBytes)
            body.writeBuffer(&chunk)
            if !isInspected, body.readableBytes >= 4096 {
                isInspected = true
                try inspect(body)
            }
        }
        try Task.checkCancellation()
        if let announced, announced != body.readableBytes { throw ServerError.clientGone }
        return (body, held)
    }
}
