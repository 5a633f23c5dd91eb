import ArgumentParser
import Checkpoints
import Files
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
            model.json says what the checkpoint holds, as far as it tells and --heads and --labels say it; edit it \
            afterwards to change labels, colours, units or normalisation. Models that took images in -1...1, as \
            auto-lambda's do, need --range.
            """)

    @Argument(help: "A checkpoint (.pth, .pt, .ckpt, .bin, .safetensors).", completion: .file())
    var checkpoint: String

    @OptionGroup(title: "Checkpoint") var checkpointOptions: CheckpointOptions

    @Option(name: .shortAndLong, help: "The model directory to make.", completion: .directory)
    var output: String

    @Option(help: "The model's name; default: that of the directory.")
    var name: String?

    @Option(
        help: """
            How the large tensors are stored: float16, bfloat16 or float32. Tensors too small for float16 stay \
            float32.
            """)
    var precision: StoragePrecision = .float16

    @Option(
        help: "What black and white become, LOW,HIGH; write --range=-1,1 for a negative one. Default: 0,1.")
    var range: ValueRange?

    @Option(help: "The size of the training images, WIDTHxHEIGHT; default: by the tasks.")
    var inputSize: PixelSize?

    func validate() throws {
        guard !output.isEmpty, output != "-" else {
            throw ValidationError("-o: expected a folder, found \"\(output)\"")
        }
    }

    func run() throws {
        let model = try checkpointOptions.open(checkpoint)
        try protectExistingFiles()
        let description = describe(model)
        let json = try encode(description)
        let weights = try collectWeights(of: model)
        do {
            try Folder.make(output)
            try weights.write(to: Folder.join(output, description.weights))
            try AtomicFile.write(json, to: Folder.join(output, Model.descriptionFile), isSynced: true)
        } catch {
            throw failure(error, .cannotWrite)
        }
        for notice in model.notices(isInputSaid: range != nil || inputSize != nil) {
            report("mtan: \(notice)")
        }
        let rounding = precision == .float32 ? "" : ", weights rounded to \(precision.rawValue)"
        report("wrote \(output.shown()): \(description.tasks.map(\.name).joined(separator: ", "))\(rounding)")
    }

    /// A model directory may have been edited, and may hold the checkpoint itself.
    private func protectExistingFiles() throws {
        for name in [Model.descriptionFile, Self.weightsFile] {
            let path = Folder.join(output, name)
            guard Folder.identity(of: path) == nil else {
                throw failure(
                    "\(path.shown()): is there already; choose another folder, or remove it", .cannotWrite)
            }
        }
    }

    private static let weightsFile = "weights.safetensors"

    private func describe(_ model: Model) -> ModelDescription {
        var description = model.description
        description.name = name ?? URL(fileURLWithPath: output).lastPathComponent
        description.weights = Self.weightsFile
        if let range { description.input.range = range.bounds }
        if let inputSize { description.input.size = inputSize }
        return description
    }

    /// `model.json`. What could not be read again is refused before anything is written.
    private func encode(_ description: ModelDescription) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        let data = try encoder.encode(description)
        do {
            _ = try JSONDecoder().decode(ModelDescription.self, from: data)
        } catch DecodingError.dataCorrupted(let context) {
            let field = context.codingPath.map(\.stringValue).joined(separator: ".")
            throw usageError(
                "\(field): \(context.debugDescription.shown()); see --name, --range and --input-size")
        }
        return [UInt8](data) + [UInt8(ascii: "\n")]
    }

    /// Biases and statistics stay in float32: they are few, and half precision would cost accuracy. So do tensors
    /// that float16 would round in steps that are coarse for their size, or to zero.
    private func writtenPrecision(of tensor: StoredTensor) throws -> SafetensorsWriter.Precision {
        guard tensor.shape.rank >= 2 else { return .float32 }
        guard precision == .float16 else { return precision.written }
        let values = tensor.floats()
        guard !values.contains(where: { $0.isFinite && abs($0) > 65504 }) else {
            throw usageError(
                "\(tensor.name.shown()) has values above 65504, which float16 cannot hold; use --precision "
                    + "bfloat16")
        }
        return values.contains { abs($0) >= 0x1p-10 } ? .float16 : .float32
    }

    private func collectWeights(of model: Model) throws -> SafetensorsWriter {
        let unread = Set(model.network.unread)
        let used = model.weights.tensors.filter {
            !unread.contains($0.name) && !$0.name.hasSuffix("num_batches_tracked")
        }
        let entries = try used.map { tensor in
            SafetensorsWriter.Entry(
                name: tensor.name, source: tensor, precision: try writtenPrecision(of: tensor))
        }
        var metadata = ["format": "pt"]
        if !model.network.headOrder.isEmpty {
            metadata[NetworkCatalog.headOrderKey] = model.network.headOrder.joined(separator: "\n")
        }
        if let key = model.description.weightsKey { metadata[Model.weightsKeyEntry] = key }
        return SafetensorsWriter(entries, metadata: metadata)
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

    init?(argument: String) {
        let numbers = argument.split(separator: ",").compactMap { Float($0) }
        guard numbers.count == 2, numbers[0] < numbers[1], numbers.allSatisfy(\.isFinite) else { return nil }
        bounds = numbers[0]...numbers[1]
    }
}

extension PixelSize: ExpressibleByArgument {
    /// A size written as WIDTHxHEIGHT.
    public init?(argument: String) { self.init(argument) }
}
