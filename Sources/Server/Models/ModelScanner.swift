import Files
import Foundation
import Predictions

/// What tells a file from another, or from what it was before.
struct FileStamp: Sendable, Hashable {
    let name: String
    let number: UInt64
    let size: Int64
    let modified: Int64

    /// - Returns: nil if there is no such file.
    init?(_ path: String) {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        name = path
        number = UInt64(status.st_ino)
        size = Int64(status.st_size)
        modified = Int64(status.st_mtim.tv_sec) * 1_000_000_000 + Int64(status.st_mtim.tv_nsec)
    }
}

/// Looks for model directories.
enum ModelScanner {
    /// The model directories in a folder, or the folder itself if it is one, sorted by path.
    ///
    /// - Throws: `FileError` if the folder cannot be read.
    static func scan(_ folder: String) throws -> [ModelSource] {
        if let model = source(folder) { return [model] }
        let names: [String]
        do {
            names = try FileManager.default.contentsOfDirectory(atPath: folder)
        } catch {
            throw FileError(path: folder, reason: "expected a folder of model directories that can be read")
        }
        return names.filter { !$0.hasPrefix(".") }.sorted().compactMap { source(Folder.join(folder, $0)) }
    }

    /// A directory with a `model.json`, and all regular files in it: which of them are weights is not known
    /// before the description is read.
    private static func source(_ directory: String) -> ModelSource? {
        let description = Folder.join(directory, Model.descriptionFile)
        guard FileStamp(description) != nil,
            let names = try? FileManager.default.contentsOfDirectory(atPath: directory)
        else { return nil }
        let stamps = names.filter { !$0.hasPrefix(".") }.sorted()
            .compactMap { FileStamp(Folder.join(directory, $0)) }
        return ModelSource(directory: directory, fingerprint: stamps)
    }
}
