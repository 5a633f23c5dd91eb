import Files
import Images
import Networks
import Predictions

/// Photos `N.png` or `N.jpg`, each with an archive `N.npz` of the arrays `label` `[H, W]` with -1 for void,
/// `depth` `[H, W]` or `[H, W, 1]` and `normal` `[H, W, 3]`, or some of them.
struct ArchiveFolder: FrameSource {
    let imagePath: String
    private let archivePath: String

    static func frames(in folder: String, photos: [String], files: Set<String>) -> [any FrameSource] {
        photos.compactMap { photo in
            let archive = "\(photo.withoutExtension).npz"
            guard files.contains(archive) else { return nil }
            return ArchiveFolder(
                imagePath: Folder.join(folder, photo), archivePath: Folder.join(folder, archive))
        }
    }

    func image(_ decoder: ImageDecoder) throws -> FrameImage { try FrameImage(photo: imagePath, decoder) }

    func truths(of tasks: [TaskDescription], _ decoder: ImageDecoder) throws -> [TruthMap?] {
        let archive = try NPZFile(
            readFile(archivePath, decoder), name: archivePath, limit: decoder.limits.maximumBytes)
        let truths = try tasks.map { task in
            try archive.array(task.kind.arrayName).map { array in
                try TruthMap(array, of: task.kind, file: "\(archivePath): \(task.kind.arrayName).npy")
            }
        }
        guard truths.contains(where: { $0 != nil }) else {
            let expected = tasks.map(\.kind.arrayName).joined(separator: ", ")
            throw FileError(
                path: archivePath,
                reason: "expected some of the arrays \(expected), found "
                    + (archive.names.isEmpty ? "none" : archive.names.prefix(20).joined(separator: ", ")))
        }
        return truths
    }
}

extension TaskKind {
    /// The name of an array with the truth.
    fileprivate var arrayName: String {
        switch self {
        case .segmentation: "label"
        case .depth: "depth"
        case .normals: "normal"
        }
    }
}
