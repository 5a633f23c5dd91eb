import Checkpoints
import Files
import Foundation
import Networks

/// A network with its description: what a model directory or a bare checkpoint holds.
public struct Model: Sendable {
    /// What the network takes and gives.
    public let description: ModelDescription

    /// The layers.
    public let network: Network

    /// The file that the weights are read from.
    public let checkpoint: Checkpoint

    /// The name of the description in a model directory.
    public static let descriptionFile = "model.json"

    /// Descriptions above this many bytes are refused.
    private static let descriptionLimit = 1 << 20

    /// Opens a model directory, its `model.json`, or a bare checkpoint, which gets defaults by what it holds.
    ///
    /// - Throws: ``ModelError``, naming the file and what is wrong.
    public init(path: String) throws(ModelError) {
        guard Folder.identity(of: path) != nil else { throw .missing(path: path) }
        let url = URL(fileURLWithPath: path)
        if Folder.isFolder(path) {
            try self.init(directory: url)
        } else if url.lastPathComponent == Self.descriptionFile {
            try self.init(directory: url.deletingLastPathComponent())
        } else {
            try self.init(checkpoint: path)
        }
    }

    private init(directory: URL) throws(ModelError) {
        let file = directory.appendingPathComponent(Self.descriptionFile)
        description = try Self.readDescription(file)
        (checkpoint, network) = try Self.open(
            directory.appendingPathComponent(description.weights).path, kinds: description.tasks.map(\.kind))
        try check(against: file.path)
    }

    private init(checkpoint path: String) throws(ModelError) {
        (checkpoint, network) = try Self.open(path, kinds: nil)
        let url = URL(fileURLWithPath: path)
        description = ModelDescription(
            recognizing: network, name: url.deletingPathExtension().lastPathComponent.asModelName,
            weights: url.lastPathComponent)
    }

    private static func open(
        _ path: String, kinds: [TaskKind]?
    ) throws(ModelError) -> (Checkpoint, Network) {
        let checkpoint: Checkpoint
        do { checkpoint = try Checkpoint(contentsOf: path) } catch { throw .checkpoint(error) }
        do {
            return (checkpoint, try NetworkCatalog.network(in: checkpoint, kinds: kinds))
        } catch {
            throw .network(error)
        }
    }

    private static func readDescription(_ file: URL) throws(ModelError) -> ModelDescription {
        let bytes: [UInt8]
        do {
            bytes = try BoundedFile.read(file.path, limit: descriptionLimit)
        } catch {
            throw .noDescription(directory: file.deletingLastPathComponent().path, reason: error.reason)
        }
        do {
            return try JSONDecoder().decode(ModelDescription.self, from: Data(bytes))
        } catch {
            throw ModelError(error, in: file.path)
        }
    }

    /// The description must be of the network that the weights are of.
    private func check(against file: String) throws(ModelError) {
        guard description.architecture == network.architecture else {
            throw .invalid(
                file: file, field: "architecture",
                detail: "expected \"\(network.architecture)\", which the weights are of, "
                    + "found \"\(description.architecture)\"")
        }
        let described = description.tasks.map { "\($0.kind.rawValue) of \($0.channels)" }
        let present = network.heads.map { "\($0.kind.rawValue) of \($0.channels)" }
        guard described == present else {
            throw .invalid(
                file: file, field: "tasks",
                detail: "expected \(present) channels, as the weights have, found \(described)")
        }
    }
}

extension String {
    /// The letters, digits, `-` and `_` of a file name; at least one, at most 64.
    fileprivate var asModelName: String {
        let plain = unicodeScalars.map { scalar -> Character in
            let isPlain = scalar.isASCII && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar))
            return isPlain || scalar == "-" || scalar == "_" ? Character(scalar) : "-"
        }
        return plain.isEmpty ? "model" : String(plain.prefix(64))
    }
}
