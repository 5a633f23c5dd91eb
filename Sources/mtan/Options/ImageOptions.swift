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
                images. stretch: exactly the size of the training images.
                """))
    var resize: InputSizePolicy = .keep

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

extension RGBColor: ExpressibleByArgument {
    /// A colour written as RRGGBB or #RRGGBB.
    public init?(argument: String) { self.init(hexadecimal: argument) }

    /// How the default is shown in help.
    public var defaultValueDescription: String { hexadecimal }
}
