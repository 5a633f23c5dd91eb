import Foundation
import Hummingbird
import HummingbirdTesting
import Images
import Logging
import NIOCore
import Predictions
import TestSupport

@testable import Server

/// A server of a small model in a folder of its own.
struct TestServer {
    let folder: TemporaryFolder
    var configuration: ServerConfiguration

    /// - Parameter names: what the models are called.
    init(models names: [String] = ["narrow"]) throws {
        folder = try TemporaryFolder()
        configuration = ServerConfiguration(models: folder.path)
        configuration.timeout = .seconds(60)
        configuration.pollInterval = .milliseconds(100)
        for name in names { try addModel(name) }
    }

    /// Writes a model directory.
    func addModel(_ name: String, directory: String? = nil) throws {
        let directory = folder.url(directory ?? name)
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        var description = try Model(path: fixtureURL("networks/narrow.safetensors").path).description
        description.name = name
        description.weights = "weights.safetensors"
        description.input.size = PixelSize(width: 64, height: 64)
        let weights = directory.appendingPathComponent(description.weights)
        if !FileManager.default.fileExists(atPath: weights.path) {
            try FileManager.default.copyItem(at: fixtureURL("networks/narrow.safetensors"), to: weights)
        }
        try JSONEncoder().encode(description).write(
            to: directory.appendingPathComponent("model.json"), options: .atomic)
    }

    /// What the command line would write for a photo.
    func expectedFiles(
        _ photo: [UInt8], model: String = "narrow", options: PredictionOptions = PredictionOptions()
    ) throws -> [String: [UInt8]] {
        let predictor = try Predictor(
            Model(path: folder.url(model).path), pool: .init(threadCount: 1))
        let files = try predictor.predict(photo, options: options)
        return Dictionary(uniqueKeysWithValues: files.map { ($0.suffix, $0.bytes) })
    }

    /// Runs a test against the routes, or through a socket, once the models are in service.
    func test(
        _ kind: TestingSetup = .router,
        _ body: @escaping @Sendable (any TestClientProtocol) async throws -> Void
    ) async throws {
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let server = try MTANServer(configuration, version: "1.2.3", logger: logger)
        try await server.application.test(kind) { client async throws in
            try await client.waitUntilReady()
            try await body(client)
        }
    }
}

extension TestClientProtocol {
    /// Waits until the server says that it is ready.
    func waitUntilReady() async throws {
        for _ in 0..<600 {
            if try await get("/v2/health/ready").status == .ok { return }
            try await Task.sleep(for: .milliseconds(50))
        }
        throw TestFailure("the server did not become ready")
    }

    func get(_ uri: String, headers: HTTPFields = [:]) async throws -> TestResponse {
        try await executeRequest(uri: uri, method: .get, headers: headers, body: nil)
    }

    func post(_ uri: String, _ body: [UInt8], headers: HTTPFields = [:]) async throws -> TestResponse {
        try await executeRequest(uri: uri, method: .post, headers: headers, body: ByteBuffer(bytes: body))
    }

    /// Sends a PNG file.
    func predict(
        _ photo: [UInt8], _ query: String = "", headers: HTTPFields = [:]
    ) async throws -> TestResponse {
        var headers = headers
        headers[.contentType] = "image/png"
        return try await post("/v1/predict\(query)", photo, headers: headers)
    }
}

extension TestResponse {
    var bytes: [UInt8] { Array(body.readableBytesView) }

    /// The body as a JSON object.
    var json: [String: Any] {
        (try? JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any]) ?? [:]
    }

    /// A member of the body.
    func member(_ name: String) -> String { "\(json[name] ?? "none")" }
}

/// Why a test cannot go on.
struct TestFailure: Error {
    let reason: String

    init(_ reason: String) { self.reason = reason }
}

/// A PNG file with a picture that changes everywhere.
func photo(width: Int = 80, height: Int = 60) throws -> [UInt8] {
    let pixels = (0..<3 * width * height).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 / 97 &* 7) }
    return try PNGEncoder().encode(Image(size: PixelSize(width: width, height: height), pixels: pixels))
}
