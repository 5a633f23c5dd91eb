import Files
import Images
import Predictions

/// Images with truth, in one of the layouts that are known:
///
/// - ``ArrayFolders``: `image/N.npy` with `label/N.npy`, `depth/N.npy` and `normal/N.npy`, as lorenmt/mtan has
///   them, in the folder or in its `val`, `test` or `train`
/// - ``ArchiveFolder``: a photo such as `N.jpg` with `N.npz`
/// - ``MapFolder``: a photo such as `N.jpg` with `N.segmentation.png` and so on, as `mtan predict` writes maps
///
/// The first layout that fits counts.
public struct Dataset: Sendable {
    /// The frames in the order in which they are evaluated: by their names, numbers by their value.
    public let frames: [Frame]

    /// What people should know: which folder was taken, which files have no part.
    public let notes: [String]

    /// What could not be looked at.
    public let problems: [FileError]

    /// Looks through a folder. No file is opened.
    ///
    /// - Parameter tasks: whose truth is looked for.
    /// - Throws: `FileError` if there is no frame in it.
    public init(path: String, tasks: [TaskDescription]) throws(FileError) {
        guard Folder.isFolder(path) else {
            let found = Folder.identity(of: path) == nil ? "nothing" : "a file"
            throw FileError(path: path, reason: "expected a folder with images and truth, found \(found)")
        }
        if let (folder, notes) = ArrayFolders.locate(in: path) {
            let frames = ArrayFolders.frames(in: folder, tasks: tasks)
            self.init(frames, notes: notes, problems: [])
        } else {
            let contents = Folder.contents(of: path)
            let photos = contents.files.filter(\.isPhotoName).sorted(by: naturalOrder)
            let archived = ArchiveFolder.frames(in: path, photos: photos, files: Set(contents.files))
            let frames =
                archived.isEmpty
                ? MapFolder.frames(in: path, photos: photos, files: Set(contents.files), tasks: tasks)
                : archived
            self.init(frames, notes: [], problems: contents.problems)
        }
        guard !frames.isEmpty else {
            let maps = tasks.map { "N.\($0.name).png" }.joined(separator: ", ")
            throw FileError(
                path: path,
                reason:
                    "expected image/N.npy with label/N.npy, depth/N.npy or normal/N.npy, or photos N.png or "
                    + "N.jpg beside N.npz or \(maps); found none of them")
        }
    }

    private init(_ sources: [any FrameSource], notes: [String], problems: [FileError]) {
        frames = sources.map { Frame($0) }
        self.notes = notes
        self.problems = problems
    }
}

extension String {
    /// The path without the extension of its last part.
    var withoutExtension: String {
        guard let dot = utf8.lastIndex(of: UInt8(ascii: ".")), !self[dot...].utf8.contains(UInt8(ascii: "/"))
        else { return self }
        return String(self[..<dot])
    }

    /// Whether this is the name of a kind of file that photos are read from.
    fileprivate var isPhotoName: Bool {
        let name = lowercased()
        return ImageFormat.allCases.flatMap(\.fileExtensions).contains { name.hasSuffix(".\($0)") }
    }
}

/// The order of paths in which numbers count by their value, so that `9` comes before `10` as in upstream's loader.
func naturalOrder(_ first: String, _ second: String) -> Bool {
    func parts(_ path: String) -> [(number: Int, text: Substring)] {
        path.withoutExtension.split(separator: "/").map { (Int($0) ?? .max, $0) }
    }
    for (left, right) in zip(parts(first), parts(second)) where left.text != right.text {
        if left.number != right.number { return left.number < right.number }
        return left.text.utf8.lexicographicallyPrecedes(right.text.utf8)
    }
    return first.utf8.lexicographicallyPrecedes(second.utf8)
}
