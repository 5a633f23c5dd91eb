import Files
import Glibc
import Images

/// A photo to read, and what the names of its outputs begin with.
struct Photo: Equatable {
    /// The path as the user would write it.
    var path: String

    /// The path below the output folder, without the suffix of a map: `a/b` for `photos/a/b.jpg`.
    var stem: String

    /// Whether it comes from standard input; the path is then only its name in messages.
    var isStandardInput = false

    /// What standard input is: its outputs are named `stdin.depth.png` and so on.
    static let standardInput = Photo(path: StandardInput.name, stem: "stdin", isStandardInput: true)

    /// The encoded photo.
    ///
    /// - Throws: `FileError`
    func read(limit: Int) throws(FileError) -> [UInt8] {
        let raise = "raise --max-bytes"
        return isStandardInput
            ? try StandardInput.read(limit: limit, raise: raise)
            : try BoundedFile.read(path, limit: limit, raise: raise)
    }
}

/// Finds photos in what the user names: files, folders with all below them, and patterns.
struct PhotoCollector {
    /// A file, and its path below the folder that was named, or its name if it was named itself.
    struct Found {
        var path: String
        var relative: String
    }

    /// The files in the order of the arguments, those of a folder sorted by path; each file once. Paths that
    /// do not exist are among them, to fail when they are read.
    private(set) var files: [Found] = []

    /// What could not be looked at, and pictures in folders whose format is not read.
    private(set) var problems: [FileError] = []

    /// What the folders hold beside photos.
    private(set) var passedOver = PassedOver()

    private var seen: Set<FileIdentity> = []

    /// Looks through everything that the arguments name.
    init(_ arguments: [String]) {
        for path in arguments.flatMap(Self.expand) {
            if Folder.isFolder(path) {
                let contents = Folder.contents(of: path)
                problems += contents.problems
                passedOver.add(links: contents.linkedFolders)
                for relative in contents.files {
                    guard let kind = FileKind(name: relative.lastPathComponent) else { continue }
                    add(Found(path: Folder.join(path, relative), relative: relative), kind)
                }
            } else {
                add(Found(path: path, relative: path.lastPathComponent), .photo)
            }
        }
    }

    private mutating func add(_ file: Found, _ kind: FileKind) {
        if let identity = Folder.identity(of: file.path), !seen.insert(identity).inserted { return }
        switch kind {
        case .photo: files.append(file)
        case .video: passedOver.add(kind)
        case .otherPicture:
            guard let foreign = Self.foreignFile(file.path) else { return files.append(file) }
            passedOver.add(kind)
            problems.append(FileError(path: file.path, reason: "\(ImageError.unrecognisedFormat(foreign))"))
        }
    }

    /// What a file is by its beginning. Nil if it is a photo with another format's extension, or cannot be read,
    /// of which reading all of it will tell.
    private static func foreignFile(_ path: String) -> ForeignFile? {
        let length = 4096
        guard let start = try? BoundedFile.read(path, limit: length, prefix: length) else { return nil }
        return start.withUnsafeBytes { ForeignFile($0) }
    }

    /// A pattern's matches, if there is no file of that very name. `**` is not needed: folders are searched
    /// to the bottom.
    private static func expand(_ argument: String) -> [String] {
        let hasWildcards = argument.contains { "*?[".contains($0) }
        guard hasWildcards, Folder.identity(of: argument) == nil else { return [argument] }
        var matches = glob_t()
        defer { globfree(&matches) }
        guard glob(FileName.path(argument), 0, nil, &matches) == 0 else { return [argument] }
        return (0..<Int(matches.gl_pathc)).compactMap { index in
            matches.gl_pathv[index].map { FileName.text($0) }
        }
    }
}

extension String {
    /// What precedes the last `/`, or `.` where there is none.
    var deletingLastPathComponent: String {
        guard let slash = utf8.lastIndex(of: UInt8(ascii: "/")) else { return "." }
        return slash == utf8.startIndex ? "/" : String(decoding: utf8[..<slash], as: UTF8.self)
    }

    /// What follows the last `/`, which is sought among the bytes: a combining character may follow it.
    var lastPathComponent: String {
        guard let slash = utf8.lastIndex(of: UInt8(ascii: "/")) else { return self }
        return String(decoding: utf8[utf8.index(after: slash)...], as: UTF8.self)
    }
}
