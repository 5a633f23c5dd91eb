internal import CKernels

/// A convolution with its weights, batch-norm scale applied, in the layout that a kernel family wants.
struct PackedConvolution: Sendable {
    let outputs: Int
    /// Channels over all sources, each rounded up to whole blocks.
    let inputs: Int
    private let taps: Int
    private let weights: AlignedBuffer
    private let bias: AlignedBuffer
    private let activation: mtan_activation

    /// Reads and packs the weights.
    ///
    /// - Parameters:
    ///   - sources: the channels of each map that the convolution reads.
    ///   - label: names the convolution in errors.
    ///   - dense: memory for at least as many floats as there are weights.
    /// - Throws: ``CompilationError``
    init(
        _ convolution: Convolution, sources: [Int], for family: KernelFamily, label: String,
        dense memory: UnsafeMutableBufferPointer<Float>
    ) throws(CompilationError) {
        taps = convolution.side * convolution.side
        inputs = sources.map(family.wholeBlocks).reduce(0, +)
        outputs = convolution.outputs
        activation = convolution.activation.cValue
        bias = try AlignedBuffer(convolution.bias, paddedTo: family.wholeBlocks(outputs))
        let dense = UnsafeMutableBufferPointer(rebasing: memory[..<convolution.weights.shape.count])
        convolution.copyScaledWeights(into: dense)
        guard dense.allSatisfy(\.isFinite), convolution.bias.allSatisfy(\.isFinite) else {
            throw .notFinite(label: label)
        }
        weights = try Self.pack(
            UnsafeBufferPointer(dense), taps: taps, outputs: outputs, sources: sources, for: family)
    }

    private static func pack(
        _ dense: UnsafeBufferPointer<Float>, taps: Int, outputs: Int, sources: [Int], for family: KernelFamily
    ) throws(CompilationError) -> AlignedBuffer {
        let channels = sources.map(Int32.init)
        return try channels.withUnsafeBufferPointer { channels throws(CompilationError) in
            let shape = mtan_weight_shape(
                taps: Int32(taps), outputs: Int32(outputs), sources: channels.baseAddress,
                source_count: Int32(channels.count))
            return try AlignedBuffer(byteCount: family.functions.packed_bytes(shape)) { packed in
                family.functions.pack(
                    shape, mtan_range(first: 0, last: Int32(outputs)), dense.baseAddress, packed)
            }
        }
    }

    var byteCount: Int { weights.byteCount + bias.byteCount }

    /// The C view, valid as long as `self` is.
    var descriptor: mtan_convolution {
        mtan_convolution(
            taps: Int32(taps), inputs: Int32(inputs), outputs: Int32(outputs), weights: weights.pointer,
            bias: bias.floats, activation: activation)
    }
}

extension Activation {
    var cValue: mtan_activation {
        switch self {
        case .linear: MTAN_LINEAR
        case .relu: MTAN_RELU
        case .sigmoid: MTAN_SIGMOID
        }
    }
}
