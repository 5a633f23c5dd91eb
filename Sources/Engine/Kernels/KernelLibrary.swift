internal import CKernels

/// Chooses a kernel for each operation: the one place where the graph meets the code that runs it.
struct KernelLibrary {
    /// Set up once per process, before the first kernel runs.
    private static let initialized: Void = mtan_sgemm_initialize()

    /// What has been packed so far.
    private var packed: [ObjectIdentifier: [(convolution: Convolution, weights: SgemmWeights)]] = [:]

    init() { _ = Self.initialized }

    /// Bytes of everything packed so far.
    var weightBytes: Int { packed.values.joined().map(\.weights.byteCount).reduce(0, +) }

    /// The kernel for an operation, its weights packed; nil for the input, which is copied in.
    mutating func kernel(for node: Node) throws(CompilationError) -> (any Kernel)? {
        switch node.operation {
        case .input: nil
        case .convolution(let convolution): SgemmConvolution(try pack(convolution, node.label))
        case .attention(let block):
            SgemmAttention(
                hidden: try pack(block.hidden, node.label), mask: try pack(block.mask, node.label))
        default: try Self.rowKernel(for: node.operation)
        }
    }

    /// Packs a convolution, unless a copy of it with the same batch norm was packed before.
    private mutating func pack(
        _ convolution: Convolution, _ label: String
    ) throws(CompilationError) -> SgemmWeights {
        let key = ObjectIdentifier(convolution.identity)
        if let known = packed[key]?.first(where: { $0.convolution.computesTheSame(as: convolution) }) {
            return known.weights
        }
        let weights = try SgemmWeights(packing: convolution, label: label)
        packed[key, default: []].append((convolution, weights))
        return weights
    }

    private static func rowKernel(for operation: Operation) throws(CompilationError) -> (any Kernel)? {
        switch operation {
        case .batchNormalization(let normalization): try scaleShift(normalization)
        case .activation(let activation): activate(activation)
        case .concatenation: concatenate
        case .multiplication: RowKernel { mtan_multiply($0.sources[0], $0.sources[1], $0.output, $1) }
        case .maxPooling: RowKernel { mtan_max_pool($0.sources[0], $0.output, $0.outputPositions, $1) }
        case .maxUnpooling:
            RowKernel(rows: .ofSource) {
                mtan_max_unpool($0.sources[0], $0.sourcePositions, $0.output, $1)
            }
        case .bilinearUpsampling(.alignCorners):
            RowKernel { mtan_upsample_aligned($0.sources[0], $0.output, $1) }
        case .logSoftmax: RowKernel { mtan_log_softmax($0.sources[0], $0.output, $1) }
        case .unitNormalization: RowKernel { mtan_unit_normalize($0.sources[0], $0.output, $1) }
        case .input, .convolution, .attention: nil
        }
    }

    private static func scaleShift(
        _ normalization: BatchNormalization
    ) throws(CompilationError) -> RowKernel {
        let scale = try FloatBuffer(normalization.scale)
        let shift = try FloatBuffer(normalization.shift)
        return RowKernel { mtan_scale_shift(scale.pointer, shift.pointer, $0.sources[0], $0.output, $1) }
    }

    private static func activate(_ activation: Activation) -> RowKernel {
        let function = activation.cValue
        return RowKernel { mtan_activate(function, $0.sources[0], $0.output, $1) }
    }

    private static var concatenate: RowKernel {
        RowKernel { arguments, rows in
            var channel: Int32 = 0
            for source in arguments.sources {
                mtan_copy_channels(source, arguments.output, channel, rows)
                channel += source.channels
            }
        }
    }
}

extension Convolution {
    /// Whether a copy has been given no other scale, bias or activation.
    fileprivate func computesTheSame(as copy: Convolution) -> Bool {
        identity === copy.identity && outputScale == copy.outputScale && bias == copy.bias
            && activation == copy.activation
    }
}
