import Hummingbird
import NIOCore
import NIOHTTPTypes

/// Closes the connection of a client that does not take what it is sent.
final class SendTimeoutHandler: ChannelOutboundHandler, RemovableChannelHandler {
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private let timeout: TimeAmount
    private var pending = 0
    private var lastProgress = NIODeadline.uptimeNanoseconds(0)
    private var alarm: Scheduled<Void>?

    init(timeout: Duration) { self.timeout = TimeAmount(timeout) }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        if pending == 0 { lastProgress = context.eventLoop.now }
        pending += 1
        let eventLoop = context.eventLoop
        let written = eventLoop.makePromise(of: Void.self)
        written.futureResult.assumeIsolated().whenComplete { [self] _ in
            pending -= 1
            lastProgress = eventLoop.now
        }
        written.futureResult.cascade(to: promise)
        context.write(data, promise: written)
        if alarm == nil { setAlarm(context) }
    }

    private func setAlarm(_ context: ChannelHandlerContext) {
        alarm = context.eventLoop.assumeIsolated().scheduleTask(deadline: lastProgress + timeout) { [self] in
            alarm = nil
            guard pending > 0 else { return }
            if context.eventLoop.now - lastProgress >= timeout {
                context.close(promise: nil)
            } else {
                setAlarm(context)
            }
        }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        alarm?.cancel()
        alarm = nil
    }
}
