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

/// A PyTorch file taken apart: its object and where its storages are.
struct TorchFile {
    let format: Checkpoint.Format
    let document: PickleDocument
    let storages: any TorchStorages
}
