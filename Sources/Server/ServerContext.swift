import Hummingbird
import Logging
import NIOCore
import Synchronization

/// What goes with a request through the server.
struct ServerContext: RequestContext {
    var coreContext: CoreRequestContextStorage

    /// The connection, or the stream of an HTTP/2 connection.
    let channel: any Channel

    /// When the head of the request was read.
    let arrival = ContinuousClock.now

    /// The client's `X-Request-Id`, or one made here.
    var requestID = ""

    /// What becomes known about the request, for the log.
    let notes = RequestNotes()

    init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        channel = source.channel
    }
}

/// What becomes known about a request on its way, for the log, the metrics and `Server-Timing`.
final class RequestNotes: Sendable {
    struct Content: Sendable {
        var route = "none"
        var model: String?
        var problem: String?
        var cause: String?
        var timings = Timings()
    }

    private let content = Mutex(Content())

    var current: Content { content.withLock { $0 } }

    func update(_ change: (inout Content) -> Void) { content.withLock { change(&$0) } }
}

/// Where the time of a prediction went.
struct Timings: Sendable {
    /// Waiting for a worker.
    var queue: Duration?
    /// Decoding the photo and bringing it to the network's size.
    var decode: Duration?
    /// The network.
    var inference: Duration?
    /// Making files of the outputs.
    var encode: Duration?

    /// The steps that were taken, by name.
    var steps: [(name: String, duration: Duration)] {
        [("queue", queue), ("decode", decode), ("inference", inference), ("encode", encode)]
            .compactMap { name, duration in duration.map { (name, $0) } }
    }
}

extension Duration {
    /// The duration in seconds.
    var seconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }

    /// The duration in milliseconds.
    var milliseconds: Double { seconds * 1000 }
}
