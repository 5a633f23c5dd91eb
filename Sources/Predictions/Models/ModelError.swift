import Checkpoints
import Engine
import Files
import Networks

/// Why a model cannot be used.
public enum ModelError: Error, Sendable, CustomStringConvertible {
    /// There is nothing at the path.
    case missing(path: String)
    /// A directory has no readable `model.json`.
    case noDescription(directory: String, reason: String)
    /// `model.json` is wrong.
    case invalid(file: String, field: String, detail: String)
    /// The file with the weights cannot be read.
    case checkpoint(CheckpointError)
    /// What was said about the checkpoint does not fit it.
    case choices(ModelChoiceError)
    /// The weights cannot be made ready to run.
    case compilation(file: String, CompilationError)
    /// The weights are of no network that is known, or do not fit it.
    case network(NetworkError)

    /// The file, what was expected, what was found, and the way out.
    public var description: String {
        switch self {
        case .missing(let path):
            "\(path.shown()): no such file or directory; expected a checkpoint (.pth, .pt, .safetensors) or a "
                + "model directory"
        case .noDescription(let directory, let reason):
            "\(directory.shown()): expected a model directory with a readable \(Model.descriptionFile) "
                + "(\(reason)); give the path of a checkpoint, or make a model directory with `mtan convert`"
        case .invalid(let file, let field, let detail):
            "\(file.shown()): \(field.shown(limit: 200)): \(detail.shown(limit: 500))"
        case .checkpoint(let error): "\(error)"
        case .choices(let error): "\(error)"
        case .compilation(let file, let error): "\(file.shown()): \(error)"
        case .network(let error): "\(error)"
        }
    }

    /// What a JSON decoder threw, with the path of the field.
    init(_ error: any Error, in file: String) {
        func field(_ context: DecodingError.Context, _ key: (any CodingKey)? = nil) -> String {
            let path = (context.codingPath + [key].compactMap(\.self)).map { key in
                key.intValue.map { "[\($0)]" } ?? ".\(key.stringValue)"
            }
            let joined = path.joined()
            return joined.isEmpty ? "the file" : String(joined.drop { $0 == "." })
        }
        switch error as? DecodingError {
        case .keyNotFound(let key, let context):
            self = .invalid(file: file, field: field(context, key), detail: "expected a value, found none")
        case .typeMismatch(let type, let context), .valueNotFound(let type, let context):
            self = .invalid(
                file: file, field: field(context), detail: "expected \(type); \(context.debugDescription)")
        case .dataCorrupted(let context):
            self = .invalid(file: file, field: field(context), detail: context.debugDescription)
        default: self = .invalid(file: file, field: "the file", detail: "\(error)")
        }
    }
}
