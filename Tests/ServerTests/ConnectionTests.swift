import Foundation
import Hummingbird
import HummingbirdTesting
import NIOCore
import TestSupport
import Testing

@testable import Server

@Suite("Connections", .serialized)
struct ConnectionTests {
    /// Waits until no image has a place.
    private func untilIdle(_ client: any TestClientProtocol) async throws {
        for _ in 0..<1200 {
            let metrics = try await client.get("/metrics")
            let depths = String(decoding: metrics.bytes, as: UTF8.self)
                .matches(of: /mtan_queue_depth{[^}]*} (\d+)/).map { Int($0.1) ?? 0 }
            if depths.allSatisfy({ $0 == 0 }) { return }
            try await Task.sleep(for: .milliseconds(50))
        }
        Issue.record("places are still taken after a minute")
    }

    @Test("clients that go give up their places, and the next is served")
    func disconnection() async throws {
        var server = try TestServer()
        server.configuration.queue = 3
        let photo = try photo(width: 400, height: 300)
        try await server.test(.live) { client async throws in
            let port = try #require(client.port)
            for _ in 0..<12 {
                try await TestClient.withClient(host: "localhost", port: port) { other in
                    try await other.executeAndDontWaitForResponse(
                        .init(
                            "/v1/predict", method: .post, headers: [.contentType: "image/png"],
                            body: ByteBuffer(bytes: photo)))
                }
            }
            try await untilIdle(client)
            #expect(try await client.predict(photo, "?tasks=depth").status == .ok)
        }
    }

    @Test("one connection carries many requests, refused ones between them")
    func keepAlive() async throws {
        let server = try TestServer()
        let photo = try photo()
        let expected = try server.expectedFiles(photo)["depth.png"]
        try await server.test(.live) { client async throws in
            for _ in 0..<5 {
                #expect(try await client.predict(photo, "?tasks=depth").bytes == expected)
                #expect(try await client.predict(Array("x".utf8)).status == .badRequest)
                #expect(try await client.get("/v1/models").status == .ok)
            }
        }
    }

    @Test(
        "when the queue is full, further requests are refused with 429, and those accepted are all answered")
    func overload() async throws {
        var server = try TestServer()
        server.configuration.queue = 2
        let photo = try photo()
        try await server.test(.live) { client async throws in
            let port = try #require(client.port)
            let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<24 {
                    group.addTask {
                        try await TestClient.withClient(
                            host: "localhost", port: port, configuration: .init(timeout: .seconds(60))
                        ) { other in
                            let response = try await other.post(
                                "/v1/predict", headers: [.contentType: "image/png"],
                                body: ByteBuffer(bytes: photo))
                            if response.status == .tooManyRequests {
                                #expect(
                                    response.headers[.retryAfter].flatMap { Int($0) }.map { $0 > 0 } == true)
                            }
                            return response.status.code
                        }
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(Set(statuses).isSubset(of: [200, 429]) && statuses.contains(200), "\(statuses)")
            try await untilIdle(client)
        }
    }
}
