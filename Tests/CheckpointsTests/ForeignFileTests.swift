import Checkpoints
import Foundation
import TestSupport
import Testing

@Suite("Files that are no checkpoints")
struct ForeignFileTests {
    private static func tar(first: String) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 1024)
        bytes.replaceSubrange(0..<first.utf8.count, with: first.utf8)
        bytes.replaceSubrange(257..<262, with: "ustar".utf8)
        return bytes
    }

    private static let kinds: [(name: String, bytes: [UInt8], kind: ForeignFile)] = [
        ("empty", [], .empty),
        (
            "git-lfs pointer", Array("version https://git-lfs.github.com/spec/v1\noid sha256:4d7a".utf8),
            .gitLFSPointer
        ),
        ("web page", Array("\n<!DOCTYPE html><html><head>".utf8), .webPage),
        ("web page without a doctype", Array("<html lang=en>".utf8), .webPage),
        (
            "web page cut inside a character",
            [0xef, 0xbb, 0xbf] + Array(("<!doctype html>" + String(repeating: "é", count: 400)).utf8),
            .webPage
        ),
        ("text cut inside a character", Array(("a" + String(repeating: "é", count: 400)).utf8), .text),
        ("text", Array("{\"model\": \"mtan\"}".utf8), .text),
        ("pre-0.1.10 tar", tar(first: "./sys_info"), .oldTorchTar),
        ("tar", tar(first: "model.pth"), .tar),
        ("gzip", [0x1f, 0x8b, 8, 0], .compressed("gzip")),
        ("HDF5", [0x89] + Array("HDF\r\n".utf8) + [0x1a, 0x0a], .keras),
        ("npy", [0x93] + Array("NUMPY".utf8) + [1, 0], .numpy),
        ("ONNX", [8, 7, 0x12, 7] + Array("pytorch".utf8), .onnx),
        ("GGUF", Array("GGUF".utf8) + [3, 0, 0, 0], .gguf),
        ("PNG", [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a], .image),
        ("JPEG", [0xff, 0xd8, 0xff, 0xe0], .image),
        ("plain pickle", [0x80, 4, 0x7d, 0x2e], .plainPickle),
        ("empty zip", [0x50, 0x4b, 5, 6] + [UInt8](repeating: 0, count: 18), .zip),
        ("noise", [0xfe, 0x01, 0, 0xab], .unknown(firstBytes: "fe 01 00 ab")),
    ]

    @Test("a common mistake is recognised and explained", arguments: kinds.indices)
    func recognised(index: Int) {
        let (name, bytes, kind) = Self.kinds[index]
        let error = #expect(throws: CheckpointError.self) { try Checkpoint(bytes: bytes, name: "photo.pth") }
        #expect(error == .foreign(file: "photo.pth", kind: kind), "\(name)")
        #expect(error?.description.hasPrefix("photo.pth: ") == true)
    }

    @Test("a folder, a missing file and a pipe are errors that say so")
    func notRegular() throws {
        let folder = try TemporaryFolder()
        #expect(throws: CheckpointError.foreign(file: folder.path, kind: .directory)) {
            try Checkpoint(contentsOf: folder.path)
        }
        #expect(
            throws: CheckpointError.unreadable(
                file: folder.file("none.pth"), reason: "No such file or directory")
        ) { try Checkpoint(contentsOf: folder.file("none.pth")) }
        #expect(mkfifo(folder.file("pipe.pth"), 0o600) == 0)
        let error = #expect(throws: CheckpointError.self) {
            try Checkpoint(contentsOf: folder.file("pipe.pth"))
        }
        #expect(error?.description.contains("not a regular file") == true)
    }

    @Test("an object that is no state dict is described, with where the tensors are")
    func noStateDict() {
        let tensor = TestPickle.tensor(TestPickle.storage("0", count: 1), sizes: [1], strides: [1])
        let values: [([UInt8], String)] = [
            (tensor, "a tensor"), ([0x5d], "a list"), ([0x7d], "an empty dictionary"),
            (TestPickle.dictionary(["lr": TestPickle.int(1)]), "a dictionary of lr"),
            (
                TestPickle.dictionary(["ema": TestPickle.dictionary(["w": tensor])]),
                "The entry ema holds tensors"
            ),
            (
                TestPickle.dictionary([
                    "model": TestPickle.dictionary(["w": tensor]),
                    "net": TestPickle.dictionary(["w": tensor]),
                ]), "several: model and net"
            ),
        ]
        for (value, words) in values {
            let bytes = TestZip.torch(TestPickle.document(value), storages: ["0": [0, 0, 0, 0]])
            let error = #expect(throws: CheckpointError.self) { try Checkpoint(bytes: bytes, name: "x") }
            #expect(error?.description.contains(words) == true, "\(String(describing: error))")
        }
    }

    @Test("an entry of the state dict that is no tensor, or has no name, is named")
    func notATensor() {
        let tensor = TestPickle.tensor(TestPickle.storage("0", count: 1), sizes: [1], strides: [1])
        let values: [([UInt8], CheckpointError)] = [
            (
                TestPickle.dictionary(["w": tensor, "x": TestPickle.int(3)]),
                .notATensor(file: "f", name: "x", found: "an integer")
            ),
            (
                TestPickle.dictionary([(TestPickle.int(3), tensor)]),
                .notATensor(file: "f", name: "(an integer as its key)", found: "a tensor")
            ),
            (
                TestPickle.dictionary([(TestPickle.text("w"), tensor), (TestPickle.text("w"), tensor)]),
                .duplicateName(file: "f", name: "w")
            ),
        ]
        for (value, expected) in values {
            let bytes = TestZip.torch(TestPickle.document(value), storages: ["0": [0, 0, 0, 0]])
            #expect(throws: expected) { try Checkpoint(bytes: bytes, name: "f") }
        }
    }

    @Test("names from a file are printed without control characters and clipped")
    func printedNames() {
        let error = CheckpointError.duplicateName(
            file: "f", name: "\u{1b}[2J" + String(repeating: "a", count: 5000))
        #expect(!error.description.contains("\u{1b}"))
        #expect(error.description.count < 400)
    }
}
