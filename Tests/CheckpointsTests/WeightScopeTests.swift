import Checkpoints
import Tensors
import TestSupport
import Testing

@Suite("Weights asked for by path and shape")
struct WeightScopeTests {
    private func scope() throws -> WeightScope {
        try Checkpoint(contentsOf: fixtureURL("checkpoints/wrapper.nested.zip.pth").path)
            .stateDict(at: "model.state_dict").weights()
    }

    @Test("a path of names and indices leads to the tensor of the full name")
    func path() throws {
        let block = try scope()["encoder_block"][0]
        #expect(block.path == "encoder_block.0")
        #expect(try block["0"].tensor("weight", [4, 3, 3, 3]).shape == [4, 3, 3, 3])
        #expect(try scope().tensor("encoder_block.0.0.bias", [4]).floats().count == 4)
    }

    @Test("a missing tensor is named in full, with its shape and the nearest names")
    func missing() throws {
        let scope = try scope()
        let error = #expect(throws: CheckpointError.self) {
            try scope["encoder_block"][0]["0"].tensor("weights", [4, 3, 3, 3])
        }
        guard case .missingTensor(_, "encoder_block.0.0.weights", [4, 3, 3, 3], let nearest) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(nearest.first == "encoder_block.0.0.weight")
        #expect(
            error?.description.contains("encoder_block.0.0.weights of shape [4, 3, 3, 3] is missing") == true)
    }

    @Test("a tensor of another shape is named with both shapes")
    func misshapen() throws {
        let checkpoint = try Checkpoint(contentsOf: fixtureURL("checkpoints/wrapper.net.zip.pth").path)
        let expected = CheckpointError.misshapenTensor(
            file: checkpoint.file, name: "encoder_block.0.0.bias", expected: [8], found: [4])
        let scope = try checkpoint.stateDict(at: "net").weights()
        #expect(throws: expected) { try scope["encoder_block"][0][0].tensor("bias", [8]) }
        #expect(scope.problems == [expected])
    }

    @Test("a scope knows what is below it")
    func contents() throws {
        let scope = try scope()
        #expect(scope.children == ["encoder_block", "logsigma"])
        #expect(scope["encoder_block"].children == ["0"])
        #expect(scope["encoder_block"][0].children == ["0", "1"])
        #expect(scope["encoder_block"][0][0].keys == ["weight", "bias"])
        #expect(scope.keys.count == 5)
        #expect(scope.has("logsigma"))
        #expect(scope.has("encoder_block.0"))
        #expect(!scope.has("encoder_bloc"))
        #expect(!scope["encoder_block"].has("1"))
        #expect(scope["encoder_block.0.0"].shape(of: "weight") == [4, 3, 3, 3])
        #expect(scope.shape(of: "encoder_block") == nil)
    }

    @Test("whatever was neither read nor ignored is listed, from any scope of the same weights")
    func accounting() throws {
        let scope = try scope()
        _ = try scope["encoder_block"][0][0].tensor("weight", [4, 3, 3, 3])
        _ = scope.shape(of: "logsigma")
        #expect(
            scope["encoder_block"].unreadNames == [
                "encoder_block.0.0.bias", "encoder_block.0.1.running_mean",
                "encoder_block.0.1.num_batches_tracked", "logsigma",
            ])
        scope.ignore("logsigma")
        scope.ignoreAll { $0.hasSuffix("num_batches_tracked") }
        #expect(scope.unreadNames == ["encoder_block.0.0.bias", "encoder_block.0.1.running_mean"])
        #expect(scope.problems.isEmpty)
    }

    @Test("weights may come from elsewhere than a file")
    func fromMemory() throws {
        let tensor = Tensor(shape: [2], elements: [1, 2])
        let scope = WeightScope([("a.b", tensor)], file: "made up")
        #expect(try scope["a"].tensor("b", [2]).floats() == [1, 2])
        #expect(
            throws: CheckpointError.missingTensor(
                file: "made up", name: "a.c", expected: [], nearest: ["a.b"])
        ) {
            try scope["a"].tensor("c", [])
        }
    }
}
