import HTTPTypes
import Hummingbird

/// Runs `body` and cancels it when the deadline passes.
///
/// - Throws: `error` if the deadline passed first, otherwise what `body` throws.
func withDeadline<Result: Sendable>(
    _ deadline: ContinuousClock.Instant, otherwise error: any Error,
    _ body: @escaping @Sendable () async throws -> Result
) async throws -> Result {
    try await withThrowingTaskGroup(of: Result.self) { group in
        group.addTask { try await body() }
        group.addTask {
            try await Task.sleep(until: deadline, clock: .continuous)
            throw error
        }
        defer { group.cancelAll() }
        guard let result = try await group.next() else { throw error }
        return result
    }
}

extension Request {
    /// When the answer must be ready: the server's limit, or the client's own if that is shorter, given in
    /// seconds by `X-Request-Timeout`.
    ///
    /// - Throws: ``ServerError/invalid(field:expected:found:)``
    func deadline(
        from arrival: ContinuousClock.Instant, atMost limit: Duration
    ) throws(ServerError) -> ContinuousClock.Instant {
        guard let text = headers[.requestTimeout] else { return arrival + limit }
        guard let seconds = Double(text), seconds > 0, seconds < 1e6 else {
            throw .invalid(
                field: "X-Request-Timeout", expected: "a positive number of seconds, below 1000000",
                found: "\"\(text)\"")
        }
        return arrival + min(limit, .seconds(seconds))
    }
}

extension ContinuousClock.Instant {
    /// - Throws: ``ServerError/deadlineExceeded`` if this instant has passed.
    func requireFuture() throws(ServerError) {
        guard self > .now else { throw .deadlineExceeded }
    }
}
