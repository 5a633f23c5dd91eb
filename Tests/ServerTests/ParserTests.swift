import Foundation
import Hummingbird
import NIOCore
import TestSupport
import Testing

@testable import Server

@Suite("Forms")
struct MultipartFormTests {
    private func field(_ text: String, boundary: String = "x") throws -> String {
        let body = ByteBuffer(string: text.replacing("\n", with: "\r\n"))
        return try String(buffer: MultipartForm(body, boundary: boundary).field("image"))
    }

    @Test("the field is found among others, after a preamble, with any header and any bytes")
    func found() throws {
        let form = """
            preamble
            --x
            Content-Disposition: form-data; name="text"

            hello
            --x\u{20}
            content-type: image/png
            content-disposition: form-data; filename="a\\"b;name=c.png"; name=image

            --y
            -x--

            --x--
            """
        #expect(try field(form) == "--y\r\n-x--\r\n")
    }

    @Test("what is no form is refused, and says what is missing")
    func refused() {
        for (form, message) in [
            ("", "begin with the boundary"), ("--y\n\n", "begin with the boundary"), ("--x", "line end"),
            ("--x\n", "header of a part"), ("--x\n\nabc", "end with its boundary"),
            ("--x--", "found no fields"),
            ("--x\nContent-Disposition: form-data; name=\"other\"\n\n1\n--x--", "found other"),
        ] {
            do {
                _ = try field(form)
                Issue.record("taken: \(form)")
            } catch {
                #expect(Problem(error).detail.contains(message), "\(form): \(Problem(error).detail)")
                #expect(Problem(error).status == .badRequest)
            }
        }
    }
}

@Suite("Accept")
struct ResponseFormatTests {
    @Test("the most precise range decides, then the quality, then what the server prefers")
    func choice() throws {
        let cases: [(String?, String?, ResponseFormat)] = [
            (nil, nil, .zip), (nil, "image/png", .file), ("*/*", nil, .zip), ("image/*", "image/png", .file),
            ("application/json", "image/png", .metadata), ("multipart/mixed", nil, .multipart),
            ("application/zip;q=0.2, multipart/mixed;q=0.9", nil, .multipart),
            ("*/*;q=0.1, application/json;q=0", nil, .zip), ("text/html, */*;q=0.8", "image/png", .file),
            ("Application/ZIP", "image/png", .zip),
        ]
        for (accept, type, format) in cases {
            #expect(try ResponseFormat(accept: accept, fileType: type) == format, "\(accept ?? "none")")
        }
    }

    @Test("nothing acceptable is refused with what there is")
    func refused() {
        for accept in ["image/png", "text/html", "*/*;q=0", "nonsense"] {
            #expect(throws: ServerError.self) { try ResponseFormat(accept: accept, fileType: nil) }
        }
    }
}

@Suite("JSON of requests")
struct JSONCursorTests {
    private func string(_ text: String) throws -> String {
        var cursor = JSONCursor(Array(text.utf8)[...])
        defer { _ = cursor }
        let string = try cursor.string()
        try cursor.end()
        return string
    }

    @Test("strings and numbers are read as Foundation reads them")
    func values() throws {
        for text in [#""a""#, #""""#, #""ä\n\"\\/\u00e4\ud83d\ude00""#] {
            #expect(try string(text) == JSONDecoder().decode(String.self, from: Data(text.utf8)))
        }
        for text in ["0", "-1.5", "1e3", "1E-2", "12345678901234567890", " 7 "] {
            var cursor = JSONCursor(Array(text.utf8)[...])
            #expect(try cursor.number() == JSONDecoder().decode(Double.self, from: Data(text.utf8)))
        }
    }

    @Test("what is no JSON is refused with its place")
    func refused() {
        for text in ["", "\"", "\"\\", "\"a\nb\"", "\"\\x\"", "\"\u{1}\"", "a", "\"a\"b"] {
            #expect(throws: ServerError.self, "\(text)") { try string(text) }
        }
        for text in ["", "-", "+1", ".5", "1.", "0x10", "nan", "Infinity", "1e", "--1"] {
            var cursor = JSONCursor(Array(text.utf8)[...])
            #expect(throws: ServerError.self, "\(text)") {
                _ = try cursor.number()
                try cursor.end()
            }
        }
        var deep = JSONCursor([UInt8](repeating: UInt8(ascii: "["), count: 100_000)[...])
        func descend(_ cursor: inout JSONCursor) throws(ServerError) { try cursor.array(descend) }
        #expect(throws: ServerError.self) { try descend(&deep) }
    }
}

@Suite("Headers")
struct HeaderTests {
    @Test("trace parents are taken up if they are well formed, and otherwise ignored")
    func traceParent() {
        let trace = String(repeating: "ab", count: 16)
        let parent = "0123456789abcdef"
        #expect(TraceParent("00-\(trace)-\(parent)-01")?.traceID == trace[...])
        #expect(TraceParent("00-\(trace)-\(parent)-01")?.parentID == parent[...])
        #expect(TraceParent("cc-\(trace)-\(parent)-01-more") != nil)
        for wrong in [
            "", "00", "ff-\(trace)-\(parent)-01", "00-\(trace)-\(parent)-01-x",
            "00-\(trace.uppercased())-\(parent)-01",
            "00-\(String(repeating: "0", count: 32))-\(parent)-01", "00-\(trace)-0000000000000000-01",
        ] {
            #expect(TraceParent(wrong) == nil, "\(wrong)")
        }
    }

    @Test("parameters are read with and without quotes, in any case and order")
    func parameters() {
        let header = HeaderParameters(#"Form-Data ; NAME="a;\"b" ;filename = c.png;"#)
        #expect(header.value == "form-data")
        #expect(header.value("name") == "a;\"b")
        #expect(header.value("filename") == "c.png")
        #expect(header.value("other") == nil)
    }
}

@Suite("Keys")
struct KeyRingTests {
    @Test("only a whole key on a line of its own opens, and a changed file is read again")
    func check() throws {
        let folder = try TemporaryFolder()
        let file = folder.url("keys")
        try Data("# staff\nalpha-1\r\n\n  beta-2 \n".utf8).write(to: file)
        let ring = try KeyRing(path: file.path)
        for right in ["Bearer alpha-1", "bearer beta-2"] { try ring.check(right) }
        for wrong in [
            nil, "", "alpha-1", "Bearer", "Bearer ", "Bearer alpha", "Bearer alpha-12",
            "Bearer alpha-1alpha-1",
            "Bearer # staff", "Basic alpha-1",
        ] {
            #expect(throws: ServerError.self, "\(wrong ?? "none")") { try ring.check(wrong) }
        }
        try Data("gamma\n".utf8).write(to: file)
        try ring.reload()
        try ring.check("Bearer gamma")
        #expect(throws: ServerError.self) { try ring.check("Bearer alpha-1") }
    }

    @Test("a file without keys is refused, so that nobody is locked out by mistake")
    func empty() throws {
        let folder = try TemporaryFolder()
        try Data("# none\n".utf8).write(to: folder.url("keys"))
        #expect(throws: (any Error).self) { try KeyRing(path: folder.url("keys").path) }
    }
}
