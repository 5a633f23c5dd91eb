import Tensors

/// What a node computes. The semantics are PyTorch's; nothing here knows how it is computed.
public enum Operation: Sendable {
    /// The image, `[3, H, W]` as the network was trained to see it.
    case input
    /// A convolution over the concatenation of its inputs.
    case convolution(Convolution)
    /// A convolution whose results are max pooled, 2x2 with stride 2; the positions are not kept.
    case pooledConvolution(Convolution)
    /// A scale and a shift for each channel.
    case batchNormalization(BatchNormalization)
    /// A function of each element.
    case activation(Activation)
    /// The channels of all inputs, in order.
    case concatenation
    /// The element-wise product of two maps.
    case multiplication
    /// 2x2 max pooling, stride 2: the maxima, and the position of the first maximum of each window.
    case maxPooling
    /// Puts each value (input 0) where its maximum was (input 1), zeros elsewhere.
    case maxUnpooling
    /// Bilinear enlargement to twice the sides.
    case bilinearUpsampling(CoordinateMapping)
    /// An attention block: the last input times the mask computed from the others.
    case attention(AttentionBlock)
    /// The logarithm of the softmax over the channels.
    case logSoftmax
    /// Division by the L2 norm over the channels; a zero vector stays zero.
    case unitNormalization
}

/// A function of one element.
public enum Activation: Sendable {
    /// The element itself.
    case linear
    /// max(x, 0)
    case relu
    /// 1 / (1 + exp(-x))
    case sigmoid
}

/// Which input coordinate an output pixel of a resize reads.
public enum CoordinateMapping: Sendable {
    /// The centres of the corner pixels map onto each other: PyTorch's `align_corners=True`.
    case alignCorners
}

/// A convolution with a square window of side 1 or 3, stride 1, zero padding that keeps the size.
///
/// Copies of a convolution share its weights: a module that a network applies several times is made once and
/// its copies go into the nodes, and the weights are packed once.
public struct Convolution: Sendable {
    /// What copies have in common.
    final class Identity: Sendable {}

    let identity = Identity()

    /// `[outputs, inputs, side, side]`, read when a kernel packs it.
    public let weights: any TensorSource

    /// Factors for the output channels, `[outputs]`, to be applied to the weights; nil for ones.
    public internal(set) var outputScale: [Float]?

    /// `[outputs]`
    public internal(set) var bias: [Float]

    /// What follows.
    public internal(set) var activation: Activation

    /// A convolution; `weights` is `[outputs, inputs, side, side]`, `bias` `[outputs]`.
    public init(weights: any TensorSource, bias: [Float], activation: Activation = .linear) {
        self.weights = weights
        self.outputScale = nil
        self.bias = bias
        self.activation = activation
    }

    /// The number of output channels.
    public var outputs: Int { weights.shape[0] }

    /// The number of input channels.
    public var inputs: Int { weights.shape[1] }

    /// The side of the window, 1 or 3.
    public var side: Int { weights.shape[2] }
}

/// Batch normalisation at inference: `scale[c] * x + shift[c]`.
public struct BatchNormalization: Sendable {
    /// gamma / sqrt(variance + epsilon), `[channels]`.
    public var scale: [Float]

    /// beta - mean * scale, `[channels]`.
    public var shift: [Float]

    /// Derives scale and shift, in double precision, from what training left behind, each `[channels]`.
    public init(gamma: [Float], beta: [Float], mean: [Float], variance: [Float], epsilon: Double = 1e-5) {
        precondition(
            beta.count == gamma.count && mean.count == gamma.count && variance.count == gamma.count)
        let exact = gamma.indices.map { Double(gamma[$0]) / (Double(variance[$0]) + epsilon).squareRoot() }
        self.scale = exact.map(Float.init)
        self.shift = gamma.indices.map { Float(Double(beta[$0]) - Double(mean[$0]) * exact[$0]) }
    }
}

/// The mask of an attention module and its product with the shared features, in one pass:
/// `gate * sigmoid(mask(relu(hidden(concatenation of the inputs))))`, both convolutions 1x1.
///
/// MTAN (arXiv 1803.10704), section 3.2: g is `hidden`, h is `mask`.
public struct AttentionBlock: Sendable {
    /// The first 1x1 convolution, with ReLU.
    public var hidden: Convolution

    /// The second 1x1 convolution, with sigmoid.
    public var mask: Convolution
}

extension Operation {
    /// The kind in words, for reports.
    var name: String {
        switch self {
        case .input: "input"
        case .convolution(let convolution): "\(convolution.side)x\(convolution.side) convolution"
        case .pooledConvolution: "3x3 convolution, pooled"
        case .batchNormalization: "batch normalisation"
        case .activation: "activation"
        case .concatenation: "concatenation"
        case .multiplication: "product"
        case .maxPooling: "max pooling"
        case .maxUnpooling: "max unpooling"
        case .bilinearUpsampling: "bilinear upsampling"
        case .attention: "attention"
        case .logSoftmax: "log-softmax"
        case .unitNormalization: "unit normalisation"
        }
    }
}
