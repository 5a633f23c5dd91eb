import Checkpoints
import Files
import Images
import Networks
import Predictions
import Tensors

/// The layout of lorenmt/mtan (im2im_pred/create_dataset.py): `image/N.npy` `[H, W, 3]` in 0...1, `label/N.npy`
/// `[H, W]` with -1 for void, `depth/N.npy` `[H, W, 1]`, `normal/N.npy` `[H, W, 3]`.
///
/// Its Cityscapes has labels for several sets of classes, in `label_7` for 7, where there is no `label`.
struct ArrayFolders: FrameSource {
    let imagePath: String

    /// The file of each task's truth, nil where there is none.
    private let truthPaths: [String?]

    /// The folder that holds `image`: the one given, or the first of its parts that does.
    static func locate(in path: String) -> (folder: String, notes: [String])? {
        if Folder.isFolder(Folder.join(path, "image")) { return (path, []) }
        let parts = ["val", "test", "train"].filter { Folder.isFolder(Folder.join(path, "\($0)/image")) }
        guard let part = parts.first else { return nil }
        let others = parts.dropFirst().map { "\($0)" }.joined(separator: ", ")
        let note = "taking \(Folder.join(path, part))" + (others.isEmpty ? "" : ", not \(others)")
        return (Folder.join(path, part), [note])
    }

    static func frames(in folder: String, tasks: [TaskDescription]) -> [any FrameSource] {
        let images = Folder.contents(of: Folder.join(folder, "image")).files.filter { $0.hasSuffix(".npy") }
        let folders = tasks.map { truthFolder(of: $0, in: folder) }
        return images.sorted(by: naturalOrder).map { name in
            let truths = folders.map { folder in
                folder.map { Folder.join($0, name) }.flatMap { Folder.identity(of: $0) == nil ? nil : $0 }
            }
            return ArrayFolders(imagePath: Folder.join(folder, "image/\(name)"), truthPaths: truths)
        }
    }

    private static func truthFolder(of task: TaskDescription, in folder: String) -> String? {
        let names =
            switch task.kind {
            case .segmentation: ["label", "label_\(task.channels)"]
            case .depth: ["depth"]
            case .normals: ["normal"]
            }
        return names.map { Folder.join(folder, $0) }.first(where: Folder.isFolder)
    }

    func image(_ decoder: ImageDecoder) throws -> FrameImage {
        let array = try Self.read(imagePath, decoder)
        let shape = array.shape
        guard shape.rank == 3, shape[2] == 3, array.elementType.isFloatingPoint else {
            throw FileError(
                path: imagePath,
                reason: "expected an image of the shape [H, W, 3] in floats from 0 to 1, found \(shape) in "
                    + array.elementType.rawValue)
        }
        let size = PixelSize(width: shape[1], height: shape[0])
        do { try decoder.limits.check(size) } catch { throw FileError(path: imagePath, reason: "\(error)") }
        let pixels = array.floats()
        // Resizing can overshoot a little. What is far outside was meant for another scale.
        guard pixels.allSatisfy({ $0 > -0.5 && $0 < 1.5 }) else {
            throw FileError(
                path: imagePath, reason: "expected values from 0 to 1, found others; divide 0 to 255 by 255")
        }
        return .planes(
            Tensor(shape: [1, 3, size.height, size.width]) { planes in
                for index in 0..<3 * size.area { planes[index % 3 * size.area + index / 3] = pixels[index] }
            })
    }

    func truths(of tasks: [TaskDescription], _ decoder: ImageDecoder) throws -> [TruthMap?] {
        try zip(tasks, truthPaths).map { task, path in
            try path.map { try TruthMap(Self.read($0, decoder), of: task.kind, file: $0) }
        }
    }

    private static func read(_ path: String, _ decoder: ImageDecoder) throws -> StoredTensor {
        try NPYFile.array(in: MappedFile(bytes: readFile(path, decoder), name: path))
    }
}
