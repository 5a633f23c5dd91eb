import Hummingbird
import HummingbirdTesting
import TestSupport
import Testing

@testable import Server

@Suite("Hostile bodies")
struct HostileBodyTests {
    private let server: TestServer

    init() throws { server = try TestServer() }

    /// Sends damaged copies of a body that is right, and that one after them.
    private func bombard(
        _ uri: String, _ body: [UInt8], headers: HTTPFields, count: Int, seed: UInt64
    ) async throws {
        try await server.test { client async throws in
            let expected = try await client.post(uri, body, headers: headers)
            #expect(expected.status == .ok)
            for damaged in mutations(of: body, count: count, seed: seed) {
                let status = try await client.post(uri, damaged, headers: headers).status
                #expect(status.code < 500, "\(status)")
            }
            #expect(try await client.post(uri, body, headers: headers).bytes == expected.bytes)
        }
    }

    @Test("random damage to a form gives a prediction or an error of the client's, and the next is right")
    func forms() async throws {
        let head = "--x\r\nContent-Disposition: form-data; name=\"note\"\r\n\r\nhello\r\n--x\r\n"
        let field = "Content-Disposition: form-data; name=\"image\"; filename=\"a.png\"\r\n"
        let type = "Content-Type: image/png\r\n\r\n"
        let form = try Array((head + field + type).utf8) + photo() + Array("\r\n--x--\r\n".utf8)
        let headers: HTTPFields = [.contentType: "multipart/form-data; boundary=x"]
        try await bombard("/v1/predict?tasks=depth", form, headers: headers, count: 200, seed: 1)
        // The photo is most of the form: damage its skeleton too.
        let short = Array((head + field + type).utf8) + Array("\r\n--x--\r\n".utf8)
        try await server.test { client async throws in
            for damaged in mutations(of: short, count: 300, seed: 2) {
                let status = try await client.post("/v1/predict", damaged, headers: headers).status
                #expect(status.code < 500, "\(status)")
            }
        }
    }

    @Test(
        "random damage to an inference request gives outputs or an error of the client's, and the next is right"
    )
    func inference() async throws {
        let elements = (0..<3 * 32 * 32).map { Float($0 % 256) / 255 }
        let json = #"""
            {"id":"7","parameters":{"binary_data_output":true},"inputs":[{"name":"input","datatype":"FP32",\#
            "shape":[1,3,32,32],"parameters":{"binary_data_size":\#(4 * elements.count)}}],"outputs":[{"name":"depth"}]}
            """#
        let headers: HTTPFields = [
            .contentType: "application/octet-stream", .inferenceHeaderLength: "\(json.utf8.count)",
        ]
        let binary = elements.withUnsafeBytes { Array($0) }
        let uri = "/v2/models/narrow/infer"
        try await bombard(uri, Array(json.utf8) + binary, headers: headers, count: 200, seed: 3)
        let text = #"{"inputs":[{"name":"input","datatype":"FP32","shape":[1,3,32,32],"data":\#(elements)}]}"#
        try await bombard(
            uri, Array(text.utf8), headers: [.contentType: "application/json"], count: 200, seed: 4)
        // The header is a small part of these: damage it alone.
        try await server.test { client async throws in
            for damaged in mutations(of: Array(json.utf8), count: 300, seed: 5) {
                let status = try await client.post(uri, damaged + binary, headers: headers).status
                #expect(status.code < 500, "\(status)")
            }
        }
    }
}
