import ArgumentParser
import Foundation
import Predictions

/// Which model to use.
struct ModelOptions: ParsableArguments {
    @Option(
        name: .shortAndLong,
        help: ArgumentHelp(
            "A checkpoint (.pth, .pt, .ckpt, .bin, .safetensors) or a model directory.",
            discussion: "Default: the model that comes with mtan, or the one that MTAN_MODEL names.",
            valueName: "path"),
        completion: .file())
    var model: String?

    @OptionGroup var checkpoint: CheckpointOptions

    /// Opens the model.
    ///
    /// - Throws: `ExitCode`, after saying why.
    func load() throws -> Model { try checkpoint.open(try model ?? Self.defaultPath()) }

    private static func defaultPath() throws -> String {
        if let path = ProcessInfo.processInfo.environment["MTAN_MODEL"] { return path }
        return try ShippedModel.path()
    }
}

/// The model that comes with mtan.
enum ShippedModel {
    private static let name = "mtan-rooms"

    /// The model directory.
    static func path() throws -> String { "\(try folder())/\(name)" }

    /// The folder of models that it lies in: the first that has it of `models/` here, beside the executable or
    /// in a folder above it (where a build leaves it), and `share/mtan/models` beside its `bin`.
    static func folder() throws -> String {
        var folders = [URL(fileURLWithPath: "models")]
        var folder = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
            .deletingLastPathComponent()
        for _ in 0..<4 {
            folders.append(folder.appendingPathComponent("models"))
            folders.append(folder.appendingPathComponent("share/mtan/models"))
            folder = folder.deletingLastPathComponent()
        }
        let found = folders.first {
            FileManager.default.fileExists(atPath: $0.appendingPathComponent(name).path)
        }
        guard let found else {
            throw ValidationError("no model given, and the one that comes with mtan is not installed")
        }
        return found.path
    }
}
