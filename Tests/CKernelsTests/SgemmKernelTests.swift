import CKernels
import TestSupport
import Testing

/// The sizes that go wrong first: single pixels, single rows and columns, channels around the kernels' blocks.
private let shapes: [(inputs: Int, outputs: Int, height: Int, width: Int)] = [
    (1, 1, 1, 1), (3, 5, 1, 7), (3, 5, 9, 1), (3, 16, 32, 32), (13, 17, 5, 11), (64, 33, 6, 10),
    (65, 130, 9, 3), (32, 64, 12, 16),
]

@Suite("sgemm kernels")
struct SgemmKernelTests {
    init() { mtan_sgemm_initialize() }

    @Test("a convolution equals the naive one on odd shapes, windows and activations", arguments: [1, 3])
    func convolution(side: Int) {
        var generator = SplitMix64(seed: UInt64(side))
        for shape in shapes {
            for activation in [MTAN_LINEAR, MTAN_RELU, MTAN_SIGMOID] {
                let layer = RandomConvolution(shape.inputs, shape.outputs, side, activation, &generator)
                let input = TestMap(
                    random: &generator, channels: shape.inputs, height: shape.height, width: shape.width)
                let fast = TestMap(channels: shape.outputs, height: shape.height, width: shape.width)
                let naive = TestMap(channels: shape.outputs, height: shape.height, width: shape.width)
                layer.run([input], into: fast, rowsPerCall: 3, outputsPerCall: 7)
                layer.runNaively(input, into: naive)
                #expect(largestDifference(fast.pixels, naive.pixels) < 2e-5, "\(shape)")
                #expect(fast.columnsAreClear)
            }
        }
    }

    @Test("a convolution of two sources equals that of their concatenation")
    func concatenation() {
        var generator = SplitMix64(seed: 3)
        let layer = RandomConvolution(12, 9, 3, MTAN_RELU, &generator)
        let left = TestMap(random: &generator, channels: 5, height: 7, width: 6)
        let right = TestMap(random: &generator, channels: 7, height: 7, width: 6)
        let both = TestMap(channels: 12, height: 7, width: 6)
        let rows = mtan_range(first: 0, last: 7)
        mtan_copy_channels(left.map, both.map, 0, rows)
        mtan_copy_channels(right.map, both.map, 5, rows)
        let split = TestMap(channels: 9, height: 7, width: 6)
        let naive = TestMap(channels: 9, height: 7, width: 6)
        layer.run([left, right], into: split, rowsPerCall: 2, outputsPerCall: 9)
        layer.runNaively(both, into: naive)
        #expect(largestDifference(split.pixels, naive.pixels) < 2e-5)
    }

    @Test("an attention block equals its two convolutions and the product")
    func attention() {
        var generator = SplitMix64(seed: 4)
        for (height, width) in [(1, 1), (5, 9), (8, 3)] {
            let first = RandomConvolution(11, 6, 1, MTAN_RELU, &generator)
            let second = RandomConvolution(6, 6, 1, MTAN_SIGMOID, &generator)
            let source = TestMap(random: &generator, channels: 11, height: height, width: width)
            let gate = TestMap(random: &generator, channels: 6, height: height, width: width)
            let fused = TestMap(channels: 6, height: height, width: width)
            first.attend(then: second, source, gate: gate, into: fused)
            let hidden = TestMap(channels: 6, height: height, width: width)
            let mask = TestMap(channels: 6, height: height, width: width)
            first.runNaively(source, into: hidden)
            second.runNaively(hidden, into: mask)
            let expected = zip(mask.pixels, gate.pixels).map { $0 * $1 }
            #expect(largestDifference(fused.pixels, expected) < 1e-5)
            #expect(fused.columnsAreClear)
        }
    }

    @Test("a sigmoid saturates instead of overflowing, and keeps a NaN")
    func sigmoidTails() {
        let input = TestMap(channels: 1, height: 1, width: 4)
        for (x, value) in [-1000, 1000, 0, Float.nan].enumerated() { input[0, 0, x] = value }
        let output = TestMap(channels: 1, height: 1, width: 4)
        mtan_activate(MTAN_SIGMOID, input.map, output.map, mtan_range(first: 0, last: 1))
        #expect(output[0, 0, 0] >= 0 && output[0, 0, 0] < 1e-30)
        #expect(output[0, 0, 1] == 1)
        #expect(output[0, 0, 2] == 0.5)
        #expect(output[0, 0, 3].isNaN)
    }
}

/// A convolution with random weights that can run both ways.
private struct RandomConvolution {
    let inputs: Int, outputs: Int, side: Int
    let activation: mtan_activation
    let weights: [Float], packed: [Float], bias: [Float]

    init(
        _ inputs: Int, _ outputs: Int, _ side: Int, _ activation: mtan_activation,
        _ generator: inout SplitMix64
    ) {
        (self.inputs, self.outputs, self.side, self.activation) = (inputs, outputs, side, activation)
        let taps = side * side
        weights = randomFloats(outputs * inputs * taps, using: &generator)
        bias = randomFloats(outputs, using: &generator)
        var packed = weights
        for output in 0..<outputs {
            for input in 0..<inputs {
                for tap in 0..<taps {
                    packed[(tap * outputs + output) * inputs + input] =
                        weights[(output * inputs + input) * taps + tap]
                }
            }
        }
        self.packed = packed
    }

    private func withDescriptor(_ body: (UnsafePointer<mtan_sgemm_convolution>) -> Void) {
        packed.withUnsafeBufferPointer { packed in
            bias.withUnsafeBufferPointer { bias in
                var descriptor = mtan_sgemm_convolution(
                    taps: Int32(side * side), inputs: Int32(inputs), outputs: Int32(outputs),
                    weights: packed.baseAddress, bias: bias.baseAddress, activation: activation)
                body(&descriptor)
            }
        }
    }

    func run(_ sources: [TestMap], into output: TestMap, rowsPerCall: Int32, outputsPerCall: Int32) {
        withDescriptor { descriptor in
            for row in stride(from: 0, to: output.map.height, by: Int(rowsPerCall)) {
                for channel in stride(from: 0, to: output.map.channels, by: Int(outputsPerCall)) {
                    mtan_sgemm_convolve(
                        descriptor, sources.map(\.map), Int32(sources.count), output.map,
                        mtan_range(first: row, last: min(row + rowsPerCall, output.map.height)),
                        mtan_range(first: channel, last: min(channel + outputsPerCall, output.map.channels)))
                }
            }
        }
    }

    func runNaively(_ input: TestMap, into output: TestMap) {
        mtan_reference_convolve(weights, bias, Int32(side), activation, input.map, output.map)
    }

    func attend(then second: RandomConvolution, _ source: TestMap, gate: TestMap, into output: TestMap) {
        var scratch = [Float](repeating: 0, count: outputs * output.map.row * 2)
        withDescriptor { first in
            second.withDescriptor { second in
                for row in stride(from: 0, to: output.map.height, by: 2) {
                    let rows = mtan_range(first: row, last: min(row + 2, output.map.height))
                    mtan_sgemm_attend(
                        first, second, [source.map], 1, gate.map, output.map, rows, &scratch)
                }
            }
        }
    }
}
