import Checkpoints
import Foundation
import Networks
import Tensors
import TestSupport
import Testing

@Suite("Parity with PyTorch")
struct ParityTests {
    @Test(
        "a narrow network at 288x384 gives what PyTorch gives, from every format",
        arguments: ["narrow.pth", "narrow.legacy.pth", "narrow.safetensors"])
    func narrow(file: String) throws {
        let checkpoint = try Checkpoint(contentsOf: fixtureURL("networks/\(file)").path)
        try ReferenceRun("narrow", height: 288, width: 384).check(checkpoint)
    }

    @Test(
        "a network of 2 tasks and 7 classes at 128x256 gives what PyTorch gives, from every format",
        arguments: ["city.pth", "city.legacy.pth", "city.safetensors"])
    func city(file: String) throws {
        let checkpoint = try Checkpoint(contentsOf: fixtureURL("networks/\(file)").path)
        try ReferenceRun("city", height: 128, width: 256).check(checkpoint)
    }

    @Test("the full-width network gives what PyTorch gives")
    func full() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
            "mtan-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appendingPathComponent("full.safetensors").path
        try StateDict.fullWidth.write(to: file)
        try ReferenceRun("full", height: 64, width: 96).check(Checkpoint(contentsOf: file))
    }

    /// `make_networks.py --full DIR` writes the three files, which are too large to be kept here.
    @Test(
        "the full-width network gives what PyTorch gives, from every format",
        .enabled(if: ProcessInfo.processInfo.environment["MTAN_FULL_FIXTURES"] != nil),
        arguments: ["full.pth", "full.legacy.pth", "full.safetensors"])
    func fullFiles(file: String) throws {
        let folder = try #require(ProcessInfo.processInfo.environment["MTAN_FULL_FIXTURES"])
        let checkpoint = try Checkpoint(contentsOf: "\(folder)/\(file)")
        try ReferenceRun("full", height: 64, width: 96).check(checkpoint)
    }
}
