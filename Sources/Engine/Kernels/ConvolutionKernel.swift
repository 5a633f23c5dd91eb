internal import CKernels

/// A 1x1 or 3x3 convolution, with max pooling of the results if asked for.
struct ConvolutionKernel: Kernel {
    let convolution: PackedConvolution
    let family: KernelFamily

    /// Whether the results are max pooled before they are stored.
    var isPooled = false

    private var pool: Int { isPooled ? 2 : 1 }

    /// About 1800 pixels keep a family's transforms busy for long enough; channels are divided where there are not
    /// pixels enough to go around.
    private func partition(_ output: MapGeometry) -> Partition {
        let functions = family.functions
        let geometry = input(output)
        let pixels = 1792
        let rowItems = max(1, geometry.height * geometry.rowStride / pixels)
        let outputs = rowItems >= 8 ? geometry.channels : max(128, geometry.channels * rowItems / 8)
        return Partition(
            geometry, pixels: pixels, rowStep: Int(functions.row_step), outputs: outputs,
            outputStep: Int(functions.output_step))
    }

    /// The output channels of the second of two stages.
    private func channelPartition(_ output: MapGeometry) -> Partition {
        let functions = family.functions
        return Partition(
            output, pixels: .max, rowStep: output.height, outputs: 32, outputStep: Int(functions.output_step))
    }

    /// The geometry of the sources, as far as it matters to a partition.
    private func input(_ output: MapGeometry) -> MapGeometry {
        var geometry = output
        geometry.height *= pool
        geometry.width *= pool
        return geometry
    }

    /// Channel blocks that one item of the first of two stages transforms.
    private static let blocksPerItem = 2

    func stages(_ geometry: MapGeometry) -> [Int] {
        guard sharedBytes(geometry) > 0 else { return [partition(geometry).itemCount] }
        let blocks = convolution.inputs / family.block
        return [
            (blocks + Self.blocksPerItem - 1) / Self.blocksPerItem, channelPartition(geometry).itemCount,
        ]
    }

    func scratchBytes(_ geometry: MapGeometry) -> Int {
        withUnsafePointer(to: convolution.descriptor) {
            family.functions.convolve_scratch($0, geometry.rowStride)
        }
    }

    func sharedBytes(_ geometry: MapGeometry) -> Int {
        let input = input(geometry)
        return withUnsafePointer(to: convolution.descriptor) {
            family.functions.window_bytes?($0, Int32(input.height), Int32(input.width)) ?? 0
        }
    }

    func run(stage: Int, item: Int, _ arguments: KernelArguments, memory: KernelMemory) {
        guard sharedBytes(arguments.geometry) > 0 else { return convolve(item, arguments, memory) }
        if stage == 0 {
            let blocks = convolution.inputs / family.block
            let first = item * Self.blocksPerItem
            let range = mtan_range(first: Int32(first), last: Int32(min(first + Self.blocksPerItem, blocks)))
            family.functions.transform_windows(
                arguments.sources, Int32(arguments.sources.count), range, memory.shared)
        } else {
            withUnsafePointer(to: convolution.descriptor) { descriptor in
                family.functions.convolve_windows(
                    descriptor, memory.shared, arguments.output, Int32(pool),
                    channelPartition(arguments.geometry).outputs(item), memory.scratch)
            }
        }
    }

    private func convolve(_ item: Int, _ arguments: KernelArguments, _ memory: KernelMemory) {
        let partition = partition(arguments.geometry)
        let convolve = isPooled ? family.functions.convolve_pooled : family.functions.convolve
        withUnsafePointer(to: convolution.descriptor) { descriptor in
            convolve?(
                descriptor, arguments.sources, Int32(arguments.sources.count), arguments.output,
                partition.rows(item), partition.outputs(item), memory.scratch)
        }
    }
}
