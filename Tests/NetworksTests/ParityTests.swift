import Checkpoints
import Engine
import Networks
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

    @Test(
        "the full-width network gives what PyTorch gives, from every format",
        arguments: ["full.pth", "full.legacy.pth", "full.safetensors"])
    func full(name: String) throws {
        let folder = try TemporaryFolder()
        let file = folder.url(name)
        switch name {
        case "full.pth": try TorchFiles.writeZip(to: file)
        case "full.legacy.pth": try TorchFiles.writeLegacy(to: file)
        default: try StateDict.fullWidth.write(to: file.path)
        }
        try ReferenceRun("full", height: 64, width: 96).check(Checkpoint(contentsOf: file.path))
    }

    @Test(
        "the full-width network gives what PyTorch gives, with every kind of kernels",
        arguments: EngineConfiguration.available.filter { $0.precision == .fp32 })
    func kernels(configuration: EngineConfiguration) throws {
        let folder = try TemporaryFolder()
        let file = folder.url("full.safetensors")
        try StateDict.fullWidth.write(to: file.path)
        let checkpoint = try Checkpoint(contentsOf: file.path)
        try ReferenceRun("full", height: 64, width: 96).check(checkpoint, with: configuration)
    }
}
