/// A zip archive of stored entries, written by hand so that its fields can be wrong.
enum TestZip {
    /// The archive, and the offset of its central directory. The checksums are 0.
    static func archive(_ entries: [(name: String, contents: [UInt8])]) -> (bytes: [UInt8], directory: Int) {
        var bytes: [UInt8] = []
        var directory: [UInt8] = []
        for (name, contents) in entries {
            let size = TestPickle.little(UInt32(contents.count))
            let nameLength = TestPickle.little(UInt16(name.utf8.count))
            let offset = TestPickle.little(UInt32(bytes.count))
            bytes +=
                [0x50, 0x4b, 3, 4] + [UInt8](repeating: 0, count: 14) + size + size + nameLength + [0, 0]
            bytes += Array(name.utf8) + contents
            directory += [0x50, 0x4b, 1, 2] + [UInt8](repeating: 0, count: 16) + size + size + nameLength
            directory += [UInt8](repeating: 0, count: 12) + offset + Array(name.utf8)
        }
        let start = bytes.count
        let count = TestPickle.little(UInt16(entries.count))
        bytes += directory + [0x50, 0x4b, 5, 6, 0, 0, 0, 0] + count + count
        bytes += TestPickle.little(UInt32(directory.count)) + TestPickle.little(UInt32(start)) + [0, 0]
        return (bytes, start)
    }

    /// A PyTorch archive of a pickle and its storages.
    static func torch(_ pickle: [UInt8], storages: [String: [UInt8]] = [:]) -> [UInt8] {
        let records = storages.sorted { $0.key < $1.key }.map { ("model/data/\($0.key)", $0.value) }
        return archive([("model/data.pkl", pickle)] + records).bytes
    }
}
