import Foundation
import Hummingbird
import HummingbirdTesting
import NIOCore
import Predictions
import Tensors
import TestSupport
import Testing

@testable import Server

@Suite("Open Inference Protocol")
struct InferenceProtocolTests {
    private let server: TestServer

    init() throws { server = try TestServer() }

    private func predictor() throws -> Predictor {
        try Predictor(Model(path: server.folder.url("narrow").path), pool: .init(threadCount: 1))
    }

    /// The elements of an output in a JSON answer.
    private func floats(_ response: TestResponse, _ name: String) -> [Float] {
        let outputs = response.json["outputs"] as? [[String: Any]] ?? []
        let data = outputs.first { $0["name"] as? String == name }?["data"] as? [Double] ?? []
        return data.map(Float.init)
    }

    private func infer(
        _ client: any TestClientProtocol, _ json: String, binary: [UInt8] = [],
        path: String = "/v2/models/narrow/infer"
    ) async throws -> TestResponse {
        var headers: HTTPFields = [.contentType: "application/json"]
        if !binary.isEmpty { headers[.inferenceHeaderLength] = "\(json.utf8.count)" }
        return try await client.post(path, Array(json.utf8) + binary, headers: headers)
    }

    @Test("health, server and model metadata, with and without version")
    func metadata() async throws {
        try await server.test { client async throws in
            #expect(try await client.get("/v2").member("name") == "mtan")
            #expect(try await client.get("/v2").member("version") == "1.2.3")
            for path in ["/v2/models/narrow", "/v2/models/narrow/versions/1"] {
                let metadata = try await client.get(path)
                let outputs = metadata.json["outputs"] as? [[String: Any]] ?? []
                let segmentation = outputs.first { $0["name"] as? String == "segmentation" }
                #expect(segmentation?["shape"] as? [Int] == [-1, 13, -1, -1])
                #expect(try await client.get(path + "/ready").status == .ok)
            }
            let missing = try await client.get("/v2/models/narrow/versions/7")
            #expect(missing.status == .notFound && missing.member("error").contains("no version \"7\""))
        }
    }

    @Test("float tensors give the network's floats, in JSON and in binary, for several images at once")
    func tensors() async throws {
        let count = 3 * 32 * 64
        let elements: [Float] = (0..<2 * count).map { index in Float(index % 256) / 255 }
        let expected: [[Tensor]] = try (0..<2).map { index in
            let image = Array(elements[index * count..<(index + 1) * count])
            return try predictor().run(Tensor(shape: [1, 3, 32, 64], elements: image))
        }
        let depth = expected.flatMap { $0[1].elements }
        let input = #""name":"input","datatype":"FP32","shape":[2,3,32,64]"#
        try await server.test { client async throws in
            let json = try await infer(
                client,
                #"{"id":"a \"b","inputs":[{\#(input),"data":\#(elements)}],"outputs":[{"name":"depth"}]}"#)
            #expect(json.member("id") == "a \"b" && json.member("model_version") == "1")
            #expect(floats(json, "depth") == depth)

            let bytes = elements.withUnsafeBytes { Array($0) }
            let binary = try await infer(
                client,
                #"{"parameters":{"binary_data_output":true},"inputs":[{\#(input),"parameters":{"binary_data_size":\#(bytes.count)}}]}"#,
                binary: bytes)
            let header = try #require(binary.headers[.inferenceHeaderLength].flatMap { Int($0) })
            let sizes = expected[0].map { 2 * 4 * $0.shape.count }
            let tail = Array(binary.bytes[header...])
            #expect(tail.count == sizes.reduce(0, +))
            let second = tail[sizes[0]..<sizes[0] + sizes[1]]
            #expect(Array(second) == depth.withUnsafeBytes { Array($0) })
        }
    }

    @Test("encoded images give floats and files, the files those of the command line")
    func images() async throws {
        let photo = try photo()
        let expected = try server.expectedFiles(photo)
        let text = Data(photo).base64EncodedString()
        try await server.test { client async throws in
            let response = try await infer(
                client,
                #"{"inputs":[{"name":"image","datatype":"BYTES","shape":[2],"data":["\#(text)","\#(text)"]}],"#
                    + #""outputs":[{"name":"depth.png"},{"name":"normals"}]}"#)
            let outputs = try #require(response.json["outputs"] as? [[String: Any]])
            #expect(outputs.compactMap { $0["name"] as? String } == ["depth.png", "normals"])
            let files = outputs[0]["data"] as? [String] ?? []
            #expect(
                files.compactMap { Data(base64Encoded: $0).map(Array.init) }
                    == Array(repeating: expected["depth.png"], count: 2))
            #expect(outputs[1]["shape"] as? [Int] == [2, 3, 64, 64])

            var binary = withUnsafeBytes(of: UInt32(photo.count).littleEndian) { Array($0) } + photo
            let json =
                #"{"inputs":[{"name":"image","datatype":"BYTES","shape":[1],"parameters":{"binary_data_size":\#(binary.count)}}],"outputs":[{"name":"normals.png","parameters":{"binary_data":true}}]}"#
            let raw = try await infer(
                client, json, binary: binary, path: "/v2/models/narrow/versions/1/infer")
            #expect(raw.headers[.contentType] == "application/octet-stream")
            #expect(Array(raw.bytes.suffix(expected["normals.png"]?.count ?? 0)) == expected["normals.png"])
            binary.append(0)
            let surplus = try await infer(client, json, binary: binary)
            #expect(surplus.status == .badRequest && surplus.member("error").contains("found 1"))
        }
    }

    @Test("each wrong request is told what is wrong, in the form of the protocol")
    func refusals() async throws {
        func request(_ input: String, _ more: String = "") -> String { "{\"inputs\":[{\(input)}]\(more)}" }
        let fine = #""name":"input","datatype":"FP32","shape":[1,3,1,1],"data":[0,0,0]"#
        let cases = [
            ("", "expected more"), ("[]", "JSON: expected"), ("{}", "expected one input"),
            (request(fine) + "x", "the end of the document"), (request(fine), "multiples of 32"),
            (request(fine, #","outputs":[{"name":"colour"}]"#), "segmentation, segmentation.png"),
            (request(fine, #","outputs":[{"name":"depth"},{"name":"depth"}]"#), "each output once"),
            (request(fine, #","parameters":{"speed":9}"#), "binary_data_output, timeout"),
            (request(fine, #","parameters":{"timeout":-1}"#), "parameters.timeout"),
            (
                request(#""name":"input","datatype":"FP32","shape":[1,3,2,1],"data":[0,0,0]"#),
                "and 3 elements"
            ),
            (
                request(
                    #""name":"input","datatype":"FP32","shape":[9999999999,3,9999999999,9999999999],"data":[0]"#
                ), "[N, 3, H, W]"
            ),
            (request(#""name":"input","datatype":"INT8","shape":[1,3,1,1],"data":[0,0,0]"#), "expected FP32"),
            (request(#""name":"image","datatype":"BYTES","shape":[1],"data":["%%%"]"#), "base64"),
            (request(#""name":"image","datatype":"BYTES","shape":[2],"data":["aGVsbG8="]"#), "expected [1]"),
            (
                request(#""name":"image","datatype":"BYTES","shape":[1],"data":["aGVsbG8="]"#),
                "expected a PNG, JPEG, WebP or TIFF"
            ),
            (request(#""name":"other","datatype":"BYTES","shape":[1],"data":["aGVsbG8="]"#), "found other"),
            (
                request(#""name":"input","datatype":"FP32","shape":[1,3,1,1]"#),
                "neither data nor binary_data_size"
            ),
            (
                request(
                    #""name":"input","datatype":"FP32","shape":[1,3,1,1],"parameters":{"binary_data_size":12}"#
                ), "announces 12 bytes"
            ),
        ]
        try await server.test { client async throws in
            for (json, message) in cases {
                let response = try await infer(client, json)
                #expect(response.status == .badRequest, "\(json)")
                #expect(response.member("error").contains(message), "\(json): \(response.member("error"))")
            }
            let length = try await client.post(
                "/v2/models/narrow/infer", Array("{}".utf8), headers: [.inferenceHeaderLength: "3"])
            #expect(length.member("error").contains("Inference-Header-Content-Length"))
        }
    }
}
