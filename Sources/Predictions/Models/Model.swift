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

    /// The network's tensors in it.
    public let weights: StateDict

    /// Other places in the checkpoint that hold a network.
    public let alternatives: [String]

    /// What a bare checkpoint was taken for without saying it; empty for a model directory.
    public let guesses: [String]

    /// The name of the description in a model directory.
    public static let descriptionFile = "model.json"

    /// Descriptions above this many bytes are refused.
    private static let descriptionLimit = 1 << 20

    /// Opens a model directory, its `model.json`, or a bare checkpoint, which gets defaults by what it holds.
    ///
    /// - Parameter choices: what is said about a bare checkpoint; a model directory says it itself.
    /// - Throws: ``ModelError``, naming the file and what is wrong.
    public init(path: String, choices: ModelChoices = ModelChoices()) throws(ModelError) {
        guard Folder.identity(of: path) != nil else { throw .missing(path: path) }
        let url = URL(fileURLWithPath: path)
        let description = url.appendingPathComponent(Self.descriptionFile)
        if Folder.isFolder(path), Folder.identity(of: description.path) != nil {
            try self.init(directory: url, choices)
        } else if url.lastPathComponent == Self.descriptionFile {
            try self.init(directory: url.deletingLastPathComponent(), choices)
        } else {
            try self.init(checkpoint: path, choices)
        }
    }

    private init(directory: URL, _ choices: ModelChoices) throws(ModelError) {
        let file = directory.appendingPathComponent(Self.descriptionFile)
        guard choices.isEmpty else {
            throw .choices(
                .init(
                    "\(file.path) says what --weights, --heads and "
                        + "--labels would; change it there"))
        }
        description = try Self.readDescription(file)
        checkpoint = try Self.open(directory.appendingPathComponent(description.weights).path)
        let heads = description.tasks.map { DeclaredHead(name: $0.name, kind: $0.kind) }
        // Weights that `mtan convert` took out of a larger file remember where they were.
        let isConverted = checkpoint.metadata[Self.weightsKeyEntry] == description.weightsKey
        let found = try Self.recognize(checkpoint, isConverted ? nil : description.weightsKey, heads)
        (network, weights, alternatives) = (found.network, found.weights, found.alternatives)
        guesses = []
        try check(against: file.path)
    }

    private init(checkpoint path: String, _ choices: ModelChoices) throws(ModelError) {
        checkpoint = try Self.open(path)
        let found = try Self.recognize(checkpoint, choices.weightsKey, choices.heads?.map(\.declared))
        (network, weights, alternatives) = (found.network, found.weights, found.alternatives)
        let url = URL(fileURLWithPath: path)
        do {
            description = try ModelDescription(
                recognizing: network, name: url.deletingPathExtension().lastPathComponent.asModelName,
                weights: url.lastPathComponent, choices: choices)
        } catch {
            throw .choices(error)
        }
        guesses = ModelDescription.guesses(of: network, as: description.tasks, choices: choices)
    }

    /// The key of safetensors metadata that keeps ``ModelDescription/weightsKey`` of the file that weights were
    /// taken from.
    public static let weightsKeyEntry = "mtan.weights_key"

    private static func open(_ path: String) throws(ModelError) -> Checkpoint {
        do { return try Checkpoint(contentsOf: path) } catch { throw .checkpoint(error) }
    }

    private static func recognize(
        _ checkpoint: Checkpoint, _ key: String?, _ heads: [DeclaredHead]?
    ) throws(ModelError) -> NetworkCatalog.Recognized {
        do { return try NetworkCatalog.network(in: checkpoint, at: key, heads: heads) } catch {
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
