import Foundation

/// Gives every photo a name for its outputs that no other photo has.
///
/// Names are compared as bytes: two spellings of `é` are one string to Swift, but two files to Linux.
enum OutputNaming {
    /// Names are the path below the folder that was given, without extension. Where two would be the same
    /// (`a.jpg` and `a.png`), they keep their extensions; where that is not enough (`x/a.jpg y/a.jpg`), all
    /// photos are named by their paths below the folder they have in common.
    static func name(_ files: [PhotoCollector.Found]) -> [Photo] {
        if let photos = distinct(files) { return photos }
        let paths = files.map { Array(URL(fileURLWithPath: $0.path).standardizedFileURL.path.utf8) }
        let shared = commonFolder(paths)
        let below = zip(files, paths).map { file, path in
            PhotoCollector.Found(
                path: file.path, relative: String(decoding: path.dropFirst(shared), as: UTF8.self))
        }
        return distinct(below) ?? below.map { Photo(path: $0.path, stem: $0.relative) }
    }

    /// A file that two photos would both write, if there is any: a task's name can look like an extension.
    static func collision(among photos: [Photo], suffixes: [String]) -> String? {
        var seen: Set<[UInt8]> = []
        return photos.lazy.flatMap { photo in suffixes.map { "\(photo.stem).\($0)" } }
            .first { !seen.insert(Array($0.utf8)).inserted }
    }

    /// Stems that all differ, with extensions only where they are needed, or nil if there are none.
    private static func distinct(_ files: [PhotoCollector.Found]) -> [Photo]? {
        let whole = files.map { Array($0.relative.utf8) }
        var stems = whole.map(withoutExtension)
        while true {
            let counts = Dictionary(stems.map { ($0, 1) }, uniquingKeysWith: +)
            let clashing = stems.indices.filter { counts[stems[$0], default: 0] > 1 }
            if clashing.isEmpty {
                return zip(files, stems).map {
                    Photo(path: $0.path, stem: String(decoding: $1, as: UTF8.self))
                }
            }
            let curable = clashing.filter { stems[$0] != whole[$0] }
            if curable.isEmpty { return nil }
            for index in curable { stems[index] = whole[index] }
        }
    }

    private static func withoutExtension(_ path: [UInt8]) -> [UInt8] {
        let start = path.lastIndex(of: UInt8(ascii: "/")).map { $0 + 1 } ?? 0
        guard let dot = path.lastIndex(of: UInt8(ascii: ".")), dot > start else { return path }
        return Array(path[..<dot])
    }

    /// The length of the longest part ending in `/` that all paths begin with.
    private static func commonFolder(_ paths: [[UInt8]]) -> Int {
        guard var shared = paths.first?[...] else { return 0 }
        for path in paths { shared = shared.prefix(zip(shared, path).prefix { $0 == $1 }.count) }
        return shared.lastIndex(of: UInt8(ascii: "/")).map { $0 + 1 } ?? 0
    }
}
