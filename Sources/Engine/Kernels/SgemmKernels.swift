internal import CKernels

/// The weights of a convolution, `[taps][outputs][inputs]`, batch-norm scale applied.
struct SgemmWeights: Sendable {
    private let taps: Int
    private let inputs: Int
    let outputs: Int
    private let weights: FloatBuffer
    private let bias: FloatBuffer
    private let activation: mtan_activation

    /// Reads and packs the weights of a convolution; `label` names it in errors.
    init(packing convolution: Convolution, label: String) throws(CompilationError) {
        let taps = convolution.side * convolution.side
        let (inputs, outputs) = (convolution.inputs, convolution.outputs)
        self.taps = taps
        self.inputs = inputs
        self.outputs = outputs
        bias = try FloatBuffer(convolution.bias)
        activation = convolution.activation.cValue
        let dense = convolution.scaledWeights()
        guard dense.allSatisfy(\.isFinite), convolution.bias.allSatisfy(\.isFinite) else {
            throw .notFinite(label: label)
        }
        weights = try FloatBuffer(count: taps * inputs * outputs) { packed in
            var source = 0
            for output in 0..<outputs {
                for input in 0..<inputs {
                    for tap in 0..<taps {
                        packed[(tap * outputs + output) * inputs + input] = dense[source]
                        source += 1
                    }
                }
            }
        }
    }

    var byteCount: Int { weights.byteCount + bias.byteCount }

    /// The C view, valid as long as `self` is.
    var descriptor: mtan_sgemm_convolution {
        mtan_sgemm_convolution(
            taps: Int32(taps), inputs: Int32(inputs), outputs: Int32(outputs), weights: weights.pointer,
            bias: bias.pointer, activation: activation)
    }
}

/// A convolution by OpenBLAS.
struct SgemmConvolution: Kernel {
    private let weights: SgemmWeights

    init(_ weights: SgemmWeights) { self.weights = weights }

    /// About 1024 pixels by 128 channels keep the products large and the results in the second-level cache.
    private func partition(_ geometry: MapGeometry) -> Partition {
        Partition(geometry, pixels: 1024, outputs: 128)
    }

    func itemCount(_ geometry: MapGeometry) -> Int { partition(geometry).itemCount }

    func run(item: Int, _ arguments: KernelArguments, scratch: UnsafeMutablePointer<Float>) {
        let partition = partition(MapGeometry(of: arguments.output))
        withUnsafePointer(to: weights.descriptor) { descriptor in
            mtan_sgemm_convolve(
                descriptor, arguments.sources, Int32(arguments.sources.count), arguments.output,
                partition.rows(item), partition.outputs(item))
        }
    }
}

/// An attention block by OpenBLAS: the hidden features of a few rows stay in scratch memory.
struct SgemmAttention: Kernel {
    private let hidden: SgemmWeights
    private let mask: SgemmWeights

    init(hidden: SgemmWeights, mask: SgemmWeights) {
        self.hidden = hidden
        self.mask = mask
    }

    private func partition(_ geometry: MapGeometry) -> Partition { Partition(geometry, pixels: 512) }

    func itemCount(_ geometry: MapGeometry) -> Int { partition(geometry).itemCount }

    func scratchCount(_ geometry: MapGeometry) -> Int {
        hidden.outputs * partition(geometry).rowsPerItem * geometry.rowStride
    }

    /// The last source is the gate: the shared features that the mask selects from.
    func run(item: Int, _ arguments: KernelArguments, scratch: UnsafeMutablePointer<Float>) {
        let rows = partition(MapGeometry(of: arguments.output)).rows(item)
        let sources = arguments.sources.count - 1
        withUnsafePointer(to: hidden.descriptor) { first in
            withUnsafePointer(to: mask.descriptor) { second in
                mtan_sgemm_attend(
                    first, second, arguments.sources, Int32(sources), arguments.sources[sources],
                    arguments.output, rows, scratch)
            }
        }
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
