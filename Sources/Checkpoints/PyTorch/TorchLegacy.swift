/// The format of `torch.save` before PyTorch 1.6, and since then of
/// `_use_new_zipfile_serialization=False` (torch/serialization.py, `_legacy_save` and `_legacy_load`).
///
/// Five pickles follow each other: a magic number, the protocol version, facts about the machine, the object,
/// and the list of storage keys. Then comes, for each key, a 64-bit count of elements and the elements.
struct TorchLegacy: TorchStorages {
    /// 0x1950a86a20f9469cfc6c, little-endian.
    private static let magicNumber: [UInt8] = [0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19]

    private let file: MappedFile
    private let ranges: [String: Range<Int>]

    /// Reads the pickles and finds the storages.
    ///
    /// - Throws: ``CheckpointError/foreign(file:kind:)`` if the file is a pickle of another kind.
    static func read(_ file: MappedFile) throws(CheckpointError) -> TorchFile {
        var position = 0
        let magic = try readPickle(file, &position, part: "the first pickle")
        guard case .bigInteger(magicNumber) = magic.root else {
            throw .foreign(file: file.name, kind: .plainPickle)
        }
        let version = try readPickle(file, &position, part: "the protocol version")
        guard case .int(1001) = version.root else {
            throw .corrupt(
                file: file.name, part: "the protocol version", expected: "1001", found: version.root.kind)
        }
        try checkByteOrder(of: try readPickle(file, &position, part: "the machine facts"), file)
        let document = try readPickle(file, &position, part: "the object pickle")
        let keys = try readPickle(file, &position, part: "the storage keys")
        let ranges = try findStorages(keys, document.heap.storages, from: position, in: file)
        let storages = TorchLegacy(file: file, ranges: ranges)
        return TorchFile(format: .pytorchLegacy, document: document, storages: storages)
    }

    func bytes(of storage: StorageReference) throws(CheckpointError) -> Range<Int> {
        guard let range = ranges[storage.key] else {
            throw .corrupt(
                file: file.name, part: "the storage keys", expected: "the storage \(storage.key)",
                found: "none of this key")
        }
        let needed = try storage.byteCount(in: file)
        guard range.count >= needed else {
            throw .corrupt(
                file: file.name, part: "the storage \(storage.key)", expected: "\(needed) bytes",
                found: "\(range.count)")
        }
        return range
    }

    private static func readPickle(
        _ file: MappedFile, _ position: inout Int, part: String
    ) throws(CheckpointError) -> PickleDocument {
        let end = min(file.count, position + CheckpointLimits.descriptionBytes)
        var unpickler = Unpickler(ByteCursor(file, in: position..<end, part: part))
        let document = try unpickler.run()
        position = unpickler.cursor.position
        return document
    }

    private static func checkByteOrder(
        of facts: PickleDocument, _ file: MappedFile
    ) throws(CheckpointError) {
        guard case .dictionary(let index) = facts.root else {
            throw .corrupt(
                file: file.name, part: "the machine facts", expected: "a dictionary", found: facts.root.kind)
        }
        for case (.string("little_endian"), .bool(false)) in facts.heap.dictionaries[index] {
            throw TorchZip.bigEndian(file)
        }
    }

    /// Walks over the storages in the order of the keys. Their element sizes are known from the object.
    private static func findStorages(
        _ keys: PickleDocument, _ references: [StorageReference], from start: Int, in file: MappedFile
    ) throws(CheckpointError) -> [String: Range<Int>] {
        guard case .list(let index) = keys.root else {
            throw .corrupt(
                file: file.name, part: "the storage keys", expected: "a list", found: keys.root.kind)
        }
        let known = Dictionary(references.map { ($0.key, $0) }) { first, _ in first }
        var cursor = ByteCursor(file, in: start..<file.count, part: "the storages")
        var ranges: [String: Range<Int>] = [:]
        for value in keys.heap.lists[index] {
            guard case .string(let key) = value, let storage = known[key], ranges[key] == nil else {
                throw cursor.corrupt(expected: "a new key of a known storage", found: value.kind)
            }
            let count: Int64 = try cursor.read()
            guard Int(count) == storage.count else {
                throw cursor.corrupt(
                    expected: "\(storage.count) elements in the storage \(key)", found: "\(count)")
            }
            ranges[key] = try cursor.readRange(UInt64(try storage.byteCount(in: file)))
        }
        return ranges
    }
}
