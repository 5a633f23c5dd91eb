import Checkpoints
import Foundation
import Tensors
import TestSupport
import Testing

@Suite("Writing safetensors")
struct SafetensorsWriterTests {
    private func random(_ shape: Shape, seed: UInt64) -> Tensor {
        var generator = SplitMix64(seed: seed)
        return Tensor(
            shape: shape, elements: (0..<shape.count).map { _ in Float.random(in: -2...2, using: &generator) }
        )
    }

    @Test("the bytes are those of the reference implementation")
    func referenceBytes() throws {
        let original = try Checkpoint(contentsOf: fixtureURL("checkpoints/written.safetensors").path)
        let entries = try original.tensors.reversed().map { tensor in
            let precision = try #require(
                SafetensorsWriter.Precision.allCases.first { "\($0)" == tensor.elementType.rawValue })
            return SafetensorsWriter.Entry(name: tensor.name, source: tensor, precision: precision)
        }
        let folder = try TemporaryFolder()
        try SafetensorsWriter(entries, metadata: original.metadata).write(to: folder.file("x.safetensors"))
        let written = Array(try Data(contentsOf: URL(fileURLWithPath: folder.file("x.safetensors"))))
        #expect(written == (try fixtureBytes("checkpoints/written.safetensors")))
    }

    @Test("what is written reads back rounded to its type, from a mapped file, as often as asked")
    func roundTrip() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("big.safetensors")
        let tensors = [
            ("a", random([600, 300, 2], seed: 1)), ("b", random([7], seed: 2)),
            ("c", random([0, 2], seed: 3)),
        ]
        for precision in SafetensorsWriter.Precision.allCases {
            let entries = tensors.map {
                SafetensorsWriter.Entry(name: $0.0, source: $0.1, precision: precision)
            }
            try SafetensorsWriter(entries + entries.map(renamed), metadata: ["k\n": "\u{1}é\""]).write(
                to: path)
            let checkpoint = try Checkpoint(contentsOf: path)
            #expect(checkpoint.metadata == ["k\n": "\u{1}é\""])
            let tolerance: Float = precision == .float32 ? 0 : precision == .float16 ? 0x1p-10 : 0x1p-8
            for (name, tensor) in tensors {
                for stored in [checkpoint[name], checkpoint[name], checkpoint["again." + name]] {
                    let stored = try #require(stored)
                    #expect(stored.elementType.rawValue == "\(precision)")
                    let differences = zip(stored.floats(), tensor.elements).map { abs($0 - $1) }
                    #expect(differences.allSatisfy { $0 <= tolerance })
                }
            }
        }
        #expect(try folder.names() == ["big.safetensors"])
    }

    private func renamed(_ entry: SafetensorsWriter.Entry) -> SafetensorsWriter.Entry {
        SafetensorsWriter.Entry(name: "again." + entry.name, source: entry.source, precision: entry.precision)
    }

    @Test("a file that cannot be written leaves nothing behind and says why")
    func failure() throws {
        let folder = try TemporaryFolder()
        let entry = SafetensorsWriter.Entry(name: "a", source: random([3], seed: 4), precision: .float32)
        #expect(
            throws: CheckpointError.unwritable(file: folder.file("no/x"), reason: "No such file or directory")
        ) {
            try SafetensorsWriter([entry]).write(to: folder.file("no/x"))
        }
        try FileManager.default.createDirectory(
            atPath: folder.file("taken"), withIntermediateDirectories: false)
        #expect(throws: CheckpointError.self) {
            try SafetensorsWriter([entry]).write(to: folder.file("taken"))
        }
        #expect(throws: CheckpointError.duplicateName(file: folder.file("x"), name: "a")) {
            try SafetensorsWriter([entry, entry]).write(to: folder.file("x"))
        }
        #expect(try folder.names() == ["taken"])
    }

    @Test("a file is replaced while it is mapped, and the old contents stay readable")
    func replaced() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("x.safetensors")
        let (old, new) = (random([512, 1024], seed: 5), random([2], seed: 6))
        try SafetensorsWriter([.init(name: "a", source: old, precision: .float32)]).write(to: path)
        let before = try Checkpoint(contentsOf: path)
        try SafetensorsWriter([.init(name: "a", source: new, precision: .float32)]).write(
            to: path, isSynced: false)
        #expect(before["a"]?.floats() == old.elements)
        #expect(try Checkpoint(contentsOf: path)["a"]?.floats() == new.elements)
    }
}
