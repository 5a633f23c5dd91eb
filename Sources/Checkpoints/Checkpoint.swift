import Tensors

/// The weights of a network in a file, as `torch.save` or safetensors wrote them.
///
/// Reading costs the descriptions only: the elements stay in the file, which is mapped into memory, until a
/// tensor is asked to copy them. The file must not be cut short meanwhile (replace it by renaming a new one
/// over it); files up to 1 MiB are copied and free of this. Nothing in a pickle is ever executed.
public struct Checkpoint: Sendable {
    /// The kinds of file that are read.
    public enum Format: String, Sendable, CustomStringConvertible {
        /// `torch.save` since PyTorch 1.6.
        case pytorchZip
        /// `torch.save` before PyTorch 1.6.
        case pytorchLegacy
        /// https://github.com/huggingface/safetensors.
        case safetensors

        /// The name of the format for people.
        public var description: String {
            switch self {
            case .pytorchZip: "PyTorch (zip)"
            case .pytorchLegacy: "PyTorch (before 1.6)"
            case .safetensors: "safetensors"
            }
        }
    }

    /// The path it was read from, or the name it was given.
    public let file: String

    /// How the file is laid out.
    public let format: Format

    /// The tensors of the state dict, in file order, by their names without ``strippedPrefix``.
    public let tensors: [StoredTensor]

    /// The `__metadata__` of safetensors; empty for the others.
    public let metadata: [String: String]

    /// The keys gone through to the state dict, such as `state_dict` or `model.state_dict`.
    public let wrapper: String?

    /// What all names began with, such as `module.` or `module._orig_mod.`.
    public let strippedPrefix: String?

    /// What the file holds beside the state dict, each as "key: kind", such as "epoch: an integer".
    public let otherEntries: [String]

    private let positions: [String: Int]

    /// Opens a checkpoint.
    ///
    /// - Throws: ``CheckpointError``, naming the file and what is wrong with it.
    public init(contentsOf path: String) throws(CheckpointError) {
        try self.init(MappedFile(path: path))
    }

    /// Reads a checkpoint that is in memory. `name` stands for the path in messages.
    ///
    /// - Throws: ``CheckpointError``, naming `name` and what is wrong with it.
    public init(bytes: [UInt8], name: String) throws(CheckpointError) {
        try self.init(MappedFile(bytes: bytes, name: name))
    }

    /// The tensor of a name, if there is one.
    public subscript(name: String) -> StoredTensor? {
        positions[name].map { tensors[$0] }
    }

    /// The root of the weights, for a network to ask for its tensors. Each call begins a new record of what
    /// was read.
    public func weights() -> WeightScope { WeightScope(self) }

    private init(_ file: MappedFile) throws(CheckpointError) {
        switch try FileSniffer(file).format() {
        case .safetensors:
            let contents = try SafetensorsReader.read(file)
            try self.init(file, .safetensors, contents.tensors, metadata: contents.metadata)
        case .pytorchZip: try self.init(file, try TorchZip.read(file))
        case .pytorchLegacy: try self.init(file, try TorchLegacy.read(file))
        }
        // Parsing touched a page here and there of the whole file.
        file.releasePages(in: 0..<file.count)
    }

    private init(_ file: MappedFile, _ torch: TorchFile) throws(CheckpointError) {
        let stateDict = try StateDict(torch.document, file: file.name)
        let heap = torch.document.heap
        var tensors: [StoredTensor] = []
        tensors.reserveCapacity(stateDict.entries.count)
        for (name, index) in stateDict.entries {
            let tensor = heap.tensors[index]
            let storage = heap.storages[tensor.storage]
            var bytes = try torch.storages.bytes(of: storage)
            if let view = storage.view {
                let start = bytes.lowerBound + view.lowerBound * storage.elementSize
                bytes = start..<start + view.count * storage.elementSize
            }
            tensors.append(
                try StoredTensor(
                    name: name, sizes: tensor.sizes, strides: tensor.strides, offset: tensor.offset,
                    elementType: tensor.elementType, storage: bytes, of: file))
        }
        try self.init(
            file, torch.format, tensors, wrapper: stateDict.wrapper, otherEntries: stateDict.others)
    }

    private init(
        _ file: MappedFile, _ format: Format, _ tensors: [StoredTensor], metadata: [String: String] = [:],
        wrapper: String? = nil, otherEntries: [String] = []
    ) throws(CheckpointError) {
        try Self.checkTotal(tensors, file)
        let prefix = NamePrefix.common(to: tensors.map(\.name))
        self.file = file.name
        self.format = format
        self.tensors =
            prefix.isEmpty ? tensors : tensors.map { $0.renamed(String($0.name.dropFirst(prefix.count))) }
        self.metadata = metadata
        self.wrapper = wrapper
        self.otherEntries = otherEntries
        strippedPrefix = prefix.isEmpty ? nil : prefix
        var positions: [String: Int] = [:]
        for (index, tensor) in self.tensors.enumerated() {
            guard positions.updateValue(index, forKey: tensor.name) == nil else {
                throw .duplicateName(file: file.name, name: tensor.name)
            }
        }
        self.positions = positions
    }

    /// Bounds the elements of all tensors together: a small file must not unfold into a large model.
    private static func checkTotal(_ tensors: [StoredTensor], _ file: MappedFile) throws(CheckpointError) {
        let limit = CheckpointLimits.elements(for: file)
        var left = limit
        for tensor in tensors {
            guard tensor.shape.count <= left else {
                throw .overLimit(
                    file: file.name, what: "the element count of all tensors", limit: limit, found: "larger")
            }
            left -= tensor.shape.count
        }
    }
}

/// The prefixes that wrapping a module puts before every name of its state dict.
enum NamePrefix {
    /// `torch.nn.DataParallel` and DistributedDataParallel; `torch.compile`.
    private static let wrappers = ["module.", "_orig_mod."]

    private static let limit = 8

    /// The longest run of up to 8 such prefixes that all names have, leaving none of them empty.
    static func common(to names: [String]) -> String {
        guard !names.isEmpty else { return "" }
        var prefix = ""
        for _ in 0..<limit {
            let longer = wrappers.map { prefix + $0 }.first { candidate in
                names.allSatisfy { $0.utf8.count > candidate.utf8.count && $0.hasPrefix(candidate) }
            }
            guard let longer else { break }
            prefix = longer
        }
        return prefix
    }
}
