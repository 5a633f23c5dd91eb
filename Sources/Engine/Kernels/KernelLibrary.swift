internal import CKernels
import Glibc
import Synchronization

/// Chooses a kernel for each operation: the one place where the graph meets the code that runs it.
struct KernelLibrary {
    private let family: KernelFamily
    private let convolutions: [PackingRequest: PackedConvolution]

    /// Packs the weights of all convolutions in a graph, side by side on as many threads as there are processors.
    ///
    /// - Throws: ``CompilationError`` of the first convolution in the graph that has one.
    init(packing graph: Graph, for family: KernelFamily) throws(CompilationError) {
        self.family = family
        var requests: [PackingRequest] = []
        var labels: [PackingRequest: String] = [:]
        for node in graph.nodes {
            for request in node.packingRequests(in: graph) where labels[request] == nil {
                labels[request] = node.label
                requests.append(request)
            }
        }
        convolutions = try Self.pack(requests, labels, for: family)
    }

    private static func pack(
        _ requests: [PackingRequest], _ labels: [PackingRequest: String], for family: KernelFamily
    ) throws(CompilationError) -> [PackingRequest: PackedConvolution] {
        typealias Packing = Result<PackedConvolution, CompilationError>
        let results = Mutex([Packing?](repeating: nil, count: requests.count))
        let pool = ThreadPool(threadCount: min(Processors.available, ThreadPool.maximumThreadCount))
        let most = requests.map(\.convolution.weights.shape.count).max() ?? 0
        let memory = try DenseWeights(count: most, threads: pool.threadCount)
        pool.forEach(requests.count) { index, worker in
            let request = requests[index]
            let result = Packing { () throws(CompilationError) in
                try PackedConvolution(
                    request.convolution, sources: request.sources, for: family,
                    label: labels[request, default: ""], dense: memory.buffer(of: worker))
            }
            results.withLock { $0[index] = result }
        }
        var convolutions: [PackingRequest: PackedConvolution] = [:]
        for (request, result) in zip(requests, results.withLock { $0 }) {
            convolutions[request] = try result?.get()
        }
        return convolutions
    }

    /// Bytes of all packed weights.
    var weightBytes: Int { convolutions.values.map(\.byteCount).reduce(0, +) }

    /// The kernel for a node; nil for the input, which is copied in.
    func kernel(for node: Node, in graph: Graph) throws(CompilationError) -> (any Kernel)? {
        let packed = node.packingRequests(in: graph).compactMap { convolutions[$0] }
        switch node.operation {
        case .input: return nil
        case .convolution: return ConvolutionKernel(convolution: packed[0], family: family)
        case .pooledConvolution:
            return ConvolutionKernel(convolution: packed[0], family: family, isPooled: true)
        case .attention: return AttentionKernel(hidden: packed[0], mask: packed[1], family: family)
        default: return try rowKernel(for: node.operation)
        }
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

/// Memory for the weights of one convolution at a time and thread, used again for the next.
///
/// `@unchecked Sendable`: each thread of a pool has a buffer of its own.
private final class DenseWeights: @unchecked Sendable {
    private let count: Int
    private let memory: UnsafeMutablePointer<Float>

    init(count: Int, threads: Int) throws(CompilationError) {
        self.count = count
        let bytes = max(count * threads * MemoryLayout<Float>.stride, 1)
        guard let memory = malloc(bytes) else { throw .outOfMemory(bytes: bytes) }
        self.memory = memory.bindMemory(to: Float.self, capacity: count * threads)
    }

    deinit { free(memory) }

    func buffer(of worker: Int) -> UnsafeMutableBufferPointer<Float> {
        UnsafeMutableBufferPointer(start: memory + worker * count, count: count)
    }
}
