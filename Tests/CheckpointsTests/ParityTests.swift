import Checkpoints
import Tensors
import TestSupport
import Testing

@Suite("What PyTorch reads")
struct ParityTests {
    @Test("the fixtures are there")
    func fixturesExist() throws {
        #expect(ExpectedCheckpoint.names.count >= 38)
    }

    @Test("every tensor has the bits that PyTorch reads", arguments: ExpectedCheckpoint.names)
    func sameBits(name: String) throws {
        let expected = try #require(try ExpectedCheckpoint.all()[name])
        let checkpoint = try Checkpoint(contentsOf: fixtureURL("checkpoints/\(name)").path)
        #expect(checkpoint.format.rawValue == expected.format)
        let dict = try checkpoint.stateDict(at: expected.root)
        #expect(dict.wrapper == expected.wrapper)
        #expect(dict.prefix == expected.prefix)
        #expect(dict.otherEntries == expected.others)
        #expect(checkpoint.metadata == expected.metadata)
        #expect(dict.tensors.map(\.name) == expected.tensors.map(\.name))
        for (tensor, expected) in zip(dict.tensors, expected.tensors) {
            #expect(tensor.shape.dimensions == expected.shape, "\(tensor.name)")
            #expect(tensor.elementType.rawValue == expected.type, "\(tensor.name)")
            #expect(tensor.floats().map(\.bitPattern) == expected.bitPatterns, "\(tensor.name)")
        }
    }

    @Test("a checkpoint in memory reads like one in a file")
    func inMemory() throws {
        let bytes = try fixtureBytes("checkpoints/views.zip.pth")
        let checkpoint = try Checkpoint(bytes: bytes, name: "views")
        let other = try Checkpoint(contentsOf: fixtureURL("checkpoints/views.zip.pth").path)
        #expect(checkpoint.file == "views")
        #expect(checkpoint.tensors.map { $0.floats() } == other.tensors.map { $0.floats() })
    }

    @Test("views keep their strides, and dense ones are contiguous")
    func strides() throws {
        let checkpoint = try Checkpoint(contentsOf: fixtureURL("checkpoints/views.zip.pth").path)
        #expect(checkpoint["base"]?.isContiguous == true)
        #expect(checkpoint["one_row"]?.isContiguous == true)
        #expect(checkpoint["transposed"]?.isContiguous == false)
        #expect(checkpoint["transposed"]?.strides == [1, 6])
        #expect(checkpoint["expanded"]?.strides == [1, 0])
        #expect(checkpoint["no such tensor"]?.name == nil)
    }
}
