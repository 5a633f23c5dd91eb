import Foundation
import Hummingbird
import HummingbirdTesting
import Logging
import NIOCore
import Synchronization
import TestSupport
import Testing

@testable import Server

@Suite("Operations")
struct OperationTests {
    @Test("/openapi.json has exactly the routes that there are, with their methods")
    func openAPI() async throws {
        let server = try TestServer()
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let routes = try MTANServer(server.configuration, version: "1", logger: logger).routes
        let expected = Set(routes.map { "\($0.method.rawValue.lowercased()) \($0.path)" })
        try await server.test { client async throws in
            let document = try await client.get("/openapi.json").json
            #expect(document["openapi"] as? String == "3.1.0")
            let paths = try #require(document["paths"] as? [String: [String: Any]])
            let described = paths.flatMap { path, methods in methods.keys.map { "\($0) \(path)" } }
            #expect(Set(described) == expected)
            for route in routes where route.access == .open {
                let operation = paths[route.path]?[route.method.rawValue.lowercased()] as? [String: Any]
                #expect((operation?["security"] as? [Any])?.isEmpty == true, "\(route.path)")
            }
        }
    }

    @Test("metrics count requests, rejections and images, and have the form that Prometheus reads")
    func metrics() async throws {
        let server = try TestServer()
        let photo = try photo()
        try await server.test { client async throws in
            _ = try await client.predict(photo, "?tasks=depth")
            _ = try await client.predict(Array("x".utf8))
            let response = try await client.get("/metrics")
            #expect(response.headers[.contentType] == "text/plain; version=0.0.4; charset=utf-8")
            let text = String(decoding: response.bytes, as: UTF8.self)
            for line in [
                #"mtan_requests_total{code="200",method="POST",route="/v1/predict"} 1"#,
                #"mtan_rejections_total{reason="undecodable_image"} 1"#,
                #"mtan_images_total{model="narrow"} 1"#, #"mtan_pixels_total{model="narrow"} 4800"#,
                #"mtan_inference_seconds_count{model="narrow"} 1"#,
                #"mtan_encode_seconds_bucket{model="narrow",le="+Inf"} 1"#,
                #"mtan_model_loads_total{model="narrow",outcome="loaded"} 1"#,
                #"mtan_build_info{version="1.2.3"} 1"#, "# TYPE mtan_queue_depth gauge",
                "mtan_log_lines_dropped_total 0",
            ] {
                #expect(text.contains(line + "\n"), "\(line)")
            }
            #expect(text.contains("process_resident_memory_bytes "))
        }
    }

    @Test("histograms are cumulative, and labels are escaped")
    func exposition() {
        let registry = PrometheusRegistry()
        registry.declare("a_seconds", .histogram, "Times.\nAll.", bounds: [1, 2])
        for value in [0.5, 1, 1.5, 9] { registry.series("a_seconds", [("m", "x\"\\\n")]).observe(value) }
        #expect(
            registry.text == """
                # HELP a_seconds Times.\\nAll.
                # TYPE a_seconds histogram
                a_seconds_bucket{m="x\\"\\\\\\n",le="1.0"} 2
                a_seconds_bucket{m="x\\"\\\\\\n",le="2.0"} 3
                a_seconds_bucket{m="x\\"\\\\\\n",le="+Inf"} 4
                a_seconds_sum{m="x\\"\\\\\\n"} 12
                a_seconds_count{m="x\\"\\\\\\n"} 4

                """)
    }

    @Test("with keys, everything but the page, its description and the probes asks for one")
    func keys() async throws {
        var server = try TestServer()
        let file = server.folder.url("keys.txt")
        try Data("secret\n".utf8).write(to: file)
        server.configuration.keys = file.path
        let photo = try photo()
        try await server.test { client async throws in
            for open in ["/", "/app.js", "/openapi.json", "/v2/health/live", "/v2/health/ready"] {
                #expect(try await client.get(open).status == .ok, "\(open)")
            }
            for closed in ["/v1/models", "/v2", "/v2/models/narrow", "/metrics"] {
                #expect(try await client.get(closed).status == .unauthorized, "\(closed)")
                let opened = try await client.get(closed, headers: [.authorization: "Bearer secret"])
                #expect(opened.status == .ok, "\(closed)")
            }
            let refused = try await client.predict(photo)
            #expect(refused.status == .unauthorized && refused.headers[.wwwAuthenticate] == "Bearer")
        }
    }

    @Test("the page loads nothing from elsewhere, and says so")
    func page() async throws {
        try await TestServer().test { client async throws in
            for path in ["/", "/app.css", "/app.js"] {
                let response = try await client.get(path)
                let text = String(decoding: response.bytes, as: UTF8.self)
                #expect(response.headers[.contentSecurityPolicy]?.hasPrefix("default-src 'none'") == true)
                let elsewhere = text.matches(of: /(?:https?:)?\/\/[a-z0-9.-]+\.[a-z]{2,}/).map {
                    String($0.output)
                }
                #expect(elsewhere.allSatisfy { $0 == "http://www.w3.org" }, "\(path): \(elsewhere)")
            }
        }
    }

    @Test("a line of log is one line, as text and as JSON, whatever the message holds")
    func log() throws {
        for format in LineLogHandler.Format.allCases {
            let lines = Mutex("")
            let logger = Logger(label: "test") { _ in
                LineLogHandler(format: format, level: .info) { line in lines.withLock { $0 += line } }
            }
            logger.debug("not this")
            logger.info("first\nforged", metadata: ["path": "/a b\n\"c\"", "status": "200"])
            let text = lines.withLock { $0 }
            #expect(text.count { $0 == "\n" } == 1 && text.hasSuffix("\n"), "\(text)")
            if format == .json {
                let object = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: String]
                #expect(object?["message"] == "first\nforged" && object?["path"] == "/a b\n\"c\"")
                #expect(object?["level"] == "info")
            } else {
                #expect(
                    text.contains(" info    first | forged path=\"/a b | \\\"c\\\"\" status=200\n"), "\(text)"
                )
            }
        }
    }
}
