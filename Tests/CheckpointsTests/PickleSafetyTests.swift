import Checkpoints
import Testing

@Suite("Pickles that name code")
struct PickleSafetyTests {
    static let dangerous: [(module: String, name: String)] = [
        ("os", "system"), ("posix", "system"), ("nt", "system"), ("builtins", "eval"),
        ("__builtin__", "eval"), ("builtins", "exec"), ("builtins", "getattr"), ("subprocess", "Popen"),
        ("torch.storage", "_load_from_bytes"), ("functools", "partial"), ("operator", "attrgetter"),
        ("copyreg", "_reconstructor"), ("runpy", "_run_code"), ("pickle", "loads"),
    ]

    /// The call in a pickle of its own, inside a state dict, with both opcodes for names.
    static func pickles(_ module: String, _ name: String) -> [[UInt8]] {
        [TestPickle.global(module, name), TestPickle.stackGlobal(module, name)].flatMap { callee in
            let call = TestPickle.call(callee, TestPickle.tuple(TestPickle.text("echo hello")))
            return [TestPickle.document(call), TestPickle.document(TestPickle.dictionary(["weight": call]))]
        }
    }

    @Test("a pickle that names code is refused by that name in every format", arguments: dangerous)
    func refused(module: String, name: String) throws {
        for pickle in Self.pickles(module, name) {
            let files = [TestZip.torch(pickle), TestPickle.legacyFile(pickle), pickle]
            for bytes in files {
                let error = #expect(throws: CheckpointError.self) {
                    try Checkpoint(bytes: bytes, name: "x.pth")
                }
                #expect(
                    error
                        == .refusedClass(file: "x.pth", name: "\(module).\(name)", reason: .dangerous))
                #expect(error?.description.contains("\(module).\(name)") == true)
            }
        }
    }

    @Test("a class that is only named, and never called, is refused too")
    func namedOnly() {
        let pickle = TestPickle.document(TestPickle.global("os", "system"))
        #expect(throws: CheckpointError.refusedClass(file: "x", name: "os.system", reason: .dangerous)) {
            try Checkpoint(bytes: TestZip.torch(pickle), name: "x")
        }
    }

    @Test(
        "a class of an unknown kind is refused with what to save instead",
        arguments: [
            ("__main__", "Net", ClassRefusal.unknown, "state_dict()"),
            ("torch.nn.modules.conv", "Conv2d", .wholeModule, "state_dict()"),
            ("torch._utils", "_rebuild_sparse_tensor", .unsupportedTensor, "dense"),
            ("torch", "QInt8Storage", .unsupportedTensor, "dense"),
            ("collections", "OrderedDict.fromkeys", .unknown, "collections.OrderedDict.fromkeys"),
        ])
    func unknown(module: String, name: String, reason: ClassRefusal, advice: String) {
        let pickle = TestPickle.document(TestPickle.global(module, name))
        let error = #expect(throws: CheckpointError.self) {
            try Checkpoint(bytes: TestZip.torch(pickle), name: "x")
        }
        #expect(error == .refusedClass(file: "x", name: "\(module).\(name)", reason: reason))
        #expect(error?.description.contains(advice) == true)
    }

    @Test("a legacy file that carries a module's source says to save the state dict")
    func wholeLegacyModule() {
        let id = TestPickle.tuple(
            TestPickle.text("module"), [0x4e], TestPickle.text("net.py"), TestPickle.text(""))
        let bytes = TestPickle.legacyFile(TestPickle.document(id + [0x51]))
        let error = #expect(throws: CheckpointError.self) { try Checkpoint(bytes: bytes, name: "x") }
        #expect(error?.description.contains("state_dict()") == true)
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
        #expect(checkpoint.otherEntries == ["args: an instance of argparse.Namespace"])
        #expect(checkpoint["w"]?.floats() == [1])
    }
}
