import Foundation
import Hummingbird
import HummingbirdTesting
import NIOCore
import TestSupport
import Testing

@testable import Server

@Suite("Refusals")
struct RefusalTests {
    private let server: TestServer

    init() throws { server = try TestServer() }

    @Test("each wrong request gets its status, and a problem that names what is wrong")
    func problems() async throws {
        let photo = try photo()
        try await server.test { client async throws in
            let png: HTTPFields = [.contentType: "image/png"]
            let cases: [(String, [UInt8], HTTPFields, Int, String)] = [
                ("/v1/predict", Array("hello".utf8), png, 400, "expected a PNG, JPEG, WebP or TIFF image"),
                ("/v1/predict", [], png, 400, "an empty file"),
                ("/v1/predict", Array(photo.dropLast(40)), png, 400, "expected a whole PNG file"),
                ("/v1/predict", photo, [.contentType: "text/plain"], 415, "found \\\"text/plain\\\""),
                ("/v1/predict", photo, [.contentType: "multipart/form-data"], 415, "with a boundary"),
                (
                    "/v1/predict?tasks=colour", photo, png, 400,
                    "tasks: expected some of segmentation,depth,normals"
                ),
                ("/v1/predict?tasks=", photo, png, 400, "tasks: expected some of"),
                ("/v1/predict?view=svg", photo, png, 400, "view: expected some of data,color,npy"),
                ("/v1/predict?size=huge", photo, png, 400, "size: expected one of original, model"),
                (
                    "/v1/predict?colour=1", photo, png, 400,
                    "expected the parameters depth_scale, input_area, input_size, resize, size, tasks, view"
                ),
                ("/v1/predict?size=model&size=model", photo, png, 400, "found several"),
                ("/v1/models/none/predict", photo, png, 404, "there are: narrow"),
                (
                    "/v1/predict", photo, [.contentType: "image/png", .accept: "image/webp"], 406,
                    "application/zip"
                ),
                (
                    "/v1/predict", photo, [.contentType: "image/png", .requestTimeout: "soon"], 400,
                    "X-Request-Timeout"
                ),
                (
                    "/v1/predict", photo, [.contentType: "image/png", .contentEncoding: "gzip"], 415,
                    "Content-Encoding"
                ),
            ]
            for (uri, body, headers, status, detail) in cases {
                let response = try await client.post(uri, body, headers: headers)
                let text = String(decoding: response.bytes, as: UTF8.self)
                #expect(response.status.code == status && text.contains(detail), "\(uri) \(headers): \(text)")
                #expect(response.headers[.contentType] == "application/problem+json")
                #expect(response.member("request_id") == response.headers[.requestID])
                #expect(response.member("status") == "\(status)")
            }
        }
    }

    @Test("a body over the limit is refused by what it announces, and by what it turns out to be")
    func tooLong() async throws {
        var server = server
        server.configuration.limits.maximumBytes = 10_000
        try await server.test { client async throws in
            let announced = try await client.predict([UInt8](repeating: 0, count: 10_001))
            #expect(
                announced.status == .contentTooLarge && announced.member("detail").contains("10000 bytes"))
        }
        let reader = BodyReader(admission: Admission(places: 1, bytes: 1 << 20))
        let request = Request(
            head: HTTPRequest(method: .post, scheme: nil, authority: nil, path: "/"),
            body: RequestBody(buffer: ByteBuffer(repeating: 0, count: 101)))
        await #expect(throws: ServerError.self) {
            try await reader.read(
                request, .test(), for: "a", limit: 100, until: .now + .seconds(60))
        }
    }

    @Test("an image over the limit on pixels is refused by its header, before the rest has arrived")
    func tooManyPixels() async throws {
        var server = server
        server.configuration.limits.maximumPixels = 5000
        let small = try photo(width: 70, height: 70)
        let large = try photo(width: 300, height: 200)
        try await server.test { client async throws in
            #expect(try await client.predict(small, "?tasks=depth").status == .ok)
            let refused = try await client.predict(large)
            #expect(refused.status == .contentTooLarge)
            #expect(refused.member("detail").contains("expected at most 5000 pixels, found 60000"))
            // The end is missing; that it is too large is known first.
            let cut = try await client.predict(Array(large.prefix(5000)))
            #expect(cut.status == .contentTooLarge)
        }
    }

    @Test("a deadline that passes is 504, the client's own too")
    func deadline() async throws {
        let photo = try photo()
        try await server.test { client async throws in
            let late = try await client.predict(photo, headers: [.requestTimeout: "0.000001"])
            #expect([.gatewayTimeout, .requestTimeout].contains(late.status))
            #expect(try await client.predict(photo, headers: [.requestTimeout: "50"]).status == .ok)
        }
    }

    @Test("hostile bodies of every kind are refused without harm, and a right request is answered after them")
    func fuzz() async throws {
        let photo = try photo(width: 40, height: 30)
        let form =
            Array("--x\r\nContent-Disposition: form-data; name=\"image\"\r\n\r\n".utf8) + photo
            + Array("\r\n--x--\r\n".utf8)
        let inference = Array(
            #"{"inputs":[{"name":"input","datatype":"FP32","shape":[1,3,32,32],"data":[0.5,[1e-3]]}]}"#.utf8)
        let expected = try server.expectedFiles(photo)["depth.png"]
        try await server.test { client async throws in
            for body in mutations(of: form, count: 300, seed: 1) {
                let response = try await client.post(
                    "/v1/predict?tasks=depth", body,
                    headers: [.contentType: "multipart/form-data; boundary=x"])
                #expect([200, 400, 413].contains(response.status.code))
            }
            for body in mutations(of: inference, count: 600, seed: 2) {
                let response = try await client.post(
                    "/v2/models/narrow/infer", body, headers: [.contentType: "application/json"])
                #expect([400, 413].contains(response.status.code))
                #expect(response.json["error"] is String)
            }
            #expect(try await client.predict(photo, "?tasks=depth").bytes == expected)
        }
    }
}
