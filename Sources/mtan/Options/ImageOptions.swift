import ArgumentParser
import Images
import Predictions

/// What photos may cost and how they are read.
struct ImageOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "How a photo is brought to the network's size.",
            discussion: """
                keep: the photo's aspect ratio, rounded to multiples of 32, near the area of the training \
                images; a panorama gets up to four times as much. stretch: exactly the size of the training \
                images.
                """))
    var resize: InputSizePolicy = .keep

    @Option(
        help: ArgumentHelp(
            "Exactly this size for the network, WIDTHxHEIGHT, whatever the photo's shape.", valueName: "size")
    )
    var inputSize: String?

    @Option(
        help: ArgumentHelp(
            "About this many pixels for the network, in the photo's aspect ratio: a number or WIDTHxHEIGHT.",
            valueName: "pixels"))
    var inputArea: String?

    @Option(help: "The colour behind transparent pixels, as RRGGBB.")
    var background: RGBColor = .white

    @Option(help: ArgumentHelp("The largest photo, in megapixels.", valueName: "megapixels"))
    var maxPixels: Int = ImageLimits().maximumPixels / 1_000_000

    @Option(help: ArgumentHelp("The largest side of a photo, in pixels.", valueName: "pixels"))
    var maxSide: Int = ImageLimits().maximumSide

    @Option(help: ArgumentHelp("The largest file of a photo, in MiB.", valueName: "MiB"))
    var maxBytes: Int = ImageLimits().maximumBytes >> 20

    func validate() throws {
        guard (1...2000).contains(maxPixels), (1...1_000_000).contains(maxSide), (1...4096).contains(maxBytes)
        else {
            throw ValidationError(
                "--max-pixels takes 1 to 2000 megapixels, --max-side 1 to 1000000 pixels and --max-bytes 1 to "
                    + "4096 MiB; found \(maxPixels), \(maxSide) and \(maxBytes)")
        }
        _ = try requestedInputSize()
    }

    /// The size that is asked for by `--input-size` or `--input-area`; nil if neither is given.
    ///
    /// - Throws: `ExitCode.validationFailure`, after saying what the model's network takes.
    func inputSizeRequest(for model: Model) throws -> InputSizeRequest? {
        let request = try requestedInputSize()
        do { try request?.check(multiple: model.network.graph.sideMultiple) } catch {
            throw usageError("--input-size: expected \(error.expected), found \(error.found)")
        }
        return request
    }

    /// - Throws: `ValidationError`
    private func requestedInputSize() throws -> InputSizeRequest? {
        guard let text = inputSize ?? inputArea else { return nil }
        guard inputSize == nil || inputArea == nil else {
            throw ValidationError("--input-size and --input-area exclude each other; found both")
        }
        guard inputArea == nil || resize == .keep else {
            throw ValidationError(
                "--input-area keeps the photo's aspect ratio and excludes --resize stretch; found both")
        }
        do {
            return try inputSize == nil ? InputSizeRequest(area: text) : InputSizeRequest(size: text)
        } catch {
            let option = inputSize == nil ? "--input-area" : "--input-size"
            throw ValidationError("\(option): expected \(error.expected), found \(error.found)")
        }
    }

    /// A decoder with these limits.
    var decoder: ImageDecoder {
        ImageDecoder(
            limits: ImageLimits(
                maximumBytes: maxBytes << 20, maximumPixels: maxPixels * 1_000_000, maximumSide: maxSide),
            background: background)
    }
}

extension InputSizePolicy: ExpressibleByArgument {}

extension PredictionOptions.OutputSize: ExpressibleByArgument {}

extension MapView: ExpressibleByArgument {}

extension DepthScale: ExpressibleByArgument {
    /// A scale written as a number, or `auto`.
    public init?(argument: String) { self.init(argument) }
}

extension RGBColor: ExpressibleByArgument {
    /// A colour written as RRGGBB or #RRGGBB.
    public init?(argument: String) { self.init(hexadecimal: argument) }

    /// How the default is shown in help.
    public var defaultValueDescription: String { hexadecimal }
}
