import Hummingbird

/// One thing that the server does: the source of the router, of `405 Method Not Allowed`, and of what
/// `/openapi.json` is held against.
struct Route: Sendable {
    /// Who may use a route.
    enum Access: Sendable {
        /// Everybody: the page, its description, and probes.
        case open
        /// Those who have a key, where keys are asked for.
        case keyed
    }

    let method: HTTPRequest.Method
    /// Parameters stand in braces.
    let path: String
    let access: Access
    let handler: @Sendable (Request, ServerContext) async throws -> Response

    init(
        _ method: HTTPRequest.Method, _ path: String, access: Access = .keyed,
        handler: @escaping @Sendable (Request, ServerContext) async throws -> Response
    ) {
        self.method = method
        self.path = path
        self.access = access
        self.handler = handler
    }
}

extension Router<ServerContext> {
    /// Adds routes, and answers to the methods that their paths do not take.
    func add(_ routes: [Route], keys: KeyRing?) {
        for (path, routes) in Dictionary(grouping: routes, by: \.path) {
            for route in routes {
                let handler = route.guarded(by: keys)
                on(RouterPath(path), method: route.method, use: handler)
                guard route.method == .get else { continue }
                on(RouterPath(path), method: .head) { try await handler($0, $1).createHeadResponse() }
            }
            let methods = routes.map(\.method) + (routes.contains { $0.method == .get } ? [.head] : [])
            let allowed = methods.map(\.rawValue).sorted()
            for method in HTTPRequest.Method.others where !methods.contains(method) {
                on(RouterPath(path), method: method) { _, context -> Response in
                    context.notes.update { $0.route = path }
                    throw ServerError.methodNotAllowed(allowed: allowed)
                }
            }
        }
    }
}

extension Route {
    /// The handler, behind the keys if there are any.
    fileprivate func guarded(
        by keys: KeyRing?
    ) -> @Sendable (Request, ServerContext) async throws -> Response {
        { request, context in
            context.notes.update { $0.route = path }
            if access == .keyed { try keys?.check(request.headers[.authorization]) }
            return try await handler(request, context)
        }
    }
}

extension HTTPRequest.Method {
    /// The methods of RFC 9110 and 5789, CONNECT apart, which is for proxies.
    fileprivate static let others: [Self] = [
        .get, .head, .post, .put, .delete, .options, .trace, .patch,
    ]
}
