import ArgumentParser
import Checkpoints
import Foundation
import Images
import Networks
import Predictions

/// `mtan convert CHECKPOINT -o DIRECTORY`
struct ConvertCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "convert",
        abstract: "Make a model directory of a checkpoint: model.json and weights.safetensors.",
        discussion: """
            model.json is made by what the checkpoint holds; edit it afterwards to change labels, colours, \
            units or normalisation. Models that took images in -1...1, as auto-lambda's do, need --range.
            """)

    @Argument(help: "A checkpoint (.pth, .pt, .tar, .safetensors).", completion: .file())
    var checkpoint: String

    @Option(name: .shortAndLong, help: "The model directory to make.", completion: .directory)
    var output: String

    @Option(help: "The model's name; default: that of the directory.")
    var name: String?

    @Option(help: "How the large tensors are stored: float16, bfloat16 or float32.")
    var precision: StoragePrecision = .float16

    @Option(help: "What black and white become, LOW,HIGH; write --range=-1,1 for a negative one.")
    var range: ValueRange = ValueRange(bounds: 0...1)

    @Option(help: "The size of the training images, WIDTHxHEIGHT; default: by the tasks.")
    var inputSize: PixelSize?

    func run() throws {
        do {
            let model = try Model(path: checkpoint)
            let description = try describe(model)
            try FileManager.default.createDirectory(atPath: output, withIntermediateDirectories: true)
            try writeWeights(of: model)
            try writeDescription(description)
            report("wrote \(output): \(description.tasks.map(\.name).joined(separator: ", "))")
        } catch let error as ModelError {
            throw failure(error, .modelUnusable)
        } catch let error as ValidationError {
            throw error
        } catch {
            throw failure(error, .cannotWrite)
        }
    }

    private func describe(_ model: Model) throws -> ModelDescription {
        var description = model.description
        description.name = name ?? URL(fileURLWithPath: output).lastPathComponent
        description.weights = "weights.safetensors"
        description.input.range = range.bounds
        if let inputSize { description.input.size = inputSize }
        return description
    }

    /// Biases and statistics stay in float32: they are few, and half precision would cost accuracy.
    private func writeWeights(of model: Model) throws {
        let entries = model.checkpoint.tensors.filter(\.takesPart).map { tensor in
            SafetensorsWriter.Entry(
                name: tensor.name, source: tensor,
                precision: tensor.shape.rank >= 2 ? precision.written : .float32)
        }
        if precision == .float16, let name = entries.first(where: \.overflowsHalf)?.name {
            throw ValidationError(
                "\(name) has values above 65504, which float16 cannot hold; use --precision bfloat16")
        }
        var metadata = ["format": "pt"]
        if !model.network.headOrder.isEmpty {
            metadata[NetworkCatalog.headOrderKey] = model.network.headOrder.joined(separator: ",")
        }
        try SafetensorsWriter(entries, metadata: metadata).write(to: "\(output)/weights.safetensors")
    }

    private func writeDescription(_ description: ModelDescription) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        let data = try encoder.encode(description)
        // What cannot be read again must not be written.
        do {
            _ = try JSONDecoder().decode(ModelDescription.self, from: data)
        } catch DecodingError.dataCorrupted(let context) {
            throw ValidationError(context.debugDescription)
        }
        let file = URL(fileURLWithPath: output).appendingPathComponent(Model.descriptionFile)
        try (data + Data("\n".utf8)).write(to: file, options: .atomic)
    }
}

/// How weights are stored.
enum StoragePrecision: String, ExpressibleByArgument, CaseIterable {
    case float16, bfloat16, float32

    var written: SafetensorsWriter.Precision {
        switch self {
        case .float16: .float16
        case .bfloat16: .bfloat16
        case .float32: .float32
        }
    }
}

/// Two numbers, LOW,HIGH.
struct ValueRange: ExpressibleByArgument {
    var bounds: ClosedRange<Float>

    init(bounds: ClosedRange<Float>) { self.bounds = bounds }

    init?(argument: String) {
        let numbers = argument.split(separator: ",").compactMap { Float($0) }
        guard numbers.count == 2, numbers[0] < numbers[1] else { return nil }
        bounds = numbers[0]...numbers[1]
    }

    var defaultValueDescription: String { "\(bounds.lowerBound),\(bounds.upperBound)" }
}

extension PixelSize: ExpressibleByArgument {
    /// A size written as WIDTHxHEIGHT.
    public init?(argument: String) {
        let sides = argument.lowercased().split(separator: "x").compactMap { Int($0) }
        guard sides.count == 2, sides.allSatisfy({ $0 > 0 }) else { return nil }
        self.init(width: sides[0], height: sides[1])
    }
}

extension StoredTensor {
    /// Whether inference needs it.
    fileprivate var takesPart: Bool {
        !name.hasSuffix("num_batches_tracked") && !name.hasSuffix("logsigma")
    }
}

extension SafetensorsWriter.Entry {
    /// Whether a value would become infinite in float16.
    fileprivate var overflowsHalf: Bool {
        precision == .float16 && source.floats().contains { $0.isFinite && abs($0) > 65504 }
    }
}
