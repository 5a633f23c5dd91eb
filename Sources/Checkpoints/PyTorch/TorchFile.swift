/// A PyTorch file taken apart: its object and where its storages are.
struct TorchFile {
    let format: Checkpoint.Format
    let document: PickleDocument
    let storages: any TorchStorages
    var remarks: [String] = []

    /// The view of a tensor of the document.
    ///
    /// - Throws: ``CheckpointError`` if it does not lie in its storage.
    func tensor(
        _ index: Int, name: String, of file: MappedFile
    ) throws(CheckpointError) -> StoredTensor {
        let tensor = document.heap.tensors[index]
        let storage = document.heap.storages[tensor.storage]
        var bytes = try storages.bytes(of: storage)
        if let view = storage.view {
            let start = bytes.lowerBound + view.lowerBound * storage.elementSize
            bytes = start..<start + view.count * storage.elementSize
        }
        return try StoredTensor(
            name: name, sizes: tensor.sizes, strides: tensor.strides, offset: tensor.offset,
            elementType: tensor.elementType, storage: bytes, of: file)
    }
}

/// Where the storages of a PyTorch file lie.
protocol TorchStorages {
    /// The bytes of a whole storage (not of its view), at least as many as it has elements.
    ///
    /// - Throws: ``CheckpointError`` if the file has no such storage, or too few bytes for it.
    func bytes(of storage: StorageReference) throws(CheckpointError) -> Range<Int>
}

extension StorageReference {
    /// The length of the whole storage in bytes.
    ///
    /// - Throws: ``CheckpointError/corrupt(file:part:expected:found:)`` if it cannot be counted.
    func byteCount(in file: MappedFile) throws(CheckpointError) -> Int {
        let (bytes, overflow) = count.multipliedReportingOverflow(by: elementSize)
        guard !overflow else {
            throw .corrupt(
                file: file.name, part: "the storage \(key)", expected: "a size within the file",
                found: "\(count) elements of \(elementSize) bytes")
        }
        return bytes
    }
}

extension PickleDocument {
    /// The error for a document in which no tensor can be found.
    func withoutTensors(file: String) -> CheckpointError {
        var found = heap.kind(of: root)
        if case .dictionary(let index) = root {
            let keys = heap.dictionaries[index].prefix(12).compactMap { key, _ in
                if case .string(let name) = key { name } else { nil }
            }
            found = keys.isEmpty ? "an empty dictionary" : "a dictionary of \(keys.joined(separator: ", "))"
        }
        return .noTensors(file: file, found: found, classes: Array(unfamiliarClasses.prefix(8)))
    }
}
