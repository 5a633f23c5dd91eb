/// Pickles written by hand, opcode by opcode (protocol 2 unless stated).
enum TestPickle {
    static func text(_ value: String) -> [UInt8] {
        [0x58] + little(UInt32(value.utf8.count)) + Array(value.utf8)
    }

    static func int(_ value: Int) -> [UInt8] { [0x8a, 8] + little(UInt64(bitPattern: Int64(value))) }

    static func tuple(_ items: [UInt8]...) -> [UInt8] { [0x28] + items.flatMap { $0 } + [0x74] }

    static func integers(_ values: [Int]) -> [UInt8] { [0x28] + values.flatMap(int) + [0x74] }

    static func global(_ module: String, _ name: String) -> [UInt8] { Array("c\(module)\n\(name)\n".utf8) }

    /// The same with the opcode of protocol 4.
    static func stackGlobal(_ module: String, _ name: String) -> [UInt8] {
        text(module) + text(name) + [0x93]
    }

    static func call(_ callee: [UInt8], _ arguments: [UInt8]) -> [UInt8] { callee + arguments + [0x52] }

    static func dictionary(_ items: [(key: [UInt8], value: [UInt8])]) -> [UInt8] {
        [0x7d, 0x28] + items.flatMap { $0.key + $0.value } + [0x75]
    }

    static func dictionary(_ items: [String: [UInt8]]) -> [UInt8] {
        dictionary(items.sorted { $0.key < $1.key }.map { (text($0.key), $0.value) })
    }

    /// A whole pickle of one value.
    static func document(_ value: [UInt8]) -> [UInt8] { [0x80, 2] + value + [0x2e] }

    static func storage(_ key: String, count: Int, type: String = "FloatStorage", isLegacy: Bool = false)
        -> [UInt8]
    {
        tuple(
            text("storage"), global("torch", type), text(key), text("cpu"), int(count),
            isLegacy ? [0x4e] : []) + [0x51]
    }

    static func tensor(
        _ storage: [UInt8], offset: Int = 0, sizes: [Int], strides: [Int]
    ) -> [UInt8] {
        call(
            global("torch._utils", "_rebuild_tensor_v2"),
            tuple(storage, int(offset), integers(sizes), integers(strides), [0x89], [0x7d]))
    }

    /// A file of the legacy format around an object pickle.
    static func legacyFile(_ object: [UInt8], keys: [String] = [], storages: [UInt8] = []) -> [UInt8] {
        let magic: [UInt8] = [
            0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, 0x2e,
        ]
        let facts = document(dictionary(["little_endian": [0x88]]))
        let keyList = document([0x5d, 0x28] + keys.flatMap(text) + [0x65])
        return magic + document(int(1001)) + facts + object + keyList + storages
    }

    static func little<Integer: FixedWidthInteger>(_ value: Integer) -> [UInt8] {
        withUnsafeBytes(of: value.littleEndian) { Array($0) }
    }
}
