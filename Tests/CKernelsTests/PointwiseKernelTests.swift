import CKernels
import Foundation
import TestSupport
import Testing

@Suite("pointwise kernels")
struct PointwiseKernelTests {
    @Test("a dense tensor comes back from a map as it went in", arguments: Family.available)
    func denseCopies(family: Family) {
        var generator = SplitMix64(seed: 6)
        for channels in [1, 3, 16, 17, 40] {
            let pixels = randomFloats(channels * 5 * 7, using: &generator)
            let map = TestMap(family, channels: channels, height: 5, width: 7, pixels: pixels)
            let again = TestMap(family, channels: channels, height: 5, width: 7, pixels: map.pixels)
            let relative = family.elementError(channels: channels)
            #expect(largestError(map.pixels, pixels, relative: relative) <= 0)
            #expect(again.pixels == map.pixels)
            #expect(map.columnsAreClear)
        }
    }

    @Test(
        "max pooling equals the naive one, positions included, and so do values without positions",
        arguments: Family.available)
    func maxPooling(family: Family) {
        var generator = SplitMix64(seed: 1)
        for (channels, height, width) in [(3, 1, 1), (17, 3, 5), (16, 8, 7)] {
            let pixels = randomFloats(channels * 4 * height * width, using: &generator)
            let input = TestMap(
                family, channels: channels, height: 2 * height, width: 2 * width, pixels: pixels)
            let (fast, positions) = pool(family, input)
            var dense = DenseMap(
                channels: channels, height: 2 * height, width: 2 * width, pixels: input.pixels)
            var naive = DenseMap(channels: channels, height: height, width: width)
            var expected = [UInt8](repeating: 9, count: channels * height * width)
            dense.withMap { dense in naive.withMap { mtan_reference_max_pool(dense, $0, &expected) } }
            #expect(fast.pixels == naive.pixels)
            #expect(positions == expected)
            let valuesOnly = TestMap(family, channels: channels, height: height, width: width)
            family.functions.max_pool(input.map, valuesOnly.map, nil, valuesOnly.allRows)
            #expect(valuesOnly.pixels == naive.pixels)
            #expect(fast.columnsAreClear && valuesOnly.columnsAreClear)
        }
    }

    @Test(
        "where maxima tie, as zeros do after ReLU, the first of the window counts",
        arguments: Family.available)
    func ties(family: Family) {
        let input = TestMap(family, channels: 1, height: 2, width: 4, pixels: [0, 0, 0, 0, 0, 0, 5, 5])
        let (output, positions) = pool(family, input)
        #expect(positions == [0, 2])
        #expect(output.pixels == [0, 5])
    }

    @Test(
        "values that differ by rounding tie, so that flat areas are pooled alike by all kernels",
        arguments: Family.available)
    func nearTies(family: Family) {
        let almost = Float(1).nextDown.nextDown
        for value: Float in [1, -1, 1e-20, .infinity] {
            let lower = value.isFinite ? (value > 0 ? value * almost : value / almost) : value
            let clearlyLower = value.isFinite ? value - abs(value) / 2 : 0
            let input = TestMap(
                family, channels: 1, height: 2, width: 4,
                pixels: [lower, value, clearlyLower, lower, value, lower, value, lower])
            let (output, positions) = pool(family, input)
            #expect(positions == [0, 1])
            #expect(output.pixels == [input.pixels[1], input.pixels[1]])
        }
    }

    @Test("a NaN is the maximum of its window", arguments: Family.available)
    func poolingOfNaN(family: Family) {
        let input = TestMap(family, channels: 1, height: 2, width: 2, pixels: [1, .nan, 3, 2])
        let (output, positions) = pool(family, input)
        #expect(positions == [1])
        #expect(output.pixels[0].isNaN)
    }

    @Test("unpooling puts every value back and zeros elsewhere", arguments: Family.available)
    func maxUnpooling(family: Family) {
        let full: [Float] = [1, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 4]
        let input = TestMap(family, channels: 1, height: 2, width: 8, pixels: full)
        let output = TestMap(family, channels: 1, height: 2, width: 8)
        let block = Int(family.functions.block)
        let pooled = TestMap(family, channels: 1, height: 1, width: 4)
        var positions = [UInt8](repeating: 9, count: 4 * block)
        family.functions.max_pool(input.map, pooled.map, &positions, pooled.allRows)
        #expect(pooled.pixels == [1, 2, 3, 4])
        family.functions.max_unpool(pooled.map, positions, output.map, pooled.allRows)
        #expect(output.pixels == full)
        #expect(output.columnsAreClear)
    }

    @Test(
        "enlargement with aligned corners equals the naive one, down to a single pixel",
        arguments: Family.available)
    func upsampling(family: Family) {
        var generator = SplitMix64(seed: 2)
        for (height, width) in [(1, 1), (1, 4), (4, 1), (3, 5), (9, 12)] {
            let pixels = randomFloats(18 * height * width, using: &generator)
            let input = TestMap(family, channels: 18, height: height, width: width, pixels: pixels)
            let fast = TestMap(family, channels: 18, height: 2 * height, width: 2 * width)
            family.functions.upsample_aligned(input.map, fast.map, fast.allRows)
            var dense = DenseMap(channels: 18, height: height, width: width, pixels: input.pixels)
            var naive = DenseMap(channels: 18, height: 2 * height, width: 2 * width)
            dense.withMap { dense in naive.withMap { mtan_reference_upsample_aligned(dense, $0) } }
            let relative = family.elementError(channels: 18)
            #expect(largestError(fast.pixels, naive.pixels, relative: relative) < 2e-6)
            #expect(fast.pixels.last == input.pixels.last)
            #expect(fast.columnsAreClear)
        }
    }

    @Test(
        "log-softmax sums to one, also for scores that would overflow an exponential",
        arguments: Family.available)
    func logSoftmax(family: Family) {
        var generator = SplitMix64(seed: 3)
        for channels in [2, 13, 19] {
            var scores = randomFloats(channels * 6, using: &generator)
            for channel in 0..<channels { scores[channel * 6] *= 1000 }
            let input = TestMap(family, channels: channels, height: 2, width: 3, pixels: scores)
            let output = TestMap(family, channels: channels, height: 2, width: 3)
            family.functions.log_softmax(input.map, output.map, output.allRows)
            let read = input.pixels, relative = family.elementError(channels: channels)
            for pixel in 0..<6 {
                let indices = stride(from: pixel, to: channels * 6, by: 6)
                let found = indices.map { output.pixels[$0] }
                let total = found.map { exp(Double($0)) }.reduce(0, +)
                #expect(abs(total - 1) < 1e-5 + 4 * Double(relative))
                let largest = Double(indices.map { read[$0] }.max() ?? 0)
                let logarithmOfSum =
                    largest + log(indices.map { exp(Double(read[$0]) - largest) }.reduce(0, +))
                let expected = indices.map { Float(Double(read[$0]) - logarithmOfSum) }
                #expect(largestError(found, expected, relative: relative) < 1e-3)
            }
            #expect(output.columnsAreClear)
        }
    }

    @Test(
        "normals become unit vectors, tiny ones too, and a zero vector stays zero",
        arguments: Family.available)
    func unitNormalization(family: Family) {
        let input = TestMap(
            family, channels: 3, height: 1, width: 3, pixels: [3, 0, 0, 0, 1e-25, 0, -4, 0, 0])
        let output = TestMap(family, channels: 3, height: 1, width: 3)
        family.functions.unit_normalize(input.map, output.map, output.allRows)
        let relative = family.elementError(channels: 3)
        #expect(largestError(output.pixels, [0.6, 0, 0, 0, 1, 0, -0.8, 0, 0], relative: relative) < 1e-6)
    }

    @Test("a sigmoid saturates instead of overflowing, and keeps a NaN", arguments: Family.available)
    func sigmoidTails(family: Family) {
        let input = TestMap(family, channels: 1, height: 1, width: 4, pixels: [-1000, 1000, 0, .nan])
        let output = TestMap(family, channels: 1, height: 1, width: 4)
        family.functions.activate(MTAN_SIGMOID, input.map, output.map, output.allRows)
        let found = output.pixels
        #expect(found[0] >= 0 && found[0] < 1e-30)
        #expect(found[1] == 1)
        #expect(found[2] == 0.5)
        #expect(found[3].isNaN)
    }

    @Test("scale and shift, products and copies work channel by channel", arguments: Family.available)
    func elementwise(family: Family) {
        var generator = SplitMix64(seed: 7)
        let left = randomFloats(5 * 6, using: &generator), right = randomFloats(5 * 6, using: &generator)
        let a = TestMap(family, channels: 5, height: 2, width: 3, pixels: left)
        let b = TestMap(family, channels: 5, height: 2, width: 3, pixels: right)
        let output = TestMap(family, channels: 5, height: 2, width: 3)
        family.functions.multiply(a.map, b.map, output.map, output.allRows)
        let relative = family.elementError(channels: 5)
        let products = zip(a.pixels, b.pixels).map { $0 * $1 }
        #expect(largestError(output.pixels, products, relative: relative) <= 0)
        let factors = (0..<64).map(Float.init)
        Scratch.with(256) { aligned in
            aligned.copyMemory(from: factors, byteCount: 256)
            let floats = aligned.assumingMemoryBound(to: Float.self)
            family.functions.scale_shift(floats, floats, a.map, output.map, output.allRows)
        }
        let scaled = a.pixels.enumerated().map { $1 * factors[$0 / 6] + factors[$0 / 6] }
        #expect(largestError(output.pixels, scaled, relative: relative) < 1e-6)
        let both = TestMap(family, channels: 10, height: 2, width: 3)
        family.functions.copy_channels(a.map, both.map, 0, both.allRows)
        family.functions.copy_channels(b.map, both.map, 5, both.allRows)
        #expect(both.pixels == a.pixels + b.pixels)
        #expect(output.columnsAreClear && both.columnsAreClear)
    }

    private func pool(_ family: Family, _ input: TestMap) -> (TestMap, [UInt8]) {
        let channels = Int(input.map.channels)
        let (height, width) = (Int(input.map.height) / 2, Int(input.map.width) / 2)
        let output = TestMap(family, channels: channels, height: height, width: width)
        var places = [UInt8](repeating: 9, count: family.wholeBlocks(channels) * height * width)
        family.functions.max_pool(input.map, output.map, &places, output.allRows)
        let block = Int(family.functions.block), pixels = height * width
        let dense = (0..<channels * pixels).map { index in
            places[(index / pixels / block * pixels + index % pixels) * block + index / pixels % block]
        }
        return (output, dense)
    }
}
