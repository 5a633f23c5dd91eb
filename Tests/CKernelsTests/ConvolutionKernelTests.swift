import CKernels
import TestSupport
import Testing

/// The sizes that go wrong first: single pixels, single rows and columns, sides around the tiles of the transforms,
/// channels around the kernels' blocks.
private let shapes: [(inputs: Int, outputs: Int, height: Int, width: Int)] = [
    (1, 1, 1, 1), (3, 5, 1, 7), (3, 5, 9, 1), (3, 16, 32, 32), (13, 17, 5, 11), (64, 33, 6, 10),
    (65, 130, 9, 3), (32, 64, 12, 16), (48, 49, 4, 4), (80, 16, 3, 130), (16, 16, 50, 61),
]

@Suite("convolution kernels")
struct ConvolutionKernelTests {
    /// The largest error that reordered sums of up to 9 * 130 products in -1...1 may have.
    static let tolerance: Float = 1e-4

    @Test(
        "a convolution equals the naive one on odd shapes, windows and activations",
        arguments: Family.available, [1, 3])
    func convolution(family: Family, side: Int) {
        var generator = SplitMix64(seed: UInt64(side))
        for shape in shapes {
            for activation in [MTAN_LINEAR, MTAN_RELU, MTAN_SIGMOID] {
                let layer = TestConvolution([shape.inputs], shape.outputs, side: side, activation, &generator)
                let pixels = randomFloats(shape.inputs * shape.height * shape.width, using: &generator)
                let input = TestMap(
                    family, channels: shape.inputs, height: shape.height, width: shape.width, pixels: pixels)
                let fast = TestMap(family, channels: shape.outputs, height: shape.height, width: shape.width)
                layer.run(family, [input], into: fast, rowSteps: 3, outputSteps: 2)
                let naive = layer.runNaively(pixels, height: shape.height, width: shape.width)
                #expect(largestDifference(fast.pixels, naive) < Self.tolerance, "\(shape)")
                #expect(fast.columnsAreClear, "\(shape)")
            }
        }
    }

    @Test(
        "a convolution of two sources equals that of their concatenation", arguments: Family.available,
        [1, 3])
    func concatenation(family: Family, side: Int) {
        var generator = SplitMix64(seed: 3)
        let layer = TestConvolution([5, 23], 9, side: side, MTAN_RELU, &generator)
        let pixels = randomFloats(28 * 7 * 6, using: &generator)
        let left = TestMap(family, channels: 5, height: 7, width: 6, pixels: Array(pixels[..<(5 * 42)]))
        let right = TestMap(family, channels: 23, height: 7, width: 6, pixels: Array(pixels[(5 * 42)...]))
        let output = TestMap(family, channels: 9, height: 7, width: 6)
        layer.run(family, [left, right], into: output, rowSteps: 1, outputSteps: 1)
        let naive = layer.runNaively(pixels, height: 7, width: 6)
        #expect(largestDifference(output.pixels, naive) < Self.tolerance)
    }

    @Test(
        "which rows and outputs a call computes does not change the bits of a result",
        arguments: Family.available)
    func partitions(family: Family) {
        guard family.testDescription != "portable" else { return }
        var generator = SplitMix64(seed: 5)
        let layer = TestConvolution([40], 70, side: 3, MTAN_RELU, &generator)
        let input = TestMap(
            family, channels: 40, height: 21, width: 35, pixels: randomFloats(40 * 21 * 35, using: &generator)
        )
        let whole = TestMap(family, channels: 70, height: 21, width: 35)
        let parts = TestMap(family, channels: 70, height: 21, width: 35)
        layer.run(family, [input], into: whole, rowSteps: 100, outputSteps: 100)
        layer.run(family, [input], into: parts, rowSteps: 1, outputSteps: 1)
        #expect(whole.pixels == parts.pixels)
    }

    @Test("an attention block equals its two convolutions and the product", arguments: Family.available)
    func attention(family: Family) {
        var generator = SplitMix64(seed: 4)
        for (height, width) in [(1, 1), (5, 9), (8, 3), (3, 200)] {
            let first = TestConvolution([11], 35, side: 1, MTAN_RELU, &generator)
            let second = TestConvolution([35], 6, side: 1, MTAN_SIGMOID, &generator)
            let source = randomFloats(11 * height * width, using: &generator)
            let gate = randomFloats(6 * height * width, using: &generator)
            let output = TestMap(family, channels: 6, height: height, width: width)
            attend(
                family, first, second,
                TestMap(family, channels: 11, height: height, width: width, pixels: source),
                gate: TestMap(family, channels: 6, height: height, width: width, pixels: gate), into: output)
            let hidden = first.runNaively(source, height: height, width: width)
            let mask = second.runNaively(hidden, height: height, width: width)
            #expect(largestDifference(output.pixels, zip(mask, gate).map { $0 * $1 }) < Self.tolerance)
            #expect(output.columnsAreClear)
        }
    }

    /// Two rows a call.
    private func attend(
        _ family: Family, _ first: TestConvolution, _ second: TestConvolution, _ source: TestMap,
        gate: TestMap,
        into output: TestMap
    ) {
        first.withPacked(family) { first in
            second.withPacked(family) { second in
                Scratch.with(family.functions.attend_scratch(first, second, output.map.row)) { scratch in
                    for row in stride(from: 0, to: output.map.height, by: 2) {
                        let rows = mtan_range(first: row, last: min(row + 2, output.map.height))
                        family.functions.attend(
                            first, second, [source.map], 1, gate.map, output.map, rows, scratch)
                    }
                }
            }
        }
    }
}
