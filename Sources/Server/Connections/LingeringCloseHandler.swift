import Hummingbird
import NIOCore
import NIOHTTPTypes
import NIOHTTPTypesHTTP1

/// Makes `Connection: close` true: after the answer, the connection is closed.
///
/// What the client still sends is read and dropped for a short while, since closing at once would reset the
/// connection and might take the answer from the client. Streams of HTTP/2 have no such header.
final class LingeringCloseHandler: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private static let patience = TimeAmount.seconds(2)

    private var isLast = false
    private var isLingering = false
    private var isStream = false

    func handlerAdded(context: ChannelHandlerContext) {
        isStream = (try? context.pipeline.syncOperations.handler(type: HTTP1ToHTTPServerCodec.self)) == nil
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if !isLingering { context.fireChannelRead(data) }
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch unwrapOutboundIn(data) {
        case .head(var head) where head.headerFields[.connection] != nil:
            if isStream {
                head.headerFields[.connection] = nil
                context.write(wrapOutboundOut(.head(head)), promise: promise)
            } else {
                isLast = head.headerFields[.connection]?.lowercased() == "close"
                context.write(data, promise: promise)
            }
        case .end where isLast:
            let written = context.eventLoop.makePromise(of: Void.self)
            written.futureResult.assumeIsolated().whenComplete { [self] _ in linger(context) }
            written.futureResult.cascade(to: promise)
            context.write(data, promise: written)
        default: context.write(data, promise: promise)
        }
    }

    private func linger(_ context: ChannelHandlerContext) {
        isLingering = true
        context.close(mode: .output, promise: nil)
        context.eventLoop.assumeIsolated().scheduleTask(in: Self.patience) {
            context.close(promise: nil)
        }
    }
}
