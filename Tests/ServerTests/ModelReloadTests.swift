import Foundation
import Hummingbird
import HummingbirdTesting
import Logging
import TestSupport
import Testing

@testable import Server

@Suite("Models in service", .serialized)
struct ModelReloadTests {
    /// Waits until something is so, for as long as it may take on a busy machine.
    private func eventually(_ what: String, _ condition: () async throws -> Bool) async throws {
        for _ in 0..<600 {
            if try await condition() { return }
            try await Task.sleep(for: .milliseconds(50))
        }
        Issue.record("not so after 30 s: \(what)")
    }

    private func names(_ client: any TestClientProtocol) async throws -> [String] {
        let models = try await client.get("/v1/models").json["models"] as? [[String: Any]]
        return models?.compactMap { $0["name"] as? String } ?? []
    }

    @Test("all model directories are served, other folders are passed over, the first name is the default")
    func listing() async throws {
        let server = try TestServer(models: ["b", "a"])
        try FileManager.default.createDirectory(
            at: server.folder.url("training"), withIntermediateDirectories: true)
        let photo = try photo()
        try await server.test { client async throws in
            #expect(try await names(client) == ["a", "b"])
            #expect(
                try await client.predict(photo, headers: [.accept: "application/json"]).member("model") == "a"
            )
            #expect(try await client.get("/v1/models/b").member("architecture") == "segnet-mtan")
            #expect(try await client.get("/v1/models/b/ready").member("ready") == "1")
            #expect(try await client.get("/v1/models/c/ready").status == .notFound)
        }
    }

    @Test("one model directory can be served by itself")
    func single() async throws {
        var server = try TestServer(models: ["a", "b"])
        server.configuration.models = server.folder.url("b").path
        try await server.test { client async throws in #expect(try await names(client) == ["b"]) }
    }

    @Test("a new directory comes into service, and a changed one takes the place of what was there")
    func reload() async throws {
        let server = try TestServer(models: ["a"])
        try await server.test { client async throws in
            try server.addModel("b")
            try await eventually("b is served") { try await names(client) == ["a", "b"] }
            try server.addModel("renamed", directory: "b")
            try await eventually("b is renamed") { try await names(client) == ["a", "renamed"] }
        }
    }

    @Test("a broken change leaves the old model in service and says why; repaired, it is taken")
    func broken() async throws {
        let server = try TestServer(models: ["a"])
        let photo = try photo()
        let expected = try server.expectedFiles(photo, model: "a")["depth.png"]
        let weights = server.folder.url("a/weights.safetensors")
        try await server.test { client async throws in
            try Data("no weights".utf8).write(to: weights, options: .atomic)
            try await eventually("the failure is told") {
                let failures = try await client.get("/v1/models").json["failures"] as? [[String: Any]]
                return (failures?.first?["reason"] as? String)?.contains("weights.safetensors") == true
            }
            #expect(try await client.predict(photo, "?tasks=depth").bytes == expected)
            #expect(try await client.get("/v2/health/ready").status == .ok)
            try Data(fixtureBytes("networks/narrow.safetensors")).write(to: weights, options: .atomic)
            try await eventually("the failure is forgotten") {
                (try await client.get("/v1/models").json["failures"] as? [Any])?.isEmpty == true
            }
        }
    }

    @Test("a directory that vanishes stays in service, with the right answers")
    func vanished() async throws {
        let server = try TestServer(models: ["a"])
        let photo = try photo()
        let expected = try server.expectedFiles(photo, model: "a")["depth.png"]
        try await server.test { client async throws in
            try FileManager.default.removeItem(at: server.folder.url("a"))
            try await Task.sleep(for: .milliseconds(400))
            #expect(try await client.predict(photo, "?tasks=depth").bytes == expected)
            #expect(try await client.get("/v2/health/ready").status == .ok)
        }
    }

    @Test("two directories with models of one name: the first serves, the second is told to be in the way")
    func conflict() async throws {
        let server = try TestServer(models: ["a"])
        try server.addModel("a", directory: "z")
        try await server.test { client async throws in
            #expect(try await names(client) == ["a"])
            let failures = try await client.get("/v1/models").json["failures"] as? [[String: Any]]
            #expect((failures?.first?["reason"] as? String)?.contains("found \"a\"") == true)
        }
    }

    @Test("without a model the server is alive but not ready, and says that there are none")
    func empty() async throws {
        let server = try TestServer(models: [])
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let app = try MTANServer(server.configuration, version: "1", logger: logger).application
        let photo = try photo()
        try await app.test(.router) { client async throws in
            #expect(try await client.get("/v2/health/live").status == .ok)
            #expect(try await client.get("/v2/health/ready").status == .serviceUnavailable)
            #expect(try await client.predict(photo).status == .serviceUnavailable)
        }
    }
}
