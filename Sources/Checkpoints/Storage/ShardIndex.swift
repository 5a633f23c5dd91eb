import Files
import Foundation

/// The index of a checkpoint in several files, as Hugging Face's libraries write it: a JSON object whose
/// `weight_map` names the file of each tensor.
struct ShardIndex {
    /// The path of the index.
    let path: String

    /// The paths of the files, each once, by name.
    let files: [String]

    private let names: Set<String>

    /// Reads an index. The files must lie in its folder.
    ///
    /// - Throws: ``CheckpointError``
    init(contentsOf path: String) throws(CheckpointError) {
        self.path = path
        let bytes: [UInt8]
        do { bytes = try BoundedFile.read(path, limit: CheckpointLimits.indexBytes) } catch {
            throw .unreadable(file: path, reason: error.reason)
        }
        guard let contents = try? JSONDecoder().decode(Contents.self, from: Data(bytes)),
            !contents.weight_map.isEmpty
        else {
            throw .corrupt(
                file: path, part: "the index", expected: "a JSON object with a weight_map of names to files",
                found: bytes.isEmpty ? "an empty file" : "something else")
        }
        let shards = Set(contents.weight_map.values).sorted()
        guard shards.count <= CheckpointLimits.shards else {
            throw .overLimit(
                file: path, what: "the number of files", limit: CheckpointLimits.shards,
                found: "\(shards.count)")
        }
        if let odd = shards.first(where: {
            $0.isEmpty || $0.utf8.contains { $0 == 0x2F || $0 == 0 } || $0 == "." || $0 == ".."
        }) {
            throw .corrupt(
                file: path, part: "weight_map", expected: "the names of files beside the index", found: odd)
        }
        let folder = path.utf8.lastIndex(of: UInt8(ascii: "/")).map { String(path[...$0]) } ?? ""
        files = shards.map { folder + $0 }
        names = Set(contents.weight_map.keys)
    }

    /// The tensors in the files must be those of the index.
    func check(_ found: [String]) throws(CheckpointError) {
        if let missing = names.subtracting(found).min() {
            throw .corrupt(
                file: path, part: "weight_map", expected: "the tensor \(missing) in one of the files",
                found: "none")
        }
        if let extra = found.first(where: { !names.contains($0) }) {
            throw .corrupt(
                file: path, part: "weight_map", expected: "every tensor of the files",
                found: "no mention of \(extra)")
        }
    }

    private struct Contents: Decodable {
        // The key is that of the file format.
        let weight_map: [String: String]  // swift-format-ignore: AlwaysUseLowerCamelCase
    }
}
