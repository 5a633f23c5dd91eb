internal import CKernels

/// Chooses a kernel for each operation: the one place where the graph meets the code that runs it.
struct KernelLibrary {
    private let family: KernelFamily

    /// What has been packed so far.
    private var packed: [ObjectIdentifier: [Entry]] = [:]

    private struct Entry {
        let convolution: Convolution
        let sources: [Int]
        let weights: PackedConvolution
    }

    init(_ family: KernelFamily) { self.family = family }

    /// Bytes of everything packed so far.
    var weightBytes: Int { packed.values.joined().map(\.weights.byteCount).reduce(0, +) }

    /// The kernel for a node, its weights packed; nil for the input, which is copied in.
    mutating func kernel(for node: Node, in graph: Graph) throws(CompilationError) -> (any Kernel)? {
        let sources = node.inputs.map { graph.shape(of: $0).channels }
        switch node.operation {
        case .input: return nil
        case .convolution(let convolution):
            return ConvolutionKernel(
                convolution: try pack(convolution, reading: sources, node.label), family: family)
        case .pooledConvolution(let convolution):
            return ConvolutionKernel(
                convolution: try pack(convolution, reading: sources, node.label), family: family,
                isPooled: true)
        case .attention(let block):
            return AttentionKernel(
                hidden: try pack(block.hidden, reading: Array(sources.dropLast()), node.label),
                mask: try pack(block.mask, reading: [block.hidden.outputs], node.label), family: family)
        default: return try rowKernel(for: node.operation)
        }
    }

    /// Packs a convolution, unless a copy of it with the same batch norm was packed before.
    private mutating func pack(
        _ convolution: Convolution, reading sources: [Int], _ label: String
    ) throws(CompilationError) -> PackedConvolution {
        let key = ObjectIdentifier(convolution.identity)
        let known = packed[key]?.first {
            $0.sources == sources && $0.convolution.computesTheSame(as: convolution)
        }
        if let known { return known.weights }
        let weights = try PackedConvolution(convolution, sources: sources, for: family, label: label)
        packed[key, default: []].append(Entry(convolution: convolution, sources: sources, weights: weights))
        return weights
    }

    private func rowKernel(for operation: Operation) throws(CompilationError) -> (any Kernel)? {
        let family = family
        return switch operation {
        case .batchNormalization(let normalization): try scaleShift(normalization)
        case .activation(let activation):
            RowKernel { family.functions.activate(activation.cValue, $0.sources[0], $0.output, $1) }
        case .concatenation: concatenate
        case .multiplication:
            RowKernel { family.functions.multiply($0.sources[0], $0.sources[1], $0.output, $1) }
        case .maxPooling:
            RowKernel { family.functions.max_pool($0.sources[0], $0.output, $0.outputPositions, $1) }
        case .maxUnpooling:
            RowKernel(rows: .ofSource) {
                family.functions.max_unpool($0.sources[0], $0.sourcePositions, $0.output, $1)
            }
        case .bilinearUpsampling(.alignCorners):
            RowKernel { family.functions.upsample_aligned($0.sources[0], $0.output, $1) }
        case .logSoftmax: RowKernel { family.functions.log_softmax($0.sources[0], $0.output, $1) }
        case .unitNormalization: RowKernel { family.functions.unit_normalize($0.sources[0], $0.output, $1) }
        case .input, .convolution, .pooledConvolution, .attention: nil
        }
    }

    private func scaleShift(_ normalization: BatchNormalization) throws(CompilationError) -> RowKernel {
        let family = family
        let channels = family.wholeBlocks(normalization.scale.count)
        let scale = try AlignedBuffer(normalization.scale, paddedTo: channels)
        let shift = try AlignedBuffer(normalization.shift, paddedTo: channels)
        return RowKernel {
            family.functions.scale_shift(scale.floats, shift.floats, $0.sources[0], $0.output, $1)
        }
    }

    private var concatenate: RowKernel {
        let family = family
        return RowKernel { arguments, rows in
            var channel: Int32 = 0
            for source in arguments.sources {
                family.functions.copy_channels(source, arguments.output, channel, rows)
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
