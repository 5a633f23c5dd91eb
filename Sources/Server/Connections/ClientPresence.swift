import Hummingbird
import NIOCore
import NIOHTTPTypes
import Synchronization

/// Whether the client of a connection is still there.
final class ClientPresence: Sendable {
    private struct State {
        var isGone = false
        var lastID: UInt64 = 0
        var watchers: [UInt64: @Sendable () -> Void] = [:]
    }

    private let state = Mutex(State())

    /// Calls `action` once when the client goes, or at once if it has gone.
    ///
    /// - Returns: What to call when nobody cares any more.
    func onLeave(_ action: @escaping @Sendable () -> Void) -> @Sendable () -> Void {
        let id: UInt64? = state.withLock { state in
            if state.isGone { return nil }
            state.lastID += 1
            state.watchers[state.lastID] = action
            return state.lastID
        }
        guard let id else {
            action()
            return {}
        }
        return { [self] in state.withLock { _ = $0.watchers.removeValue(forKey: id) } }
    }

    /// The client has closed its side.
    func leave() {
        let watchers = state.withLock { state in
            defer { state.watchers = [:] }
            state.isGone = true
            return state.watchers
        }
        for action in watchers.values { action() }
    }
}

/// Notices that a client closes its side of a connection, or a stream.
final class PresenceHandler: ChannelInboundHandler, RemovableChannelHandler, Sendable {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart

    let presence = ClientPresence()

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event as? ChannelEvent == .inputClosed { presence.leave() }
        context.fireUserInboundEventTriggered(event)
    }

    func channelInactive(context: ChannelHandlerContext) {
        presence.leave()
        context.fireChannelInactive()
    }
}

extension ServerContext {
    /// Runs `body` and cancels it when the client goes, as a closed connection or a closed sending side tells.
    func untilClientLeaves<Result: Sendable>(
        _ body: @escaping @Sendable () async throws -> Result
    ) async throws -> Result {
        let task = Task { try await body() }
        let handler = try? await channel.pipeline.handler(type: PresenceHandler.self).get()
        let forget = handler?.presence.onLeave { task.cancel() }
        defer { forget?() }
        return try await withTaskCancellationHandler {
            try await task.value
        } onCancel: {
            task.cancel()
        }
    }
}
