internal import CKernels

/// A 1x1 or 3x3 convolution.
struct ConvolutionKernel: Kernel {
    let convolution: PackedConvolution
    let family: KernelFamily

    /// Whether the results are max pooled before they are stored.
    var isPooled = false

    /// About 1800 pixels keep a family's transforms busy for long enough; channels are divided where there are not
    /// pixels enough to go around.
    private func partition(_ output: MapGeometry) -> Partition {
        let functions = family.functions
        var geometry = output
        if isPooled {
            geometry.height *= 2
            geometry.width *= 2
        }
        let pixels = 1792
        let rowItems = max(1, geometry.height * geometry.rowStride / pixels)
        let outputs = rowItems >= 8 ? geometry.channels : max(64, geometry.channels * rowItems / 8)
        return Partition(
            geometry, pixels: pixels, rowStep: Int(functions.row_step), outputs: outputs,
            outputStep: Int(functions.output_step))
    }

    func itemCount(_ geometry: MapGeometry) -> Int { partition(geometry).itemCount }

    func scratchBytes(_ geometry: MapGeometry) -> Int {
        withUnsafePointer(to: convolution.descriptor) {
            family.functions.convolve_scratch($0, geometry.rowStride)
        }
    }

    func run(item: Int, _ arguments: KernelArguments, scratch: UnsafeMutableRawPointer) {
        let partition = partition(arguments.geometry)
        withUnsafePointer(to: convolution.descriptor) { descriptor in
            let convolve = isPooled ? family.functions.convolve_pooled : family.functions.convolve
            convolve?(
                descriptor, arguments.sources, Int32(arguments.sources.count), arguments.output,
                partition.rows(item), partition.outputs(item), scratch)
        }
    }
}

/// An attention block: the hidden features and the mask of a few pixels stay in scratch memory.
struct AttentionKernel: Kernel {
    let hidden: PackedConvolution
    let mask: PackedConvolution
    let family: KernelFamily

    private func partition(_ geometry: MapGeometry) -> Partition { Partition(geometry, pixels: 1024) }

    func itemCount(_ geometry: MapGeometry) -> Int { partition(geometry).itemCount }

    func scratchBytes(_ geometry: MapGeometry) -> Int {
        withDescriptors { family.functions.attend_scratch($0, $1, geometry.rowStride) }
    }

    /// The last source is the gate: the shared features that the mask selects from.
    func run(item: Int, _ arguments: KernelArguments, scratch: UnsafeMutableRawPointer) {
        let rows = partition(arguments.geometry).rows(item)
        let sources = arguments.sources.count - 1
        withDescriptors { first, second in
            family.functions.attend(
                first, second, arguments.sources, Int32(sources), arguments.sources[sources],
                arguments.output,
                rows, scratch)
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
