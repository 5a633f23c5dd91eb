import Files

/// Finds the checkpoint that a path stands for.
enum CheckpointLocator {
    enum Place {
        case file(String)
        /// The index of a checkpoint in several files.
        case index(String)
    }

    private static let indexSuffix = ".index.json"

    /// The names under which a folder keeps its one checkpoint, in the order of preference.
    private static let usualNames = [
        "model.safetensors", "model.safetensors.index.json", "pytorch_model.bin",
        "pytorch_model.bin.index.json",
    ]

    /// A file as it is; of a folder the file of a usual name, or the only checkpoint in it.
    ///
    /// - Throws: ``CheckpointError/foreign(file:kind:)`` for a folder that holds none, or several.
    static func locate(_ path: String) throws(CheckpointError) -> Place {
        guard Folder.isFolder(path) else {
            return path.hasSuffix(indexSuffix) ? .index(path) : .file(path)
        }
        let names = Folder.names(in: path)
        if let usual = usualNames.first(where: names.contains) { return try locate(Folder.join(path, usual)) }
        if names.contains(where: { $0.hasSuffix(".distcp") }) {
            throw .foreign(file: path, kind: .distributedCheckpoint)
        }
        let candidates = names.filter { name in
            [".safetensors", ".pth", ".pt", ".bin", ".ckpt", ".tar", ".pkl"].contains(where: name.hasSuffix)
                && !Folder.isFolder(Folder.join(path, name))
        }
        guard candidates.count == 1 else {
            throw .foreign(file: path, kind: .directory(checkpoints: candidates))
        }
        return .file(Folder.join(path, candidates[0]))
    }
}
