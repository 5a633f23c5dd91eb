import Checkpoints
import Files
import Foundation
import TestSupport
import Testing

@testable import Evaluation

@Suite("NumPy's files")
struct ArrayFileTests {
    private func read(_ bytes: [UInt8]) throws -> StoredTensor {
        try NPYFile.array(in: MappedFile(bytes: bytes, name: "x.npy"))
    }

    /// A file with a header of any text.
    private func file(_ header: String, elements: [UInt8] = []) -> [UInt8] {
        let length = UInt16(header.utf8.count)
        return [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(length & 0xff), UInt8(length >> 8)]
            + Array(header.utf8) + elements
    }

    private func reason(_ bytes: [UInt8]) -> String {
        do {
            _ = try read(bytes)
            return ""
        } catch { return "\(error)" }
    }

    @Test(
        "arrays of every type, order and version of the format hold their numbers",
        arguments: [
            "f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "fortran", "version2",
            "version3",
        ])
    func types(name: String) throws {
        let array = try read(fixtureBytes("evaluation/numbers/\(name).npy"))
        #expect(array.shape == [2, 3, 4])
        #expect(array.floats() == (0..<24).map { Float($0) })
    }

    @Test("types that are no numbers, other byte orders and empty arrays are named")
    func unsupported() throws {
        for (name, words) in [
            ("big-endian", "expected little-endian floats, integers or booleans"), ("complex", "'<c8'"),
            ("text", "'<U2'"), ("record", "'descr' in the header, found [("), ("object", "'|O'"),
            ("empty", "found (0, 4)"),
        ] {
            let bytes = try fixtureBytes("evaluation/hostile/\(name).npy")
            #expect(reason(bytes).contains(words), "\(reason(bytes))")
        }
    }

    @Test("a shape that the file has no bytes for is refused before memory is taken for it")
    func sizes() {
        for shape in [
            "(1000000000000,)", "(3,)", "(9223372036854775807, 2)", "(4611686018427387904, 4)", "(-1, -2)",
            "(1e3,)",
            "()", "(0, 9223372036854775807, 9223372036854775807)", "[2]", "(2", "(2,, x)",
        ] {
            let header = "{'descr': '<f4', 'fortran_order': False, 'shape': \(shape), }"
            #expect(
                reason(file(header, elements: [0, 0, 0, 0, 0, 0, 0, 0])).contains("expected"), "\(shape)")
        }
        let good = file(
            "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }",
            elements: [0, 0, 128, 63, 0, 0, 0, 64])
        #expect(reason(good).isEmpty)
    }

    @Test("headers that lack a key, are cut or claim to be huge are refused")
    func headers() {
        #expect(reason([]).contains("empty"))
        #expect(reason(Array("hello, this is text".utf8)).contains("numpy.save"))
        #expect(reason(file("{}")).contains("'fortran_order' in the header, found none"))
        #expect(reason(file("{'fortran_order': Maybe}")).contains("True or False"))
        #expect(reason(file("{'fortran_order': True, 'descr': '<f4'}")).contains("'shape'"))
        var huge: [UInt8] = [0x93] + Array("NUMPY".utf8) + [2, 0, 0xff, 0xff, 0xff, 0x7f]
        #expect(reason(huge).contains("found one of 2147483647"))
        huge[6] = 4
        #expect(reason(huge).contains("version 1, 2 or 3"))
    }

    @Test("damaged arrays and archives give an error or numbers, never harm")
    func damage() throws {
        let array = try fixtureBytes("evaluation/numbers/fortran.npy")
        for copy in mutations(of: array, count: 4000, seed: 1) { _ = try? read(copy).floats() }
        for prefix in prefixes(of: array, dense: 300, step: 1) { #expect(!reason(prefix).isEmpty) }
        let archive = try fixtureBytes("evaluation/scores/0.npz")
        for copy in mutations(of: archive, count: 2000, seed: 2) {
            _ = try? NPZFile(copy, name: "x", limit: 1 << 20).array("label")?.floats()
        }
        for prefix in prefixes(of: archive, dense: 0, step: 97) {
            #expect(throws: (any Error).self) { try NPZFile(prefix, name: "x", limit: 1 << 20) }
        }
    }

    @Test("stored and deflated archives hold the same names, and no other array is there")
    func archives() throws {
        for number in [2, 9] {
            let bytes = try fixtureBytes("evaluation/archives/\(number).npz")
            let archive = try NPZFile(bytes, name: "x.npz", limit: 1 << 20)
            #expect(archive.names == ["depth", "label", "normal"])
            #expect(try archive.array("depth")?.shape == [32, 64, 1])
            #expect(try archive.array("image") == nil)
        }
    }

    @Test("an array above the limit, one that deflate could not make, and a wrong checksum are refused")
    func bombs() throws {
        var bytes = try fixtureBytes("evaluation/archives/2.npz")
        let limited = try NPZFile(bytes, name: "x.npz", limit: 4096)
        let error = #expect(throws: FileError.self) { try limited.array("depth") }
        #expect(
            error?.description.contains("x.npz: depth.npy: expected an array of at most 4096 bytes") == true)

        let header = try #require(bytes.indices.last { bytes[$0...].starts(with: [0x50, 0x4b, 1, 2]) })
        var bomb = bytes
        bomb.replaceSubrange(header + 24..<header + 28, with: [0, 0, 0, 0x10])
        let large = try NPZFile(bomb, name: "x.npz", limit: 1 << 30)
        #expect(throws: FileError.self) { try large.array("normal") }

        bytes[header + 16] ^= 1
        let wrong = try NPZFile(bytes, name: "x.npz", limit: 1 << 20)
        let checksum = #expect(throws: FileError.self) { try wrong.array("normal") }
        #expect(checksum?.description.contains("checksum") == true)
    }

    @Test("deflated data of another size than announced are refused, whether longer or shorter")
    func inflation() throws {
        let bytes = try fixtureBytes("evaluation/archives/2.npz")
        let header = try #require(bytes.indices.last { bytes[$0...].starts(with: [0x50, 0x4b, 1, 2]) })
        for delta in [1, 255] as [UInt8] {
            var other = bytes
            other[header + 24] &+= delta
            let archive = try NPZFile(other, name: "x.npz", limit: 1 << 20)
            let error = #expect(throws: FileError.self) { try archive.array("normal") }
            #expect(error?.description.contains("expected deflated data of") == true)
        }
    }
}
