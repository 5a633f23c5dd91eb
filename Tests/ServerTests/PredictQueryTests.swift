import Foundation
import Hummingbird
import HummingbirdTesting
import Predictions
import TestSupport
import Testing

@testable import Server

@Suite("Sizes and scales of /v1/predict")
struct PredictQueryTests {
    private let server: TestServer

    init() throws { server = try TestServer() }

    @Test("input_size and input_area give what the predictor gives for them, and the metadata says the size")
    func inputSize() async throws {
        let photo = try photo()
        var exact = PredictionOptions()
        exact.inputSize = try InputSizeRequest(size: "96x32")
        var area = PredictionOptions()
        area.inputSize = try InputSizeRequest(area: "12288")
        let expected = try [exact, area].map { try server.expectedFiles(photo, options: $0)["depth.png"] }
        try await server.test { client async throws in
            let queries = ["input_size=96x32", "input_area=128x96"]
            for (query, file) in zip(queries, expected) {
                let response = try await client.predict(photo, "?tasks=depth&\(query)")
                #expect(response.status == .ok && response.bytes == file, "\(query)")
            }
            let sizes = [["width": 96, "height": 32], ["width": 128, "height": 96]]
            for (query, size) in zip(queries, sizes) {
                let response = try await client.predict(
                    photo, "?\(query)", headers: [.accept: "application/json"])
                #expect(response.json["input"] as? [String: Int] == size, "\(query)")
            }
        }
    }

    @Test("sizes that are wrong, contradict one another or exceed the operator's bound are refused")
    func refused() async throws {
        var server = server
        server.configuration.maximumInputArea = 10_000
        let photo = try photo()
        try await server.test { client async throws in
            for (query, status, message) in [
                ("input_size=100x64", 400, "input_size: expected sides that are multiples of 32"),
                ("input_size=100x64", 400, "the nearest is 96x64"),
                ("input_size=5000x64", 400, "input_size: expected WIDTHxHEIGHT with sides of 32 to 4096"),
                ("input_size=", 400, "input_size: expected WIDTHxHEIGHT"),
                ("input_area=x", 400, "input_area: expected 1024 to 16777216 pixels"),
                ("input_area=5000&input_size=64x64", 400, "expected input_size or input_area, found both"),
                ("input_area=5000&resize=stretch", 400, "input_area: expected resize=keep"),
                ("input_area=10001", 413, "at most 10000 pixels for the network, found 10001"),
                ("input_size=4096x4096", 413, "raise --max-input-area"),
                ("depth_scale=0", 400, "depth_scale: expected auto, or a number"),
                ("depth_scale=1&depth_scale=2", 400, "depth_scale: expected one value"),
            ] {
                let response = try await client.predict(photo, "?\(query)")
                #expect(response.status.code == status, "\(query)")
                #expect(response.member("detail").contains(message), "\(query): \(response.member("detail"))")
            }
            #expect(try await client.predict(photo, "?input_area=9999").status == .ok)
        }
    }

    @Test("the size of the training images may be asked for whatever the operator's bound is")
    func trainingSize() async throws {
        var server = server
        server.configuration.maximumInputArea = 1000
        let photo = try photo()
        try await server.test { client async throws in
            #expect(try await client.predict(photo, "?input_size=64x64").status == .ok)
            #expect(try await client.predict(photo, "?input_size=96x64").status == .contentTooLarge)
        }
    }

    @Test("what depth does not fit is told in a header and in the metadata, and the scale that was used")
    func depthScale() async throws {
        let photo = try photo()
        var options = PredictionOptions()
        options.depthScale = .fixed(1e9)
        let expected = try server.expectedFiles(photo, options: options)["depth.png"]
        try await server.test { client async throws in
            let file = try await client.predict(photo, "?tasks=depth&depth_scale=1e9")
            #expect(file.bytes == expected)
            #expect(file.headers[.warnings]?.contains("largest depth at scale 1000000000") == true)
            let metadata = try await client.predict(
                photo, "?depth_scale=1e9", headers: [.accept: "application/json"])
            #expect((metadata.json["warnings"] as? [String])?.count == 1)
            let files = metadata.json["files"] as? [[String: Any]] ?? []
            #expect(files.compactMap { $0["scale"] as? Double } == [1e9])
            let tasks = metadata.json["tasks"] as? [[String: Any]] ?? []
            #expect(tasks.compactMap { $0["png_scale"] as? Double } == [1e9])
            let auto = try await client.predict(photo, "?tasks=normals&depth_scale=auto")
            #expect(auto.status == .ok && auto.headers[.warnings] == nil)
        }
    }

    @Test("/openapi.json has exactly the parameters that the query takes")
    func parameters() async throws {
        try await server.test { client async throws in
            let document = try await client.get("/openapi.json").json
            let paths = try #require(document["paths"] as? [String: [String: [String: Any]]])
            for path in ["/v1/predict", "/v1/models/{name}/predict"] {
                let parameters = paths[path]?["post"]?["parameters"] as? [[String: Any]] ?? []
                let names = parameters.filter { $0["in"] as? String == "query" }.compactMap {
                    $0["name"] as? String
                }
                #expect(names.sorted() == PredictQuery.parameters, "\(path)")
            }
        }
    }
}
