import Hummingbird
import NIOCore

/// `GET /metrics` and `GET /openapi.json`.
struct OperationRoutes: Sendable {
    let metrics: ServerMetrics
    let admission: Admission

    var routes: [Route] {
        [
            Route(.get, "/metrics") { _, _ in
                Response(
                    status: .ok, headers: [.contentType: "text/plain; version=0.0.4; charset=utf-8"],
                    body: ResponseBody(
                        byteBuffer: ByteBuffer(string: metrics.text(queueDepths: admission.depths))))
            },
            Route(.get, "/openapi.json", access: .open) { _, _ in
                Response(
                    status: .ok, headers: [.contentType: "application/json"],
                    body: ResponseBody(byteBuffer: ByteBuffer(bytes: PackageResources.openapi_json)))
            },
        ]
    }
}
