import Foundation
import HTTPTypes
import Hummingbird
import Logging

/// Gives every request an identifier, and every answer its identifier and times; writes one line of log for
/// each, and counts them.
struct ObservationMiddleware: RouterMiddleware {
    let metrics: ServerMetrics

    func handle(
        _ request: Request, context: ServerContext,
        next: (Request, ServerContext) async throws -> Response
    ) async throws -> Response {
        var context = context
        context.requestID =
            request.headers[.requestID].flatMap(Self.accepted) ?? UUID().uuidString.lowercased()
        let trace = request.headers[.traceParent].flatMap(TraceParent.init)
        metrics.inFlight(1)
        defer { metrics.inFlight(-1) }
        var response = try await next(request, context)
        let time = ContinuousClock.now - context.arrival
        let notes = context.notes.current
        response.headers[.requestID] = context.requestID
        response.headers[.serverTiming] = Self.timing(notes.timings, total: time)
        response.headers[.xContentTypeOptions] = "nosniff"
        metrics.answered(
            route: notes.route, method: Self.method(request), status: response.status.code,
            problem: notes.problem, in: time)
        log(request, response, context, notes, trace, time)
        return response
    }

    private func log(
        _ request: Request, _ response: Response, _ context: ServerContext, _ notes: RequestNotes.Content,
        _ trace: TraceParent?, _ time: Duration
    ) {
        var metadata: Logger.Metadata = [
            "request_id": "\(context.requestID)", "method": "\(request.method.rawValue.clipped)",
            "path": "\(request.uri.path.clipped)", "status": "\(response.status.code)",
            "milliseconds": "\(time.milliseconds.rounded(to: 1))",
        ]
        if let length = response.body.contentLength { metadata["bytes"] = "\(length)" }
        if let client = context.channel.remoteAddress?.ipAddress { metadata["client"] = "\(client)" }
        if let model = notes.model { metadata["model"] = "\(model)" }
        if let problem = notes.problem { metadata["problem"] = "\(problem)" }
        if let cause = notes.cause { metadata["cause"] = "\(cause)" }
        for step in notes.timings.steps {
            metadata["\(step.name)_ms"] = "\(step.duration.milliseconds.rounded(to: 1))"
        }
        if let trace {
            metadata["trace_id"] = "\(trace.traceID)"
            metadata["parent_id"] = "\(trace.parentID)"
        }
        let isFailure = response.status.code >= 500 && notes.problem == "internal"
        let isProbe = notes.route.hasPrefix("/v2/health") || notes.route == "/metrics"
        context.logger.log(
            level: isFailure ? .error : isProbe ? .debug : .info, "request", metadata: metadata)
    }

    /// Identifiers of clients are taken if they can stand in a header and a line of log.
    private static func accepted(_ id: String) -> String? {
        let isPlain = id.utf8.allSatisfy { (0x21...0x7e).contains($0) && $0 != 0x22 && $0 != 0x5c }
        return isPlain && (1...128).contains(id.utf8.count) ? id : nil
    }

    /// Methods of no meaning share a label: labels must not be made by clients.
    private static func method(_ request: Request) -> String {
        let known: [HTTPRequest.Method] = [.get, .head, .post, .put, .delete, .options, .trace, .patch]
        return known.contains(request.method) ? request.method.rawValue : "other"
    }

    /// `queue;dur=0.1, decode;dur=4.2, ..., total;dur=200.1`, in milliseconds.
    private static func timing(_ timings: Timings, total: Duration) -> String {
        (timings.steps + [("total", total)])
            .map { "\($0.name);dur=\($0.duration.milliseconds.rounded(to: 2))" }.joined(separator: ", ")
    }
}

/// The identifiers of a W3C trace context, version 00 or later.
struct TraceParent {
    let traceID: Substring
    let parentID: Substring

    /// - Returns: nil if the header is malformed, which is to be treated as absent.
    init?(_ header: String) {
        let fields = header.split(separator: "-", omittingEmptySubsequences: false)
        guard fields.count >= 4, Self.isHexadecimal(fields[0], 2), fields[0] != "ff",
            fields[0] != "00" || fields.count == 4, Self.isHexadecimal(fields[1], 32),
            Self.isHexadecimal(fields[2], 16), Self.isHexadecimal(fields[3], 2),
            fields[1].contains(where: { $0 != "0" }), fields[2].contains(where: { $0 != "0" })
        else { return nil }
        traceID = fields[1]
        parentID = fields[2]
    }

    private static func isHexadecimal(_ text: Substring, _ length: Int) -> Bool {
        text.utf8.count == length
            && text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
    }
}
