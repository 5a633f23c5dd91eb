import Checkpoints
import Foundation
import Tensors
import TestSupport
import Testing

@Suite("Mapped checkpoints")
struct MappedFileTests {
    /// Writes four tensors of 4 MiB each.
    private func write(to path: String) throws -> [Tensor] {
        let tensors = (UInt64(0)..<4).map { seed in
            var random = SplitMix64(seed: seed)
            return Tensor(
                shape: [1 << 20],
                elements: (0..<1 << 20).map { _ in Float(UInt16(truncatingIfNeeded: random.next())) })
        }
        let entries = tensors.enumerated().map { index, tensor in
            SafetensorsWriter.Entry(name: "\(index)", source: tensor, precision: .float32)
        }
        try SafetensorsWriter(entries).write(to: path, isSynced: false)
        return tensors
    }

    @Test("reading all tensors of a mapped file leaves little of it resident")
    func residentMemory() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("big.safetensors")
        let tensors = try write(to: path)
        let checkpoint = try Checkpoint(contentsOf: path)
        for (stored, tensor) in zip(checkpoint.tensors, tensors) {
            #expect(stored.floats() == tensor.elements)
        }
        let resident = try #require(try Self.residentBytes(of: path))
        #expect(resident <= 1 << 20)
        #expect(checkpoint["0"]?.floats() == tensors[0].elements)
    }

    @Test("many threads may read the same tensor at once")
    func concurrentReads() async throws {
        let folder = try TemporaryFolder()
        let path = folder.file("big.safetensors")
        let tensors = try write(to: path)
        let checkpoint = try Checkpoint(contentsOf: path)
        let wrong = await withTaskGroup(of: Int.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    zip(checkpoint.tensors, tensors).count { $0.floats() != $1.elements }
                }
            }
            return await group.reduce(0, +)
        }
        #expect(wrong == 0)
    }

    /// How many bytes of a mapped file are in memory; nil if it is not mapped.
    private static func residentBytes(of path: String) throws -> Int? {
        let handle = try #require(FileHandle(forReadingAtPath: "/proc/self/smaps"))
        let maps = String(decoding: try handle.readToEnd() ?? Data(), as: UTF8.self)
        let lines = maps.split(separator: "\n").drop { !$0.hasSuffix(path) }
        guard let line = lines.first(where: { $0.hasPrefix("Rss:") }) else { return nil }
        return line.split(separator: " ").dropFirst().first.flatMap { Int($0) }.map { $0 << 10 }
    }
}
