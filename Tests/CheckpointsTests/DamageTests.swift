import Checkpoints
import Foundation
import TestSupport
import Testing

@testable import struct Checkpoints.ZipArchive
@testable import class Checkpoints.MappedFile

@Suite("Damaged files", .timeLimit(.minutes(10)))
struct DamageTests {
    /// Damaged copies of each fixture.
    static let copies = 2000

    @Test("every fixture cut short is an error, wherever it is cut", arguments: ExpectedCheckpoint.names)
    func prefixes(name: String) throws {
        let bytes = try fixtureBytes("checkpoints/\(name)")
        for length in stride(from: 0, to: bytes.count, by: 1 + bytes.count / 400) {
            #expect(throws: CheckpointError.self, "\(length) bytes") {
                try Checkpoint(bytes: Array(bytes[..<length]), name: name)
            }
        }
    }

    @Test("a damaged fixture gives a value or a typed error", arguments: ExpectedCheckpoint.names)
    func damagedFiles(name: String) throws {
        let bytes = try fixtureBytes("checkpoints/\(name)")
        let seed = UInt64(ExpectedCheckpoint.names.firstIndex(of: name) ?? 0)
        var refused = 0
        for copy in mutations(of: bytes, count: Self.copies, seed: seed) where !survives(copy) {
            refused += 1
        }
        #expect(refused > Self.copies / 20)
    }

    @Test(
        "a damaged file with objects, modules or storages inside its pickle gives a value or a typed error",
        arguments: ["module.legacy.pth", "dumped5.pkl", "dumped.module.pkl"])
    func damagedObjects(name: String) throws {
        let bytes = try fixtureBytes("ways/\(name)")
        #expect(survives(bytes))
        var refused = 0
        for copy in mutations(of: bytes, count: Self.copies / 4, seed: 5) where !survives(copy) {
            refused += 1
        }
        #expect(refused > Self.copies / 80)
    }

    @Test(
        "a damaged pickle of modules and of objects of any class gives a value or a typed error",
        arguments: ["neighbours.objects.pth", "module.pth", "torchscript.pt"])
    func damagedModules(name: String) throws {
        let (pickle, storages) = try Self.contents(of: fixtureBytes("ways/\(name)"))
        #expect(survives(TestZip.torch(pickle, storages: storages)))
        for copy in mutations(of: pickle, count: Self.copies / 4, seed: 98) {
            _ = survives(TestZip.torch(copy, storages: storages))
        }
    }

    @Test(
        "a damaged pickle that no checksum covers gives a value or a typed error",
        arguments: ExpectedCheckpoint.names.filter { $0.hasSuffix(".zip.pth") })
    func damagedPickles(name: String) throws {
        let (pickle, storages) = try Self.contents(of: fixtureBytes("checkpoints/\(name)"))
        #expect(survives(TestZip.torch(pickle, storages: storages)))
        var refused = 0
        for copy in mutations(of: pickle, count: Self.copies, seed: 99)
        where !survives(TestZip.torch(copy, storages: storages)) { refused += 1 }
        #expect(refused > Self.copies / 4)
    }

    @Test("damage does not make the reader take memory beyond its limits")
    func memory() throws {
        let before = Self.peakMemory()
        #expect(before > 0)
        for name in ["training.legacy.pth", "types.safetensors", "zip64.pth"] {
            let bytes = try fixtureBytes("checkpoints/\(name)")
            for copy in mutations(of: bytes, count: Self.copies, seed: 7) { _ = survives(copy) }
        }
        // A length taken from a damaged file at its word would ask for gigabytes. The address sanitizer keeps
        // freed memory for a while, hence the width of the margin.
        #expect(Self.peakMemory() - before < 1 << 30)
    }

    /// Reads everything; anything but a value or a typed error would end the test run.
    private func survives(_ bytes: [UInt8]) -> Bool {
        do throws(CheckpointError) {
            let checkpoint = try Checkpoint(bytes: bytes, name: "damaged")
            for tensor in checkpoint.tensors where tensor.shape.count < 1 << 16 { _ = tensor.floats() }
            return true
        } catch {
            #expect(!error.description.isEmpty && error.description.utf8.count < 4096)
            return false
        }
    }

    /// The pickle of a PyTorch archive, and its storages by their keys.
    private static func contents(
        of bytes: [UInt8]
    ) throws -> (pickle: [UInt8], storages: [String: [UInt8]]) {
        let archive = try ZipArchive(MappedFile(bytes: bytes, name: "fixture"))
        var contents: [String: [UInt8]] = [:]
        for entry in archive.entries.values where entry.method == 0 {
            let range = try archive.contents(of: entry)
            contents[entry.name.split(separator: "/").dropFirst().joined(separator: "/")] = Array(
                bytes[range])
        }
        let records = contents.filter { $0.key.hasPrefix("data/") }.map { ($0.key.dropFirst(5), $0.value) }
        return (
            try #require(contents["data.pkl"]),
            Dictionary(uniqueKeysWithValues: records.map { (String($0.0), $0.1) })
        )
    }

    /// The most memory this process ever had resident, in bytes.
    private static func peakMemory() -> Int {
        let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
        return Int(line?.split(separator: " ").dropFirst().first ?? "").map { $0 << 10 } ?? 0
    }
}
