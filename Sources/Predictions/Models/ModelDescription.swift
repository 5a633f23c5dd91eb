import Images
import Networks

/// What `model.json` says: how an image has to be given to a network, and what its outputs mean.
public struct ModelDescription: Sendable, Equatable {
    /// The name, as in URLs and listings.
    public var name: String

    /// One line for people.
    public var summary: String?

    /// The architecture's identifier, such as `segnet-mtan`.
    public var architecture: String

    /// The file with the weights, in the model directory.
    public var weights: String

    /// Names on the path to the network in that file, such as `model_ema`; nil for the one that there is.
    public var weightsKey: String?

    /// What the network takes.
    public var input: InputDescription

    /// What it gives, in the order of its outputs.
    public var tasks: [TaskDescription]
}

/// How the network was trained to see images.
public struct InputDescription: Sendable, Equatable {
    /// The size of the training images. Others work, but their area should be near this one's.
    public var size: PixelSize

    /// What black and white become before normalisation.
    public var range: ClosedRange<Float>

    /// Subtracted from red, green and blue.
    public var mean: [Float]

    /// What red, green and blue are divided by after that.
    public var standardDeviation: [Float]

    /// Images in 0...1 without normalisation, as lorenmt/mtan uses them, of one size.
    public init(
        size: PixelSize, range: ClosedRange<Float> = 0...1, mean: [Float] = [0, 0, 0],
        standardDeviation: [Float] = [1, 1, 1]
    ) {
        self.size = size
        self.range = range
        self.mean = mean
        self.standardDeviation = standardDeviation
    }
}

/// One task: its name in file names, and how to read its output.
public struct TaskDescription: Sendable, Equatable {
    /// The name in output files: letters, digits, `-` and `_`.
    public var name: String

    /// The meaning of the output.
    public var output: Output

    /// The meaning of an output.
    public enum Output: Sendable, Equatable {
        /// One class per channel, each with a label and a colour.
        case segmentation(labels: [String], palette: [RGBColor])
        /// One channel; PNG files hold it times `scale`.
        case depth(unit: DepthUnit, scale: Double)
        /// Three channels, along the axes that are named.
        case normals(axes: [String])
    }

    /// A task of a model.
    public init(name: String, output: Output) {
        self.name = name
        self.output = output
    }

    /// The kind of the output.
    public var kind: TaskKind {
        switch output {
        case .segmentation: .segmentation
        case .depth: .depth
        case .normals: .normals
        }
    }

    /// The number of channels that the network's output must have.
    public var channels: Int {
        switch output {
        case .segmentation(let labels, _): labels.count
        case .depth: 1
        case .normals: 3
        }
    }
}

/// What a depth output measures.
public enum DepthUnit: String, Sendable, Codable {
    /// Distance along the optical axis, in metres.
    case metric
    /// Inverse distance, in a unit of the training data's own.
    case inverse
}
