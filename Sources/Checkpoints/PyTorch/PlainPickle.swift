/// A pickle that `pickle.dump` wrote: one object, its tensors' storages inside it.
struct PlainPickle: TorchStorages {
    private let file: MappedFile

    /// Reads the object. Bytes are stepped over, so that its length is not limited.
    static func read(_ file: MappedFile) throws(CheckpointError) -> TorchFile {
        var unpickler = Unpickler(ByteCursor(file, in: 0..<file.count, part: "the pickle"))
        return TorchFile(format: .pickle, document: try unpickler.run(), storages: PlainPickle(file: file))
    }

    func bytes(of storage: StorageReference) throws(CheckpointError) -> Range<Int> {
        guard let inline = storage.inlineBytes else {
            throw .corrupt(
                file: file.name, part: "the pickle", expected: "the bytes of the storage \(storage.key)",
                found: "none")
        }
        return inline
    }
}
