import Tensors

/// The tensors of a checkpoint, as `torch.save`, `pickle.dump`, TorchScript or safetensors wrote them.
///
/// Reading costs the descriptions only: the elements stay in the file, which is mapped into memory, until a
/// tensor is asked to copy them. The file must not be cut short meanwhile (replace it by renaming a new one
/// over it); files up to 1 MiB are copied and free of this. Nothing in a pickle is ever executed.
public struct Checkpoint: Sendable {
    /// The kinds of file that are read.
    public enum Format: String, Sendable, CustomStringConvertible {
        /// `torch.save` since PyTorch 1.6, and TorchScript.
        case pytorchZip
        /// `torch.save` before PyTorch 1.6.
        case pytorchLegacy
        /// `pickle.dump`.
        case pickle
        /// https://github.com/huggingface/safetensors.
        case safetensors

        /// The name of the format for people.
        public var description: String {
            switch self {
            case .pytorchZip: "PyTorch (zip)"
            case .pytorchLegacy: "PyTorch (before 1.6)"
            case .pickle: "pickle"
            case .safetensors: "safetensors"
            }
        }
    }

    /// A tensor with the path that leads to it.
    struct Entry: Sendable {
        let name: String
        /// The bytes of the name that lead to the innermost dictionary or module.
        let containerLength: Int
        let source: Result<StoredTensor, CheckpointError>
    }

    /// Whether the tensors are in the order in which the model declared them: safetensors sorts them, and files
    /// of one checkpoint may hold any of them.
    let keepsOrder: Bool

    /// The path it was read from, or the name it was given.
    public let file: String

    /// How the file is laid out; for several, the first.
    public let format: Format

    /// The `__metadata__` of safetensors; empty for the others.
    public let metadata: [String: String]

    /// The classes and functions that a pickle names and that are not known to be harmless, each once. They
    /// were not run; `torch.load` without `weights_only` would import and call them.
    public let unfamiliarClasses: [String]

    /// What is unusual about the file and does no harm, such as bytes after its end; mostly empty.
    public let remarks: [String]

    /// The tensors in file order.
    let entries: [Entry]

    /// Modules of a whole model that compute otherwise than by default, by their paths.
    let oddities: [(path: String, what: String)]

    /// The largest number of elements that tensors which are used together may have.
    let elementLimit: Int

    private let contents: [String: [(key: String, kind: String)]]

    /// The paths of all tensors, in file order: keys, attributes, modules and names, joined by dots.
    public var names: [String] { entries.map(\.name) }

    /// The tensors below a path, by their names from there on.
    ///
    /// - Parameter root: a path without a dot at its end; empty for the whole file.
    /// - Throws: ``CheckpointError/duplicateName(file:name:)`` or
    ///   ``CheckpointError/overLimit(file:what:limit:found:)``.
    public func stateDict(at root: String = "") throws(CheckpointError) -> StateDict {
        try StateDict(self, at: root)
    }

    /// All names of the file, for a look at where networks are; tensors are to be read from a state dict.
    public func outline() -> WeightScope { WeightScope(outlineOf: self) }

    /// Opens a checkpoint: a file, the index of one in several files (`model.safetensors.index.json`), or a
    /// folder that holds either under its usual name.
    ///
    /// - Throws: ``CheckpointError``, naming the file and what is wrong with it.
    public init(contentsOf path: String) throws(CheckpointError) {
        let place = try CheckpointLocator.locate(path)
        switch place {
        case .file(let path): try self.init(MappedFile(path: path))
        case .index(let path): try self.init(shards: try ShardIndex(contentsOf: path))
        }
    }

    /// Reads a checkpoint that is in memory. `name` stands for the path in messages.
    ///
    /// - Throws: ``CheckpointError``, naming `name` and what is wrong with it.
    public init(bytes: [UInt8], name: String) throws(CheckpointError) {
        try self.init(MappedFile(bytes: bytes, name: name))
    }

    private init(_ file: MappedFile) throws(CheckpointError) {
        switch try FileSniffer(file).format() {
        case .safetensors:
            let contents = try SafetensorsReader.read(file)
            self.init(
                file.name, .safetensors, contents.entries, limit: CheckpointLimits.elements(for: file),
                metadata: contents.metadata)
        case .pytorchZip: try self.init(file, try TorchZip.read(file))
        case .pytorchLegacy: try self.init(file, try TorchLegacy.read(file))
        case .pickle: try self.init(file, try PlainPickle.read(file))
        }
        // Parsing touched a page here and there of the whole file.
        file.releasePages(in: 0..<file.count)
    }

    private init(_ file: MappedFile, _ torch: TorchFile) throws(CheckpointError) {
        let tree = try PickleTree(torch.document, file: file.name)
        guard !tree.entries.isEmpty else { throw torch.document.withoutTensors(file: file.name) }
        var entries: [Entry] = []
        entries.reserveCapacity(tree.entries.count)
        for entry in tree.entries {
            let source: Result<StoredTensor, CheckpointError> =
                switch entry.leaf {
                case .tensor(let index):
                    .success(try torch.tensor(index, name: entry.path, of: file))
                case .unreadable(let kind):
                    .failure(.unreadTensor(file: file.name, name: entry.path, found: kind))
                }
            entries.append(
                Entry(name: entry.path, containerLength: entry.containerLength, source: source))
        }
        self.init(
            file.name, torch.format, entries, limit: CheckpointLimits.elements(for: file),
            classes: torch.document.unfamiliarClasses, contents: tree.contents, remarks: torch.remarks,
            oddities: tree.oddities)
    }

    /// Puts the files of a checkpoint together. Together they must hold exactly the tensors that the index says.
    private init(shards index: ShardIndex) throws(CheckpointError) {
        var shards: [Checkpoint] = []
        for file in index.files { shards.append(try Checkpoint(MappedFile(path: file))) }
        let entries = shards.flatMap(\.entries)
        try index.check(entries.map(\.name))
        self.init(
            index.path, shards[0].format, entries,
            limit: shards.map(\.elementLimit).reduce(0) { $0 > .max - $1 ? .max : $0 + $1 },
            metadata: shards.reduce(into: [:]) { $0.merge($1.metadata) { first, _ in first } },
            classes: shards.reduce(into: []) { all, shard in
                all += shard.unfamiliarClasses.filter { !all.contains($0) }
            }, remarks: shards.flatMap(\.remarks), keepsOrder: false)
    }

    private init(
        _ file: String, _ format: Format, _ entries: [Entry], limit: Int, metadata: [String: String] = [:],
        classes: [String] = [], contents: [String: [(key: String, kind: String)]] = [:],
        remarks: [String] = [], oddities: [(path: String, what: String)] = [], keepsOrder: Bool = true
    ) {
        self.file = file
        self.format = format
        self.entries = entries
        self.metadata = metadata
        self.contents = contents
        self.remarks = remarks
        self.oddities = oddities
        unfamiliarClasses = classes
        elementLimit = limit
        self.keepsOrder = keepsOrder && format != .safetensors
    }

    /// What the dictionaries on the way to a path hold beside what leads there, from the inside out.
    func otherEntries(around path: String) -> [String] {
        var notes: [[String]] = []
        var outer = ""
        var ends = path.utf8.indices.filter { path.utf8[$0] == UInt8(ascii: ".") }
        ends.append(path.endIndex)
        for end in ends {
            let inner = String(path[..<end])
            guard !inner.isEmpty, inner == path || contents[inner] != nil else { continue }
            let key = inner.dropping(outer.isEmpty ? 0 : outer.utf8.count + 1)
            notes.append((contents[outer] ?? []).filter { $0.key != key }.map { "\($0.key): \($0.kind)" })
            outer = inner
        }
        let inside = (contents[path] ?? []).filter { !$0.kind.hasPrefix("a tensor") }
        return inside.map { "\($0.key): \($0.kind)" } + notes.reversed().flatMap(\.self)
    }
}
