internal import CKernels

/// An attention block: the hidden features and the mask of a few pixels stay in scratch memory.
struct AttentionKernel: Kernel {
    let hidden: PackedConvolution
    let mask: PackedConvolution
    let family: KernelFamily

    private func partition(_ geometry: MapGeometry) -> Partition { Partition(geometry, pixels: 1024) }

    func stages(_ geometry: MapGeometry) -> [Int] { [partition(geometry).itemCount] }

    func scratchBytes(_ geometry: MapGeometry) -> Int {
        withDescriptors { family.functions.attend_scratch($0, $1, geometry.rowStride) }
    }

    /// The last source is the gate: the shared features that the mask selects from.
    func run(stage: Int, item: Int, _ arguments: KernelArguments, memory: KernelMemory) {
        let rows = partition(arguments.geometry).rows(item)
        let sources = arguments.sources.count - 1
        withDescriptors { first, second in
            family.functions.attend(
                first, second, arguments.sources, Int32(sources), arguments.sources[sources],
                arguments.output,
                rows, memory.scratch)
        }
    }

    private func withDescriptors<Result>(
        _ body: (UnsafePointer<mtan_convolution>, UnsafePointer<mtan_convolution>) -> Result
    ) -> Result {
        withUnsafePointer(to: hidden.descriptor) { first in
            withUnsafePointer(to: mask.descriptor) { second in body(first, second) }
        }
    }
}
