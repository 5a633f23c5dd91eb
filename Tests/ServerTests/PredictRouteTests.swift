import Files
import Foundation
import Hummingbird
import HummingbirdTesting
import NIOCore
import Predictions
import TestSupport
import Testing

@testable import Server

@Suite("POST /v1/predict")
struct PredictRouteTests {
    private let server: TestServer

    init() throws { server = try TestServer() }

    @Test("one task and one view are that file, the same bytes as the command line's")
    func oneFile() async throws {
        let photo = try photo()
        let expected = try server.expectedFiles(photo)
        try await server.test { client async throws in
            for task in ["segmentation", "depth", "normals"] {
                let response = try await client.predict(photo, "?tasks=\(task)")
                #expect(response.status == .ok)
                #expect(response.headers[.contentType] == "image/png")
                #expect(response.bytes == expected["\(task).png"], "\(task)")
            }
        }
    }

    @Test("WebP and TIFF photos are answered as the command line answers them")
    func otherFormats() async throws {
        try await server.test { client async throws in
            for (path, type) in [("webp/lossy.webp", "image/webp"), ("tiff/rgb-8-lzw.tif", "image/tiff")] {
                let photo = try fixtureBytes("images/" + path)
                let expected = try server.expectedFiles(photo)["depth.png"]
                let response = try await client.post(
                    "/v1/predict?tasks=depth", photo, headers: [.contentType: type])
                #expect(response.status == .ok && response.bytes == expected, "\(path)")
            }
        }
    }

    @Test(
        "several files are a zip archive, or parts with boundaries, in both all bytes as the command line's")
    func severalFiles() async throws {
        let photo = try photo()
        var options = PredictionOptions()
        options.views = [.data, .color]
        let expected = try server.expectedFiles(photo, options: options)
        try await server.test { client async throws in
            let zip = try await client.predict(photo, "?view=data,color")
            #expect(zip.headers[.contentType] == "application/zip")
            #expect(try storedFiles(zip.bytes) == expected)
            let parts = try await client.predict(
                photo, "?view=data,color", headers: [.accept: "multipart/mixed, application/zip;q=0.5"])
            let boundary = HeaderParameters(parts.headers[.contentType] ?? "").value("boundary") ?? ""
            #expect(try mixedFiles(parts.bytes, boundary) == expected)
        }
    }

    @Test("the size and the resizing of the query are those of the predictor")
    func options() async throws {
        let photo = try photo()
        var options = PredictionOptions()
        options.outputSize = .model
        options.resize = .stretch
        let expected = try server.expectedFiles(photo, options: options)
        try await server.test { client async throws in
            let response = try await client.predict(photo, "?tasks=depth&size=model&resize=stretch")
            #expect(response.bytes == expected["depth.png"])
        }
    }

    @Test("a form with the field image is the same as its bytes alone")
    func form() async throws {
        let photo = try photo()
        let expected = try server.expectedFiles(photo)
        try await server.test(.live) { client async throws in
            let form =
                Array(
                    "--x\r\nContent-Disposition: form-data; name=\"image\"; filename=\"a.png\"\r\n\r\n".utf8)
                + photo + Array("\r\n--x--\r\n".utf8)
            let response = try await client.post(
                "/v1/models/narrow/predict?tasks=depth", form,
                headers: [.contentType: "multipart/form-data; boundary=x"])
            #expect(response.status == .ok)
            #expect(response.bytes == expected["depth.png"])
        }
    }

    @Test("metadata alone tells the sizes, the tasks and the files")
    func metadata() async throws {
        let photo = try photo(width: 90, height: 70)
        try await server.test { client async throws in
            let response = try await client.predict(photo, headers: [.accept: "application/json"])
            #expect(response.member("model") == "narrow")
            let image = response.json["image"] as? [String: Int]
            #expect(image == ["width": 90, "height": 70])
            #expect((response.json["files"] as? [Any])?.count == 3)
        }
    }

    @Test("every answer has an identifier and times, the client's identifier if it sent one")
    func headers() async throws {
        let photo = try photo()
        try await server.test { client async throws in
            let answer = try await client.predict(photo, "?tasks=depth", headers: [.requestID: "mine-1"])
            #expect(answer.headers[.requestID] == "mine-1")
            for step in ["queue", "decode", "inference", "encode", "total"] {
                #expect(answer.headers[.serverTiming]?.contains("\(step);dur=") == true, "\(step)")
            }
            let forged = try await client.get("/nowhere", headers: [.requestID: "a b"])
            #expect(forged.headers[.requestID].map { $0.count } == 36)
            #expect(forged.headers[.serverTiming]?.contains("total;dur=") == true)
        }
    }

    @Test("a HEAD request is answered as a GET without its body, a wrong method with those that are allowed")
    func methods() async throws {
        try await server.test { client async throws in
            let head = try await client.executeRequest(
                uri: "/v1/models", method: .head, headers: [:], body: nil)
            #expect(head.status == .ok && head.bytes.isEmpty)
            let wrong = try await client.get("/v1/predict")
            #expect(wrong.status == .methodNotAllowed && wrong.headers[.allow] == "POST")
        }
    }
}

/// The files of an archive without compression, their checksums verified.
private func storedFiles(_ archive: [UInt8]) throws -> [String: [UInt8]] {
    var files: [String: [UInt8]] = [:]
    var archive = ByteBuffer(bytes: archive)
    while archive.getInteger(at: archive.readerIndex, endianness: .little, as: UInt32.self) == 0x0403_4b50 {
        let start = archive.readSlice(length: 30)
        let header = try #require(start)
        let checksum = header.getInteger(at: 14, endianness: .little, as: UInt32.self)
        let size = try #require(header.getInteger(at: 18, endianness: .little, as: UInt32.self))
        let nameLength = try #require(header.getInteger(at: 26, endianness: .little, as: UInt16.self))
        let (text, bytes) = (
            archive.readString(length: Int(nameLength)), archive.readBytes(length: Int(size))
        )
        let (name, contents) = (try #require(text), try #require(bytes))
        #expect(contents.withUnsafeBytes(CRC32.checksum) == checksum)
        files[name] = contents
    }
    return files
}

/// The files of a body with boundaries.
private func mixedFiles(_ body: [UInt8], _ boundary: String) throws -> [String: [UInt8]] {
    var files: [String: [UInt8]] = [:]
    var rest = body[...]
    let lineEnd = Array("\r\n".utf8)
    func line() -> String {
        let end = rest.indices.first { rest[$0...].starts(with: lineEnd) } ?? rest.endIndex
        defer { rest = rest[min(end + 2, rest.endIndex)...] }
        return String(decoding: rest[..<end], as: UTF8.self)
    }
    while line() == "--\(boundary)" {
        var name = ""
        var length = 0
        while case let header = line(), !header.isEmpty {
            if let file = HeaderParameters(header).value("filename") { name = file }
            if header.hasPrefix("Content-Length: ") { length = Int(header.dropFirst(16)) ?? 0 }
        }
        files[name] = Array(rest.prefix(length))
        rest = rest.dropFirst(length)
        #expect(line().isEmpty)
    }
    return files
}
