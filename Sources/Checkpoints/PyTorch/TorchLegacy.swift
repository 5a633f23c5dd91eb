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

    /// Whether a file begins with the pickle of the magic number, and is not a pickle of another kind.
    static func begins(_ file: MappedFile) -> Bool {
        let head = file.withBytes(in: 0..<min(file.count, 64)) { Array($0) }
        return head.indices.contains { head[$0...].starts(with: magicNumber) }
    }

    /// Reads the pickles and finds the storages.
    static func read(_ file: MappedFile) throws(CheckpointError) -> TorchFile {
        var pickles = PickleSequence(
            file, 0..<file.count, steps: CheckpointLimits.pickleSteps, isNested: false)
        let (document, ranges) = try readBody(&pickles)
        return TorchFile(
            format: .pytorchLegacy,
            document: PickleDocument(
                root: document.root, heap: document.heap, unfamiliarClasses: pickles.unfamiliarClasses),
            storages: TorchLegacy(file: file, ranges: ranges))
    }

    /// Reads a storage that was saved alone, as `pickle.dump` of a tensor embeds it.
    ///
    /// - Parameter steps: how many steps its pickles may take.
    static func readStorage(
        _ file: MappedFile, in range: Range<Int>, steps: Int
    ) throws(CheckpointError) -> SavedStorage {
        var pickles = PickleSequence(file, range, steps: steps, isNested: true)
        let (document, ranges) = try readBody(&pickles)
        var saved = SavedStorage(
            storage: nil, stepsLeft: pickles.stepsLeft, unfamiliarClasses: pickles.unfamiliarClasses)
        guard case .storage(let index) = document.root else { return saved }
        var storage = document.heap.storages[index]
        storage.inlineBytes = try TorchLegacy(file: file, ranges: ranges).bytes(of: storage)
        saved.storage = storage
        return saved
    }

    /// A storage that was saved alone.
    struct SavedStorage {
        /// Nil if its elements are not read.
        var storage: StorageReference?
        /// What its pickles left of the steps.
        let stepsLeft: Int
        /// See ``PickleDocument/unfamiliarClasses``.
        let unfamiliarClasses: [String]
    }

    func bytes(of storage: StorageReference) throws(CheckpointError) -> Range<Int> {
        if let inline = storage.inlineBytes { return inline }
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

    private static func readBody(
        _ pickles: inout PickleSequence
    ) throws(CheckpointError) -> (PickleDocument, [String: Range<Int>]) {
        let file = pickles.file
        let magic = try pickles.next("the first pickle")
        guard case .bigInteger(magicNumber) = magic.root else {
            throw .corrupt(
                file: file.name, part: "the first pickle", expected: "PyTorch's magic number",
                found: magic.heap.kind(of: magic.root))
        }
        let version = try pickles.next("the protocol version")
        guard case .int(1001) = version.root else {
            throw .corrupt(
                file: file.name, part: "the protocol version", expected: "1001",
                found: version.heap.kind(of: version.root))
        }
        try checkByteOrder(of: try pickles.next("the machine facts"), file)
        let document = try pickles.next("the object pickle")
        let keys = try pickles.next("the storage keys")
        return (document, try findStorages(keys, document.heap, in: pickles.rest, of: file))
    }

    private static func checkByteOrder(
        of facts: PickleDocument, _ file: MappedFile
    ) throws(CheckpointError) {
        guard case .dictionary(let index) = facts.root else {
            throw .corrupt(
                file: file.name, part: "the machine facts", expected: "a dictionary",
                found: facts.heap.kind(of: facts.root))
        }
        for case (.string("little_endian"), .bool(false)) in facts.heap.dictionaries[index] {
            throw TorchZip.bigEndian(file)
        }
    }

    /// Walks over the storages in the order of the keys. Their element sizes are known from the object.
    private static func findStorages(
        _ keys: PickleDocument, _ heap: PickleHeap, in rest: Range<Int>, of file: MappedFile
    ) throws(CheckpointError) -> [String: Range<Int>] {
        guard case .list(let index) = keys.root else {
            throw .corrupt(
                file: file.name, part: "the storage keys", expected: "a list",
                found: keys.heap.kind(of: keys.root))
        }
        let known = Dictionary(heap.storages.map { ($0.key, $0) }) { first, _ in first }
        var cursor = ByteCursor(file, in: rest, part: "the storages")
        var ranges: [String: Range<Int>] = [:]
        for value in keys.heap.lists[index] {
            if case .string(let key) = value, let unread = heap.unreadStorages[key] {
                try skip(unread, &cursor)
                continue
            }
            guard case .string(let key) = value, let storage = known[key], ranges[key] == nil else {
                throw cursor.corrupt(
                    expected: "a new key of a known storage", found: keys.heap.kind(of: value))
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

extension TorchLegacy {
    /// Steps over a storage whose elements are not read.
    private static func skip(_ storage: UnreadStorage, _ cursor: inout ByteCursor) throws(CheckpointError) {
        guard let bytes = storage.byteCount else {
            throw .unsupported(
                file: cursor.file.name,
                what: "a storage of \(storage.elements) in the format before PyTorch 1.6",
                remedy: "Save the state dict alone, in floats, with torch.save.")
        }
        _ = try cursor.readRange(8)
        _ = try cursor.readRange(UInt64(bytes))
    }
}

/// The pickles that follow each other in a part of a file, all against one limit of steps.
private struct PickleSequence {
    let file: MappedFile
    private(set) var rest: Range<Int>
    private(set) var stepsLeft: Int
    /// The names in all of them, see ``PickleDocument/unfamiliarClasses``.
    private(set) var unfamiliarClasses: [String] = []
    private let isNested: Bool

    init(_ file: MappedFile, _ range: Range<Int>, steps: Int, isNested: Bool) {
        self.file = file
        rest = range
        stepsLeft = steps
        self.isNested = isNested
    }

    mutating func next(_ part: String) throws(CheckpointError) -> PickleDocument {
        let window = rest.prefix(CheckpointLimits.descriptionBytes)
        var unpickler = Unpickler(
            ByteCursor(file, in: window, part: part), steps: stepsLeft, isNested: isNested)
        let document = try unpickler.run()
        rest = unpickler.cursor.position..<rest.upperBound
        stepsLeft = unpickler.stepsLeft
        unfamiliarClasses += document.unfamiliarClasses.filter { !unfamiliarClasses.contains($0) }
        return document
    }
}
