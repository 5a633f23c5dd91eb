#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Making folders and looking through them.
public enum Folder {
    /// Makes a folder and those above it, unless they are there.
    ///
    /// - Throws: ``FileError``
    public static func make(_ path: String) throws(FileError) {
        if isFolder(path) || path.isEmpty { return }
        if let slash = path.utf8.dropLast().lastIndex(of: UInt8(ascii: "/")), slash != path.utf8.startIndex {
            try make(String(decoding: path.utf8[..<slash], as: UTF8.self))
        }
        guard mkdir(FileName.path(path), 0o777) == 0 || errno == EEXIST && isFolder(path) else {
            throw FileError(errnoAt: path)
        }
    }

    /// Whether there is a folder at a path, or a link to one.
    public static func isFolder(_ path: String) -> Bool {
        var status = stat()
        return stat(FileName.path(path), &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// What tells a file from all others, whatever path leads to it; nil if there is none.
    public static func identity(of path: String) -> FileIdentity? {
        var status = stat()
        guard stat(FileName.path(path), &status) == 0 else { return nil }
        return FileIdentity(device: UInt64(status.st_dev), number: UInt64(status.st_ino))
    }

    /// Everything found below a folder.
    public struct Contents {
        /// The paths of files relative to the folder, sorted by their bytes.
        public var files: [String] = []
        /// What could not be looked at.
        public var problems: [FileError] = []
        /// The number of links to folders, which were not followed.
        public var linkedFolders = 0
    }

    /// Searches a folder to the bottom. Hidden files and folders are passed over. Links to files are files;
    /// links to folders are only counted, since they can lead in circles. Names that are not UTF-8 are among
    /// the files, see ``FileName``.
    public static func contents(of path: String) -> Contents {
        var contents = Contents()
        search(path, below: "", into: &contents)
        contents.files.sort { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        return contents
    }

    /// The names in a folder, hidden ones too, sorted by their bytes; none if it cannot be read.
    public static func names(in path: String) -> [String] {
        guard let directory = opendir(FileName.path(path)) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = name(of: entry)
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    private static func search(_ root: String, below relative: String, into contents: inout Contents) {
        let path = relative.isEmpty ? root : join(root, relative)
        guard let directory = opendir(FileName.path(path)) else {
            contents.problems.append(FileError(errnoAt: path))
            return
        }
        defer { closedir(directory) }
        while let entry = readdir(directory) {
            let name = name(of: entry)
            guard !name.utf8.starts(with: [UInt8(ascii: ".")]) else { continue }
            let child = relative.isEmpty ? name : join(relative, name)
            var status = stat()
            guard lstat(FileName.path(join(root, child)), &status) == 0 else { continue }
            if status.st_mode & S_IFMT == S_IFDIR {
                search(root, below: child, into: &contents)
            } else if isFolder(join(root, child)) {
                contents.linkedFolders += 1
            } else {
                contents.files.append(child)
            }
        }
    }

    /// Two parts of a path with one `/` between them.
    public static func join(_ folder: String, _ name: String) -> String {
        folder.utf8.last == UInt8(ascii: "/") ? folder + name : "\(folder)/\(name)"
    }

    private static func name(of entry: UnsafeMutablePointer<dirent>) -> String {
        withUnsafePointer(to: &entry.pointee.d_name) { tuple in
            tuple.withMemoryRebound(to: CChar.self, capacity: MemoryLayout.size(ofValue: tuple.pointee)) {
                FileName.text($0)
            }
        }
    }
}

/// What tells a file from all others.
public struct FileIdentity: Hashable, Sendable {
    let device: UInt64
    let number: UInt64
}
