import HTTPTypes

/// The header fields that HTTPTypes does not name.
extension HTTPField.Name {
    /// The bytes of JSON before the binary tensors of the Open Inference Protocol.
    static let inferenceHeaderLength = named("Inference-Header-Content-Length")
    /// Whether a page tells others where its reader came from.
    static let referrerPolicy = named("Referrer-Policy")
    /// What a client calls its request.
    static let requestID = named("X-Request-Id")
    /// Seconds that a client waits.
    static let requestTimeout = named("X-Request-Timeout")
    /// What the files of an answer cannot hold of their maps.
    static let warnings = named("Mtan-Warnings")
    /// Where the time went (W3C Server Timing).
    static let serverTiming = named("Server-Timing")
    /// The caller's place in a distributed trace (W3C Trace Context).
    static let traceParent = named("Traceparent")

    private static func named(_ name: String) -> Self {
        guard let name = Self(name) else { preconditionFailure("\(name) is no header name") }
        return name
    }
}
