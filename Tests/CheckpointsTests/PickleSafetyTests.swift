import Checkpoints
import Testing

@Suite("Pickles that name code")
struct PickleSafetyTests {
    static let dangerous: [(module: String, name: String)] = [
        ("os", "system"), ("posix", "system"), ("nt", "system"), ("builtins", "eval"),
        ("__builtin__", "eval"), ("builtins", "exec"), ("builtins", "getattr"), ("subprocess", "Popen"),
        ("functools", "partial"), ("operator", "attrgetter"),
        ("copyreg", "_reconstructor"), ("runpy", "_run_code"), ("pickle", "loads"),
    ]

    /// The call in a pickle of its own, inside a state dict, with both opcodes for names.
    static func pickles(_ module: String, _ name: String) -> [[UInt8]] {
        [TestPickle.global(module, name), TestPickle.stackGlobal(module, name)].flatMap { callee in
            let call = TestPickle.call(callee, TestPickle.tuple(TestPickle.text("echo hello")))
            return [TestPickle.document(call), TestPickle.document(TestPickle.dictionary(["weight": call]))]
        }
    }

    @Test("a call in a pickle is not made, is named, and its result is no tensor", arguments: dangerous)
    func inertCall(module: String, name: String) throws {
        for pickle in Self.pickles(module, name) {
            for bytes in [TestZip.torch(pickle), TestPickle.legacyFile(pickle), pickle] {
                let error = #expect(throws: CheckpointError.self) {
                    try Checkpoint(bytes: bytes, name: "x.pth")
                }
                guard case .noTensors(_, _, let classes) = error else {
                    Issue.record("\(String(describing: error))")
                    continue
                }
                #expect(classes == ["\(module).\(name)"])
            }
        }
    }

    @Test("a file with weights beside a call is read, and the name of what would be called is kept")
    func besideWeights() throws {
        let tensor = TestPickle.tensor(TestPickle.storage("0", count: 1), sizes: [1], strides: [1])
        let call = TestPickle.call(
            TestPickle.global("os", "system"), TestPickle.tuple(TestPickle.text("echo hello")))
        let pickle = TestPickle.document(TestPickle.dictionary(["w": tensor, "x": call]))
        let bytes = TestZip.torch(pickle, storages: ["0": [0, 0, 128, 63]])
        let checkpoint = try Checkpoint(bytes: bytes, name: "x")
        #expect(checkpoint["w"]?.floats() == [1])
        #expect(checkpoint.unfamiliarClasses == ["os.system"])
        #expect(try checkpoint.stateDict().otherEntries == ["x: an instance of os.system"])
    }

    @Test("a name in any of the legacy format's pickles is kept")
    func legacyFacts() throws {
        let storage = TestPickle.storage("7", count: 1, isLegacy: true)
        let object = TestPickle.document(
            TestPickle.dictionary(["w": TestPickle.tensor(storage, sizes: [1], strides: [1])]))
        let one = TestPickle.little(Int64(1)) + [0, 0, 128, 63] as [UInt8]
        var bytes = TestPickle.legacyFile(object, keys: ["7"], storages: one)
        let facts = TestPickle.document(TestPickle.dictionary(["little_endian": [0x88]]))
        let evil = TestPickle.call(
            TestPickle.global("posix", "system"), TestPickle.tuple(TestPickle.text("echo hello")))
        let place = try #require(bytes.firstRange(of: facts))
        bytes.replaceSubrange(
            place, with: TestPickle.document(TestPickle.dictionary(["little_endian": [0x88], "x": evil])))
        #expect(try Checkpoint(bytes: bytes, name: "x").unfamiliarClasses == ["posix.system"])
    }

    @Test("names that only begin like those of PyTorch's layers are not taken for harmless")
    func disguised() throws {
        let names = [
            ("torch.nn.modules.module", "os.system"), ("torch.optim", "eval"), ("torch.nnn", "Conv2d"),
            ("torch_evil", "_rebuild_x"),
        ]
        for (module, name) in names {
            let pickle = TestPickle.document(TestPickle.global(module, name))
            let error = #expect(throws: CheckpointError.self) {
                try Checkpoint(bytes: TestZip.torch(pickle), name: "x")
            }
            #expect(error?.description.contains("\(module).\(name)") == true)
        }
    }

    @Test("a tensor that only its own code could rebuild is an error when it is asked for, by name and kind")
    func unreadableTensor() throws {
        let tensor = TestPickle.tensor(TestPickle.storage("0", count: 1), sizes: [1], strides: [1])
        let sparse = TestPickle.call(TestPickle.global("torch._utils", "_rebuild_sparse_tensor"), [0x29])
        let pickle = TestPickle.document(TestPickle.dictionary(["w": tensor, "s": sparse]))
        let checkpoint = try Checkpoint(
            bytes: TestZip.torch(pickle, storages: ["0": [0, 0, 128, 63]]), name: "x")
        let weights = try checkpoint.stateDict().weights()
        #expect(try weights.tensor("w", [1]).floats() == [1])
        #expect(
            throws: CheckpointError.unreadTensor(
                file: "x", name: "s", found: "a tensor made by _rebuild_sparse_tensor")
        ) { try weights.tensor("s", [1]) }
    }

    @Test("a harmless class gets nothing to do: it becomes a name")
    func inert() throws {
        let tensor = TestPickle.tensor(TestPickle.storage("0", count: 1), sizes: [1], strides: [1])
        let namespace =
            TestPickle.call(TestPickle.global("argparse", "Namespace"), [0x29])
            + TestPickle.dictionary(["lr": TestPickle.int(1)]) + [0x62]
        let pickle = TestPickle.document(
            TestPickle.dictionary(["args": namespace, "model": TestPickle.dictionary(["w": tensor])]))
        let bytes = TestZip.torch(pickle, storages: ["0": [0, 0, 128, 63]])
        let checkpoint = try Checkpoint(bytes: bytes, name: "x")
        let dict = try checkpoint.stateDict(at: "model")
        #expect(dict.otherEntries == ["args: an instance of argparse.Namespace"])
        #expect(dict["w"]?.floats() == [1])
        #expect(checkpoint.unfamiliarClasses.isEmpty)
    }
}
