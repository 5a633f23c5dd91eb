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
        #expect(throws: CheckpointError.foreign(file: folder.path, kind: .directory(checkpoints: []))) {
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

    @Test("an object without named tensors is described")
    func noTensors() {
        let tensor = TestPickle.tensor(TestPickle.storage("0", count: 1), sizes: [1], strides: [1])
        let values: [([UInt8], String)] = [
            (tensor, "a tensor"), ([0x5d], "a list"), ([0x7d], "an empty dictionary"),
            (TestPickle.dictionary(["lr": TestPickle.int(1)]), "a dictionary of lr"),
        ]
        for (value, words) in values {
            let pickle = TestPickle.document(value)
            let files =
                [TestZip.torch(pickle, storages: ["0": [0, 0, 0, 0]])] + (words == "a tensor" ? [] : [pickle])
            for bytes in files {
                let error = #expect(throws: CheckpointError.self) { try Checkpoint(bytes: bytes, name: "x") }
                #expect(error?.description.contains(words) == true, "\(String(describing: error))")
            }
        }
    }

    @Test("a folder is refused if it holds several checkpoints, or pieces of one")
    func folders() throws {
        let folder = try TemporaryFolder()
        for name in ["a.pth", "b.safetensors"] {
            try Data([0]).write(to: URL(fileURLWithPath: folder.file(name)))
        }
        #expect(
            throws: CheckpointError.foreign(
                file: folder.path, kind: .directory(checkpoints: ["a.pth", "b.safetensors"]))
        ) { try Checkpoint(contentsOf: folder.path) }
        try Data([0]).write(to: URL(fileURLWithPath: folder.file("__0_0.distcp")))
        #expect(throws: CheckpointError.foreign(file: folder.path, kind: .distributedCheckpoint)) {
            try Checkpoint(contentsOf: folder.path)
        }
    }

    @Test("an entry of the state dict that is no tensor is listed, and two tensors of one name are an error")
    func notATensor() throws {
        let tensor = TestPickle.tensor(TestPickle.storage("0", count: 1), sizes: [1], strides: [1])
        func open(_ value: [UInt8]) throws -> StateDict {
            let bytes = TestZip.torch(TestPickle.document(value), storages: ["0": [0, 0, 0, 0]])
            return try Checkpoint(bytes: bytes, name: "f").stateDict()
        }
        let mixed = try open(TestPickle.dictionary(["w": tensor, "x": TestPickle.int(3)]))
        #expect(mixed.tensors.map(\.name) == ["w"])
        #expect(mixed.otherEntries == ["x: an integer"])
        #expect(try open(TestPickle.dictionary([(TestPickle.int(3), tensor)])).tensors.map(\.name) == ["3"])
        #expect(throws: CheckpointError.duplicateName(file: "f", name: "w")) {
            try open(TestPickle.dictionary([(TestPickle.text("w"), tensor), (TestPickle.text("w"), tensor)]))
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
