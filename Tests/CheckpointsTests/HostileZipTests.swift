import Checkpoints
import TestSupport
import Testing

@Suite("Zip archives that are wrong on purpose")
struct HostileZipTests {
    private static let tensor = TestPickle.tensor(
        TestPickle.storage("0", count: 2), sizes: [2], strides: [1])
    private static let pickle = TestPickle.document(TestPickle.dictionary(["w": tensor]))
    private static let record: [UInt8] = [0, 0, 128, 63, 0, 0, 0, 64]

    private func open(_ entries: [(name: String, contents: [UInt8])]) throws -> Checkpoint {
        try Checkpoint(bytes: TestZip.archive(entries).bytes, name: "x")
    }

    @Test("the archive may have any root folder, or none")
    func roots() throws {
        for root in ["archive/", "a b ü/", ""] {
            let entries = [(root + "data.pkl", Self.pickle), (root + "data/0", Self.record)]
            #expect(try open(entries)["w"]?.floats() == [1, 2])
        }
    }

    @Test("every field of the central directory may have any value without harm")
    func fields() throws {
        let (bytes, directory) = TestZip.archive([("m/data.pkl", Self.pickle), ("m/data/0", Self.record)])
        let values: [UInt32] = [0, 1, 2, 0x7f, 0xff, 0xffff, 0x7fff_ffff, 0x8000_0000, .max - 1, .max]
        var opened = 0
        for position in directory..<bytes.count - 3 {
            for value in values + [UInt32(bytes.count), UInt32(bytes.count) - 1, UInt32(directory)] {
                var copy = bytes
                copy.replaceSubrange(position..<position + 4, with: TestPickle.little(value))
                if try survives(copy) { opened += 1 }
            }
        }
        // Some fields (times, versions, the checksum of a record) may change without consequence.
        #expect(opened > 0)
    }

    @Test("every field of a ZIP64 directory may have any value without harm")
    func wideFields() throws {
        let bytes = try fixtureBytes("checkpoints/zip64.pth")
        let directory = try #require(bytes.indices.first { bytes[$0...].starts(with: [0x50, 0x4b, 1, 2]) })
        let size = UInt64(bytes.count)
        let values: [UInt64] = [
            0, 1, size - 1, size, size + 1, 1 << 31, 1 << 32, 1 << 62, 1 << 63, .max - 1, .max,
        ]
        for position in directory..<bytes.count - 7 {
            for value in values {
                var copy = bytes
                copy.replaceSubrange(position..<position + 8, with: TestPickle.little(value))
                _ = try survives(copy)
            }
        }
    }

    @Test("a changed checksum of data.pkl is an error, and none at all is not")
    func checksum() throws {
        var bytes = try fixtureBytes("checkpoints/wrapper.net.zip.pth")
        let name = Array("encoder_block.0.0.weight".utf8)
        let index = try #require(bytes.indices.first { bytes[$0...].starts(with: name) })
        bytes[index] = UInt8(ascii: "E")
        let error = #expect(throws: CheckpointError.self) { try Checkpoint(bytes: bytes, name: "x") }
        #expect(error?.description.contains("checksum") == true)
    }

    @Test("what is not supported is named")
    func unsupported() throws {
        let files: [([(name: String, contents: [UInt8])], String)] = [
            ([("m/data.pkl", Self.pickle), ("m/byteorder", Array("big".utf8))], "big-endian"),
            ([("m/archive_format", Array("pt2".utf8)), ("m/models/model.json", [])], "torch.export"),
            ([("m/data.pkl", Self.pickle), ("n/data.pkl", Self.pickle)], "one data.pkl"),
            ([("m/data.pkl", Self.pickle)], "m/data/0"),
            ([("m/data.pkl", Self.pickle), ("m/data.pkl", Self.pickle)], "twice"),
            ([("a.npy", [])], "NumPy"), ([("model.weights.h5", [])], "Keras"), ([("a", [])], "data.pkl"),
        ]
        for (entries, words) in files {
            let error = #expect(throws: CheckpointError.self) { try open(entries) }
            #expect(error?.description.contains(words) == true, "\(String(describing: error))")
        }
    }

    @Test("a compressed entry is an error that says how to pack the archive")
    func compressed() {
        var (bytes, directory) = TestZip.archive([("m/data.pkl", Self.pickle), ("m/data/0", Self.record)])
        bytes[directory + 10] = 8
        let error = #expect(throws: CheckpointError.self) { try Checkpoint(bytes: bytes, name: "x") }
        #expect(error?.description.contains("zip -0") == true)
    }

    /// Whether a damaged file still opens; anything but a value or a typed error would end the test run.
    private func survives(_ bytes: [UInt8]) throws -> Bool {
        do throws(CheckpointError) {
            for tensor in try Checkpoint(bytes: bytes, name: "x").tensors { _ = tensor.floats() }
            return true
        } catch {
            #expect(!error.description.isEmpty)
            return false
        }
    }
}
