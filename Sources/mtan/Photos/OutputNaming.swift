import ArgumentParser
import Foundation

/// Gives every photo a name for its outputs that no other photo has.
enum OutputNaming {
    /// Names are the path below the folder that was given, without extension. Where two would be the same
    /// (`a.jpg` and `a.png`), they keep their extensions; where that is not enough (`x/a.jpg y/a.jpg`), all
    /// photos are named by their paths below the folder they have in common.
    static func name(_ files: [(path: String, relative: String)]) -> [Photo] {
        if let photos = distinct(files) { return photos }
        let whole = files.map { (path: $0.path, absolute: PhotoCollector.canonical($0.path)) }
        let shared = commonFolder(whole.map(\.absolute))
        let below = whole.map { (path: $0.path, relative: String($0.absolute.dropFirst(shared.count))) }
        return distinct(below) ?? below.map { Photo(path: $0.path, stem: $0.relative) }
    }

    /// Photos whose outputs another photo makes are left out: they are the maps of an earlier run.
    static func withoutOutputs(_ photos: [Photo], in folder: String, suffixes: [String]) -> [Photo] {
        let outputs = Set(
            photos.flatMap { photo in
                suffixes.map { PhotoCollector.canonical("\(folder)/\(photo.stem).\($0)") }
            })
        return photos.filter { !outputs.contains(PhotoCollector.canonical($0.path)) }
    }

    /// Two photos that would write the same file, if there are any: a task's name can look like an extension.
    static func collision(among photos: [Photo], suffixes: [String]) -> String? {
        var seen: Set<String> = []
        return photos.lazy.flatMap { photo in suffixes.map { "\(photo.stem).\($0)" } }
            .first { !seen.insert($0).inserted }
    }

    /// Stems that all differ, with extensions only where they are needed, or nil if there are none.
    private static func distinct(_ files: [(path: String, relative: String)]) -> [Photo]? {
        var stems = files.map { withoutExtension($0.relative) }
        while true {
            let counts = Dictionary(stems.map { ($0, 1) }, uniquingKeysWith: +)
            let clashing = stems.indices.filter { counts[stems[$0], default: 0] > 1 }
            if clashing.isEmpty { return zip(files, stems).map { Photo(path: $0.path, stem: $1) } }
            let curable = clashing.filter { stems[$0] != files[$0].relative }
            if curable.isEmpty { return nil }
            for index in curable { stems[index] = files[index].relative }
        }
    }

    private static func withoutExtension(_ relative: String) -> String {
        let name = relative.split(separator: "/").last.map(String.init) ?? relative
        guard let dot = name.lastIndex(of: "."), dot != name.startIndex else { return relative }
        return String(relative.dropLast(name.distance(from: dot, to: name.endIndex)))
    }

    /// The longest path ending in `/` that all paths begin with.
    private static func commonFolder(_ paths: [String]) -> String {
        guard var shared = paths.first?.split(separator: "/").dropLast() else { return "/" }
        for path in paths.dropFirst() {
            let parts = path.split(separator: "/").dropLast()
            shared = shared.prefix(zip(shared, parts).prefix { $0 == $1 }.count)
        }
        return shared.isEmpty ? "/" : "/" + shared.joined(separator: "/") + "/"
    }
}
