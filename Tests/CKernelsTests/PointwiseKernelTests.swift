import CKernels
import Foundation
import TestSupport
import Testing

@Suite("pointwise kernels")
struct PointwiseKernelTests {
    @Test("max pooling equals the naive one, positions included, and so do values without positions")
    func maxPooling() {
        var generator = SplitMix64(seed: 1)
        for (height, width) in [(1, 1), (3, 5), (8, 7)] {
            let input = TestMap(random: &generator, channels: 3, height: 2 * height, width: 2 * width)
            let fast = TestMap(channels: 3, height: height, width: width)
            let naive = TestMap(channels: 3, height: height, width: width)
            var positions = [UInt8](repeating: 9, count: 3 * height * width)
            var expected = positions
            let rows = mtan_range(first: 0, last: Int32(height))
            mtan_max_pool(input.map, fast.map, &positions, rows)
            mtan_reference_max_pool(input.map, naive.map, &expected)
            #expect(fast.pixels == naive.pixels)
            #expect(positions == expected)
            let valuesOnly = TestMap(channels: 3, height: height, width: width)
            mtan_max_pool(input.map, valuesOnly.map, nil, rows)
            #expect(valuesOnly.pixels == naive.pixels)
            #expect(fast.columnsAreClear && valuesOnly.columnsAreClear)
        }
    }

    @Test("where maxima tie, as zeros do after ReLU, the first of the window counts")
    func ties() {
        let input = TestMap(channels: 1, height: 2, width: 4)
        input[0, 1, 2] = 5
        input[0, 1, 3] = 5
        let output = TestMap(channels: 1, height: 1, width: 2)
        var positions: [UInt8] = [9, 9]
        mtan_max_pool(input.map, output.map, &positions, mtan_range(first: 0, last: 1))
        #expect(positions == [0, 2])
        #expect(output.pixels == [0, 5])
    }

    @Test("unpooling puts every value back and zeros elsewhere")
    func maxUnpooling() {
        let input = TestMap(channels: 1, height: 1, width: 4)
        for x in 0..<4 { input[0, 0, x] = Float(x + 1) }
        let output = TestMap(channels: 1, height: 2, width: 8)
        mtan_max_unpool(input.map, [0, 1, 2, 3], output.map, mtan_range(first: 0, last: 1))
        #expect(output.pixels == [1, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 4])
        #expect(output.columnsAreClear)
    }

    @Test("enlargement with aligned corners equals the naive one, down to a single pixel")
    func upsampling() {
        var generator = SplitMix64(seed: 2)
        for (height, width) in [(1, 1), (1, 4), (4, 1), (3, 5), (9, 12)] {
            let input = TestMap(random: &generator, channels: 2, height: height, width: width)
            let fast = TestMap(channels: 2, height: 2 * height, width: 2 * width)
            let naive = TestMap(channels: 2, height: 2 * height, width: 2 * width)
            mtan_upsample_aligned(input.map, fast.map, mtan_range(first: 0, last: Int32(2 * height)))
            mtan_reference_upsample_aligned(input.map, naive.map)
            #expect(largestDifference(fast.pixels, naive.pixels) < 2e-6)
            #expect(fast[0, 2 * height - 1, 2 * width - 1] == input[0, height - 1, width - 1])
        }
    }

    @Test("log-softmax sums to one, also for scores that would overflow an exponential")
    func logSoftmax() {
        var generator = SplitMix64(seed: 3)
        let input = TestMap(random: &generator, channels: 13, height: 2, width: 3)
        for channel in 0..<13 { input[channel, 0, 0] *= 1000 }
        let output = TestMap(channels: 13, height: 2, width: 3)
        mtan_log_softmax(input.map, output.map, mtan_range(first: 0, last: 2))
        for y in 0..<2 {
            for x in 0..<3 {
                let total = (0..<13).map { exp(Double(output[$0, y, x])) }.reduce(0, +)
                #expect(abs(total - 1) < 1e-5)
                let shift = input[0, y, x] - output[0, y, x]
                #expect((0..<13).allSatisfy { abs(input[$0, y, x] - output[$0, y, x] - shift) < 1e-3 })
            }
        }
    }

    @Test("normals become unit vectors, tiny ones too, and a zero vector stays zero")
    func unitNormalization() {
        let input = TestMap(channels: 3, height: 1, width: 3)
        (input[0, 0, 0], input[1, 0, 0], input[2, 0, 0]) = (3, 0, -4)
        (input[0, 0, 1], input[1, 0, 1], input[2, 0, 1]) = (0, 1e-25, 0)
        let output = TestMap(channels: 3, height: 1, width: 3)
        mtan_unit_normalize(input.map, output.map, mtan_range(first: 0, last: 1))
        #expect(largestDifference(output.pixels, [0.6, 0, 0, 0, 1, 0, -0.8, 0, 0]) < 1e-6)
    }
}
