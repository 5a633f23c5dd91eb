import Foundation
import Glibc

/// A photo to read, and what the names of its outputs begin with.
struct Photo: Equatable {
    /// The path as the user would write it.
    var path: String

    /// The path below the output folder, without the suffix of a map: `a/b` for `photos/a/b.jpg`.
    var stem: String
}

/// Finds photos in what the user names: files, folders with all below them, and patterns.
enum PhotoCollector {
    /// What is looked at in folders. Formats that cannot be decoded are among them, so that they are reported
    /// and not passed over.
    private static let extensions: Set<String> = [
        "png", "jpg", "jpeg", "jpe", "jfif", "webp", "gif", "bmp", "tif", "tiff", "heic", "heif", "avif",
        "jp2", "ppm",
    ]

    /// The files in the order of the arguments, those of a folder sorted by path; each file once. Paths that
    /// do not exist come out as they are, to fail when they are read.
    static func collect(_ arguments: [String]) -> [(path: String, relative: String)] {
        var seen: Set<String> = []
        return arguments.flatMap(expand).flatMap(files).filter { seen.insert(canonical($0.path)).inserted }
    }

    /// A pattern's matches, if there is no file of that very name. `**` is not needed: folders are searched
    /// to the bottom.
    private static func expand(_ argument: String) -> [String] {
        let hasWildcards = argument.contains { "*?[".contains($0) }
        guard hasWildcards, !FileManager.default.fileExists(atPath: argument) else { return [argument] }
        var matches = glob_t()
        defer { globfree(&matches) }
        guard glob(argument, 0, nil, &matches) == 0 else { return [argument] }
        return (0..<Int(matches.gl_pathc)).compactMap { index in
            matches.gl_pathv[index].map { String(cString: $0) }
        }
    }

    private static func files(at path: String) -> [(path: String, relative: String)] {
        var isDirectory: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory), isDirectory.boolValue
        else { return [(path, URL(fileURLWithPath: path).lastPathComponent)] }
        let found = FileManager.default.enumerator(atPath: path)?.compactMap { $0 as? String } ?? []
        return found.filter(isPhoto).sorted().map { (join(path, $0), $0) }
    }

    private static func isPhoto(_ relative: String) -> Bool {
        let url = URL(fileURLWithPath: relative)
        let isHidden = relative.split(separator: "/").contains { $0.hasPrefix(".") }
        return !isHidden && extensions.contains(url.pathExtension.lowercased())
    }

    private static func join(_ folder: String, _ relative: String) -> String {
        folder.hasSuffix("/") ? folder + relative : "\(folder)/\(relative)"
    }

    /// One spelling for each file.
    static func canonical(_ path: String) -> String {
        URL(fileURLWithPath: path).standardizedFileURL.resolvingSymlinksInPath().path
    }
}
