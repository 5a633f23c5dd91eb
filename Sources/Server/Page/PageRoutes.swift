import Hummingbird
import NIOCore

/// The page to try the server on, which loads nothing from elsewhere.
struct PageRoutes: Sendable {
    private static let policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self'; "
        + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

    var routes: [Route] {
        [
            Self.file("/", "text/html; charset=utf-8", PackageResources.index_html),
            Self.file("/app.css", "text/css; charset=utf-8", PackageResources.app_css),
            Self.file("/app.js", "text/javascript; charset=utf-8", PackageResources.app_js),
        ]
    }

    private static func file(_ path: String, _ type: String, _ contents: [UInt8]) -> Route {
        let body = ByteBuffer(bytes: contents)
        return Route(.get, path, access: .open) { _, _ in
            Response(
                status: .ok,
                headers: [
                    .contentType: type, .contentSecurityPolicy: policy, .cacheControl: "no-cache",
                    .referrerPolicy: "no-referrer",
                ], body: ResponseBody(byteBuffer: body))
        }
    }
}
