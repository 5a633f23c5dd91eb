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
                let naive = layer.runNaively(
                    input.pixels, height: shape.height, width: shape.width, for: family)
                let error = largestError(
                    fast.pixels, naive, relative: family.elementError(channels: shape.outputs))
                #expect(error < family.productError, "\(shape)")
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
        let naive = layer.runNaively(left.pixels + right.pixels, height: 7, width: 6, for: family)
        let error = largestError(output.pixels, naive, relative: family.elementError(channels: 9))
        #expect(error < family.productError)
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

    @Test(
        "a convolution that pools its results gives the bits that pooling them later does",
        arguments: Family.available.filter { $0.functions.convolve_pooled != nil })
    func pooledConvolution(family: Family) {
        var generator = SplitMix64(seed: 8)
        let shapes = [(3, 5, 2, 2), (40, 70, 12, 26), (16, 16, 8, 6), (64, 40, 2, 200)]
        for (inputs, outputs, height, width) in shapes {
            let layer = TestConvolution([inputs], outputs, side: 3, MTAN_RELU, &generator)
            let input = TestMap(
                family, channels: inputs, height: height, width: width,
                pixels: randomFloats(inputs * height * width, using: &generator))
            let whole = TestMap(family, channels: outputs, height: height, width: width)
            layer.run(family, [input], into: whole, rowSteps: 2, outputSteps: 1)
            let later = TestMap(family, channels: outputs, height: height / 2, width: width / 2)
            family.functions.max_pool(whole.map, later.map, nil, later.allRows)
            for outputSteps: Int32 in [1, 9] {
                let pooled = TestMap(family, channels: outputs, height: height / 2, width: width / 2)
                layer.runPooled(family, input, into: pooled, rowSteps: 2, outputSteps: outputSteps)
                #expect(pooled.pixels == later.pixels)
                #expect(pooled.columnsAreClear)
            }
        }
    }

    @Test("an attention block equals its two convolutions and the product", arguments: Family.available)
    func attention(family: Family) {
        var generator = SplitMix64(seed: 4)
        for (height, width) in [(1, 1), (5, 9), (8, 3), (3, 200)] {
            let first = TestConvolution([11], 35, side: 1, MTAN_RELU, &generator)
            let second = TestConvolution([35], 6, side: 1, MTAN_SIGMOID, &generator)
            let source = randomFloats(11 * height * width, using: &generator)
            let gate = randomFloats(6 * height * width, using: &generator)
            let input = TestMap(family, channels: 11, height: height, width: width, pixels: source)
            let gateMap = TestMap(family, channels: 6, height: height, width: width, pixels: gate)
            let output = TestMap(family, channels: 6, height: height, width: width)
            attend(family, first, second, input, gate: gateMap, into: output, rows: 2)
            let hidden = first.runNaively(input.pixels, height: height, width: width, for: family)
            let mask = second.runNaively(hidden, height: height, width: width, for: family)
            // Hidden features are rounded too: 35 of them, each times a weight, through a sigmoid of slope 1/4.
            let roundings = 35 / 4 * family.elementError(channels: 35)
            let error = largestDifference(output.pixels, zip(mask, gateMap.pixels).map { $0 * $1 })
            #expect(error < family.productError + roundings)
            #expect(output.columnsAreClear)
        }
    }

    @Test("which rows a call attends to does not change the bits of a result", arguments: Family.available)
    func attentionPartitions(family: Family) {
        guard family.testDescription != "portable" else { return }
        var generator = SplitMix64(seed: 6)
        let first = TestConvolution([40], 70, side: 1, MTAN_RELU, &generator)
        let second = TestConvolution([70], 40, side: 1, MTAN_SIGMOID, &generator)
        let features = TestMap(
            family, channels: 40, height: 9, width: 76, pixels: randomFloats(40 * 9 * 76, using: &generator))
        let results = [100, 1, 4].map { (rows: Int32) in
            let output = TestMap(family, channels: 40, height: 9, width: 76)
            attend(family, first, second, features, gate: features, into: output, rows: rows)
            return output.pixels
        }
        #expect(results[1] == results[0])
        #expect(results[2] == results[0])
    }

    /// Some rows a call.
    private func attend(
        _ family: Family, _ first: TestConvolution, _ second: TestConvolution, _ source: TestMap,
        gate: TestMap, into output: TestMap, rows count: Int32
    ) {
        first.withPacked(family) { first in
            second.withPacked(family) { second in
                Scratch.with(family.functions.attend_scratch(first, second, output.map.row)) { scratch in
                    for row in stride(from: 0, to: output.map.height, by: Int(count)) {
                        let rows = mtan_range(first: row, last: min(row + count, output.map.height))
                        family.functions.attend(
                            first, second, [source.map], 1, gate.map, output.map, rows, scratch)
                    }
                }
            }
        }
    }
}
