import CKernels
import TestSupport

/// A convolution with random weights that runs on a family's kernels or the naive one.
struct TestConvolution {
    let sources: [Int], outputs: Int, side: Int
    let activation: mtan_activation
    let weights: [Float], bias: [Float]

    init(
        _ sources: [Int], _ outputs: Int, side: Int, _ activation: mtan_activation,
        _ generator: inout SplitMix64
    ) {
        (self.sources, self.outputs, self.side, self.activation) = (sources, outputs, side, activation)
        weights = randomFloats(outputs * sources.reduce(0, +) * side * side, using: &generator)
        bias = randomFloats(outputs, using: &generator)
    }

    /// Calls `body` with the weights packed for a family.
    func withPacked(_ family: Family, _ body: (UnsafePointer<mtan_convolution>) -> Void) {
        let functions = family.functions
        let channels = sources.map(Int32.init)
        let padded = bias + [Float](repeating: 0, count: family.wholeBlocks(outputs) - bias.count)
        channels.withUnsafeBufferPointer { channels in
            let shape = mtan_weight_shape(
                taps: Int32(side * side), outputs: Int32(outputs), sources: channels.baseAddress,
                source_count: Int32(channels.count))
            Scratch.with(functions.packed_bytes(shape)) { packed in
                // In two parts, as several threads would.
                let middle = Int32(outputs) / 2 / functions.output_step * functions.output_step
                functions.pack(shape, mtan_range(first: 0, last: middle), weights, packed)
                functions.pack(shape, mtan_range(first: middle, last: Int32(outputs)), weights, packed)
                Scratch.with(padded.count * 4) { bias in
                    bias.copyMemory(from: padded, byteCount: padded.count * 4)
                    var descriptor = mtan_convolution(
                        taps: Int32(side * side),
                        inputs: Int32(sources.map(family.wholeBlocks).reduce(0, +)), outputs: Int32(outputs),
                        weights: packed, bias: bias.assumingMemoryBound(to: Float.self),
                        activation: activation)
                    body(&descriptor)
                }
            }
        }
    }

    /// Runs in calls of a few row steps and output steps each.
    func run(_ family: Family, _ inputs: [TestMap], into output: TestMap, rowSteps: Int32, outputSteps: Int32)
    {
        let steps = (rows: rowSteps, outputs: outputSteps)
        inParts(family, steps, rows: output.map.height, of: output) { convolution, rows, channels, scratch in
            family.functions.convolve(
                convolution, inputs.map(\.map), Int32(inputs.count), output.map, rows, channels, scratch)
        }
    }

    /// Runs and pools in calls of a few row steps, two at least, and output steps each.
    func runPooled(
        _ family: Family, _ input: TestMap, into output: TestMap, rowSteps: Int32, outputSteps: Int32
    ) {
        let steps = (rows: rowSteps, outputs: outputSteps)
        inParts(family, steps, rows: input.map.height, of: output) { convolution, rows, channels, scratch in
            family.functions.convolve_pooled(
                convolution, [input.map], 1, output.map, rows, channels, scratch)
        }
    }

    /// Calls `body` with the packed weights for every part of the rows and of the output's channels.
    private func inParts(
        _ family: Family, _ steps: (rows: Int32, outputs: Int32), rows height: Int32, of output: TestMap,
        _ body: (UnsafePointer<mtan_convolution>, mtan_range, mtan_range, UnsafeMutableRawPointer) -> Void
    ) {
        let rows = steps.rows * family.functions.row_step
        let channels = steps.outputs * family.functions.output_step
        withPacked(family) { convolution in
            Scratch.with(family.functions.convolve_scratch(convolution, output.map.row)) { scratch in
                for row in stride(from: 0, to: height, by: Int(rows)) {
                    for channel in stride(from: 0, to: output.map.channels, by: Int(channels)) {
                        body(
                            convolution, mtan_range(first: row, last: min(row + rows, height)),
                            mtan_range(first: channel, last: min(channel + channels, output.map.channels)),
                            scratch)
                    }
                }
            }
        }
    }

    /// `pixels` of all sources together, [channels, height, width]; with the weights as a family packs them.
    func runNaively(_ pixels: [Float], height: Int, width: Int, for family: Family) -> [Float] {
        let weights = packedWeights(for: family)
        var input = DenseMap(channels: sources.reduce(0, +), height: height, width: width, pixels: pixels)
        var output = DenseMap(channels: outputs, height: height, width: width)
        input.withMap { input in
            output.withMap { mtan_reference_convolve(weights, bias, Int32(side), activation, input, $0) }
        }
        return output.pixels
    }
}

extension TestConvolution {
    /// The weights as a family packs them.
    private func packedWeights(for family: Family) -> [Float] {
        let channels = sources.flatMap { [Int](repeating: $0, count: $0 * side * side) }
        return weights.indices.map { family.packed(weights[$0], channels: channels[$0 % channels.count]) }
    }
}

/// Memory for the duration of a call, aligned as the kernels want it.
enum Scratch {
    static func with(_ byteCount: Int, _ body: (UnsafeMutableRawPointer) -> Void) {
        let memory = UnsafeMutableRawPointer.allocate(byteCount: max(byteCount, 64), alignment: 64)
        memory.initializeMemory(as: UInt8.self, repeating: 0xff, count: max(byteCount, 64))
        body(memory)
        memory.deallocate()
    }
}
