import Checkpoints
import Testing

@Suite("Pickles that are wrong on purpose")
struct HostilePickleTests {
    private static let record = [UInt8](repeating: 0, count: 64)

    private func open(_ value: [UInt8], storages: [String: [UInt8]] = ["0": Self.record])
        throws
        -> Checkpoint
    {
        try Checkpoint(bytes: TestZip.torch(TestPickle.document(value), storages: storages), name: "x")
    }

    @Test("nesting to any depth neither overflows the stack nor hangs")
    func deepNesting() {
        let depth = 200_000
        let lists = [UInt8](repeating: 0x5d, count: depth) + [UInt8](repeating: 0x61, count: depth - 1)
        let tuples = [0x29] + [UInt8](repeating: 0x85, count: depth)
        for value in [lists, tuples] {
            #expect(throws: CheckpointError.self) { try open(value) }
            #expect(throws: CheckpointError.self) { try open(TestPickle.dictionary(["w": value])) }
        }
    }

    @Test("doubling by shared references costs nothing")
    func doubling() {
        // Each tuple holds the one before twice: 2^10000 leaves if anybody walked them.
        let value: [UInt8] = [0x29] + (0..<10_000).flatMap { _ -> [UInt8] in [0x32, 0x86] }
        let error = #expect(throws: CheckpointError.self) { try open(TestPickle.dictionary(["w": value])) }
        #expect(error?.description.contains("no named tensors") == true)
    }

    @Test("copying a long list again and again runs into the step limit")
    func repeatedCopies() {
        let pair = TestPickle.tuple(TestPickle.int(1), TestPickle.int(2))
        let list: [UInt8] = [0x5d, 0x28] + (0..<20_000).flatMap { _ in pair } + [0x65, 0x71, 0]
        let copy = TestPickle.global("collections", "OrderedDict") + [0x68, 0, 0x85, 0x52, 0x30]
        let error = #expect(throws: CheckpointError.self) {
            try open(list + (0..<1000).flatMap { _ in copy })
        }
        guard case .overLimit = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test("a dictionary that contains itself is searched once")
    func cycle() {
        let value: [UInt8] = [0x7d, 0x71, 0] + TestPickle.text("model") + [0x68, 0, 0x73]
        let error = #expect(throws: CheckpointError.self) { try open(value) }
        #expect(error?.description.contains("a dictionary of model") == true)
    }

    @Test("wrappers that share their insides are not searched exponentially")
    func sharedWrappers() {
        // Nine levels, each of which names the next 400 times.
        var value: [UInt8] = [0x7d]
        for level in UInt8(0)..<9 {
            let name = TestPickle.text("model") + [0x68, level]
            value += [0x71, level, 0x30, 0x7d, 0x28] + (0..<400).flatMap { _ in name } + [0x75]
        }
        #expect(throws: CheckpointError.self) { try open(value) }
    }

    @Test("shared dictionaries with tensors unfold to a limited number of names")
    func sharedTensors() {
        let tensor = TestPickle.tensor(TestPickle.storage("0", count: 16), sizes: [1], strides: [1])
        // Nine levels, each of which holds the next under 400 names.
        var value: [UInt8] = [0x7d] + TestPickle.text("w") + tensor + [0x73]
        for level in UInt8(0)..<9 {
            let items = (0..<400).flatMap { index -> [UInt8] in TestPickle.text("k\(index)") + [0x68, level] }
            value += [0x71, level, 0x30, 0x7d, 0x28] + items + [0x75]
        }
        let error = #expect(throws: CheckpointError.self) { try open(value) }
        guard case .overLimit = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test("a dictionary that contains itself beside a tensor is walked once")
    func cycleWithTensor() throws {
        let tensor = TestPickle.tensor(TestPickle.storage("0", count: 16), sizes: [1], strides: [1])
        let value: [UInt8] =
            [0x7d, 0x71, 0] + TestPickle.text("w") + tensor + [0x73] + TestPickle.text("model") + [
                0x68, 0, 0x73,
            ]
        #expect(try open(value).names == ["w"])
    }

    @Test("the name of a class is bounded, in both opcodes")
    func longClassNames() {
        let name = String(repeating: "a", count: 1 << 20)
        for callee in [TestPickle.global("m", name), TestPickle.stackGlobal(name, "c")] {
            #expect(throws: CheckpointError.self) { try open(TestPickle.call(callee, [0x29])) }
        }
    }

    @Test("a long key around a shared dictionary that gives no names is charged each time")
    func chargedPaths() {
        let tensor = TestPickle.tensor(TestPickle.storage("0", count: 16), sizes: [1], strides: [1])
        let inner: [UInt8] = [0x7d, 0x4e] + tensor + [0x73, 0x71, 1, 0x30]
        let key = String(repeating: "b", count: 4000)
        let items = (0..<40_000).flatMap { TestPickle.text("\($0)") + [0x68, 1] as [UInt8] }
        let outer = TestPickle.text(key) + [0x7d, 0x28] + items + [0x75]
        let error = #expect(throws: CheckpointError.self) { try open(inner + [0x7d] + outer + [0x73]) }
        guard case .overLimit = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test("tensors in a named tuple, and in a dictionary whose items are attributes too, have one name each")
    func callsAndAttributes() throws {
        let tensor = TestPickle.tensor(TestPickle.storage("0", count: 16), sizes: [1], strides: [1])
        let tuple = TestPickle.call(
            TestPickle.global("m", "State"), TestPickle.tuple(TestPickle.int(3), tensor))
        #expect(try open(TestPickle.dictionary(["s": tuple])).names == ["s.1"])
        let easy =
            TestPickle.call(TestPickle.global("easydict", "EasyDict"), [0x29]) + TestPickle.text("w") + tensor
            + [0x73] + TestPickle.dictionary(["w": tensor]) + [0x62]
        #expect(try open(easy).names == ["w"])
    }

    @Test("odd tensors beside good ones do not stop the file")
    func oddNeighbours() throws {
        let tensor = TestPickle.tensor(TestPickle.storage("0", count: 16), sizes: [1], strides: [1])
        let object = TestPickle.call(TestPickle.global("m", "C"), [0x29])
        let odd = [
            TestPickle.call(
                TestPickle.global("torch._utils", "_rebuild_tensor_v2"), TestPickle.tuple(object)),
            TestPickle.call(
                TestPickle.global("torch._utils", "_rebuild_parameter"), TestPickle.tuple(object)),
            TestPickle.call(TestPickle.global("collections", "OrderedDict"), TestPickle.tuple(object)),
            TestPickle.call(TestPickle.global("torch", "FloatStorage"), TestPickle.tuple(TestPickle.int(3))),
        ]
        for value in odd {
            let checkpoint = try open(TestPickle.dictionary(["x": value, "w": tensor]))
            #expect(try checkpoint.stateDict().tensors.map(\.name) == ["w"])
        }
    }

    @Test("every byte of a pickle may be any opcode without harm")
    func anyOpcode() throws {
        let tensor = TestPickle.tensor(TestPickle.storage("0", count: 16), sizes: [2, 3], strides: [3, 1])
        let dictionary = TestPickle.call(TestPickle.global("collections", "OrderedDict"), [0x29])
        let value = dictionary + [0x71, 0] + TestPickle.text("w") + tensor + [0x73]
        #expect(try open(value)["w"]?.floats().count == 6)
        var refused = 0
        for position in value.indices {
            for byte in UInt8.min ... .max {
                var copy = value
                copy[position] = byte
                do throws(CheckpointError) {
                    let bytes = TestZip.torch(TestPickle.document(copy), storages: ["0": Self.record])
                    for tensor in try Checkpoint(bytes: bytes, name: "x").tensors { _ = tensor.floats() }
                } catch { refused += 1 }
            }
        }
        #expect(refused > value.count * 128)
    }

    @Test("a path without end is over the limit, as a name or as a key around it")
    func endlessPrefix() throws {
        let tensor = TestPickle.tensor(TestPickle.storage("0", count: 16), sizes: [1], strides: [1])
        let dots = String(repeating: ".", count: 200_000)
        for value in [
            TestPickle.dictionary([dots + "w": tensor]),
            TestPickle.dictionary([dots: TestPickle.dictionary(["w": tensor])]),
        ] {
            let error = #expect(throws: CheckpointError.self) { try open(value) }
            #expect(error?.description.contains("path") == true)
        }
        let long = String(repeating: "module.", count: 500) + "w"
        #expect(try open(TestPickle.dictionary([long: tensor])).names == [long])
    }

    @Test(
        "lengths and indices beyond the pickle are errors",
        arguments: [
            [0x58, 0xff, 0xff, 0xff, 0xff], [0x8d] + [UInt8](repeating: 0xff, count: 8),
            [0x8b, 0xff, 0xff, 0xff, 0x7f], [0x8e] + [UInt8](repeating: 0xff, count: 7) + [0x7f],
            [0x68, 9], [0x6a, 0xff, 0xff, 0xff, 0xff], [0x74], [0x75], [0x65], [0x30], [0x31], [0x52], [0x81],
            [0x92], [0x62], [0x51], [0x85], [0x86], [0x87], [0x93], [0x73], [0x61], [0x80, 6], [0x28], [0xff],
            [0x4e, 0x4e], [0x4e, 0x71], Array("I12x\n".utf8), Array("S'x'\n".utf8), Array("cx".utf8),
            [0x4e, 0x29, 0x52], [0x7d, 0x4e, 0x62, 0x4e, 0x4e, 0x62], [0x28, 0x4e, 0x4e, 0x4e, 0x64],
        ] as [[UInt8]])
    func malformed(value: [UInt8]) {
        #expect(throws: CheckpointError.self) { try open(value) }
    }

    @Test(
        "a tensor outside its storage of 16 floats is an error",
        arguments: [
            (0, [17], [1]), (-1, [1], [1]), (17, [0], [1]), (16, [1], [1]), (0, [4, 4], [4, 2, 1]),
            (0, [2], [-1]), (0, [-1], [1]), (0, [2], [Int.max]), (0, [Int.max, Int.max], [0, 0]),
            (0, [3], [Int.max / 2]), (Int.max, [1], [1]), (1, [2, 2], [Int.max / 2, Int.max / 2]),
            (0, [1 << 40], [0]), (0, [0, 1 << 62], [0, 0]), (0, [5, 4], [4, 1]),
        ] as [(Int, [Int], [Int])])
    func badTensors(offset: Int, sizes: [Int], strides: [Int]) {
        let storage = TestPickle.storage("0", count: 16)
        let tensor = TestPickle.tensor(storage, offset: offset, sizes: sizes, strides: strides)
        #expect(throws: CheckpointError.self) { try open(TestPickle.dictionary(["w": tensor])) }
    }

    @Test("too many axes, and too many elements in all, are over the limit")
    func tooMuch() {
        let storage = TestPickle.storage("0", count: 16)
        let axes = [Int](repeating: 1, count: CheckpointLimits.rank + 1)
        let deep = TestPickle.tensor(storage, sizes: axes, strides: axes)
        let wide = TestPickle.tensor(storage, sizes: [CheckpointLimits.repeatedElements], strides: [0])
        let values = [
            TestPickle.dictionary(["w": deep]), TestPickle.dictionary(["a": wide, "b": wide]),
        ]
        for value in values {
            let error = #expect(throws: CheckpointError.self) { try open(value).stateDict() }
            #expect(error?.description.contains("limit") == true)
        }
    }

    @Test("a storage that the file does not hold in full is an error")
    func badStorages() {
        for (key, count) in [("0", 17), ("1", 16), ("0", Int.max), ("0", -1), ("../0", 1)] {
            let tensor = TestPickle.tensor(TestPickle.storage(key, count: count), sizes: [1], strides: [1])
            #expect(throws: CheckpointError.self) { try open(TestPickle.dictionary(["w": tensor])) }
        }
    }

    @Test("legacy storages must be listed once, be known, and have the announced size")
    func legacyStorages() throws {
        let storage = TestPickle.storage("7", count: 1, isLegacy: true)
        let object = TestPickle.document(
            TestPickle.dictionary(["w": TestPickle.tensor(storage, sizes: [1], strides: [1])]))
        let one = TestPickle.little(Int64(1)) + [0, 0, 128, 63]
        let good = TestPickle.legacyFile(object, keys: ["7"], storages: one)
        #expect(try Checkpoint(bytes: good, name: "x")["w"]?.floats() == [1])
        let bad = [
            TestPickle.legacyFile(object, keys: [], storages: one),
            TestPickle.legacyFile(object, keys: ["7", "7"], storages: one + one),
            TestPickle.legacyFile(object, keys: ["8"], storages: one),
            TestPickle.legacyFile(object, keys: ["7"], storages: TestPickle.little(Int64(2)) + one),
            TestPickle.legacyFile(object, keys: ["7"], storages: TestPickle.little(Int64(-1)) + one),
            TestPickle.legacyFile(object, keys: ["7"], storages: Array(one.dropLast())),
        ]
        for bytes in bad {
            #expect(throws: CheckpointError.self) { try Checkpoint(bytes: bytes, name: "x") }
        }
    }
}
