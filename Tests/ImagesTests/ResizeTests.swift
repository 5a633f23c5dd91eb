import Foundation
import Images
import Tensors
import TestSupport
import Testing

/// One of Pillow's results in a fixture of make_images.py: sizes, and the samples in base64.
struct ResizeCase: Sendable, CustomTestStringConvertible {
    let number: UInt64
    let source: PixelSize
    let target: PixelSize
    let result: Data

    var testDescription: String { "\(source) to \(target)" }

    /// The cases of a file. The noise of a case is seeded with its number.
    static func load(_ path: String) throws -> [ResizeCase] {
        let rows = try JSONDecoder().decode([Row].self, from: Data(contentsOf: fixtureURL(path)))
        return rows.enumerated().map { number, row in
            ResizeCase(number: UInt64(number), source: row.source, target: row.target, result: row.result)
        }
    }

    /// `count` bytes, the low ones of each number of the generator.
    func noise(_ count: Int) -> [UInt8] {
        var generator = SplitMix64(seed: number)
        return (0..<count).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
    }

    private struct Row: Decodable {
        let source: PixelSize
        let target: PixelSize
        let result: Data

        init(from decoder: any Decoder) throws {
            var values = try decoder.unkeyedContainer()
            source = try PixelSize(width: values.decode(Int.self), height: values.decode(Int.self))
            target = try PixelSize(width: values.decode(Int.self), height: values.decode(Int.self))
            result = try values.decode(Data.self)
        }
    }
}

@Suite("Resizing")
struct ResizeTests {
    @Test(
        "an image becomes Pillow's bilinear resize within 1/255",
        arguments: try ResizeCase.load("images/resize.json"))
    func image(example: ResizeCase) {
        let image = Image(size: example.source, pixels: example.noise(3 * example.source.area))
        let tensor = image.tensor(resizedTo: example.target)
        #expect(tensor.shape == [1, 3, example.target.height, example.target.width])
        let expected = [UInt8](example.result)
        var largest: Float = 0
        for index in 0..<example.target.area {
            for channel in 0..<3 {
                let value = tensor.elements[channel * example.target.area + index]
                #expect((0...1).contains(value))
                largest = max(largest, abs(value - Float(expected[3 * index + channel]) / 255))
            }
        }
        // Pillow rounds to 8 bits twice, so 1/255 is reached exactly; the rest is Float's.
        #expect(largest <= 1.0 / 255 + 1e-6)
    }

    @Test("a plane becomes Pillow's bilinear resize", arguments: try ResizeCase.load("images/planes.json"))
    func plane(example: ResizeCase) throws {
        let values = example.noise(example.source.area).map { Float($0) / 16 - 8 }
        let shape = try Shape([1, 1, example.source.height, example.source.width])
        let tensor = PlaneResampler(from: example.source, to: example.target)
            .resample(Tensor(shape: shape, elements: values))
        let expected = example.result.withUnsafeBytes { bytes in
            (0..<example.target.area).map {
                Float(bitPattern: bytes.loadUnaligned(fromByteOffset: 4 * $0, as: UInt32.self).littleEndian)
            }
        }
        #expect(tensor.elements.count == expected.count)
        let largest = zip(tensor.elements, expected).map { abs($0 - $1) }.max()
        #expect(try #require(largest) <= 1e-5)
    }

    @Test("an image of the same size is its own resize, exactly")
    func identity() {
        let size = PixelSize(width: 16, height: 16)
        let image = Image(size: size, pixels: (0..<768).map { UInt8(truncatingIfNeeded: $0) })
        let tensor = image.tensor(resizedTo: size)
        for index in 0..<768 {
            #expect(tensor.elements[index % 3 * 256 + index / 3] == Float(index % 256) / 255)
        }
    }

    @Test("a white image stays white at every size, and nothing exceeds 1")
    func white() {
        let image = Image(
            size: PixelSize(width: 31, height: 17), pixels: [UInt8](repeating: 255, count: 3 * 31 * 17))
        for side in 1...70 {
            let tensor = image.tensor(resizedTo: PixelSize(width: side, height: 71 - side))
            #expect(tensor.elements.allSatisfy { $0 <= 1 && $0 > 0.999999 })
        }
    }

    @Test(
        "the rows of an image are the same however they are divided",
        arguments: [PixelSize(width: 20, height: 11), PixelSize(width: 50, height: 90)])
    func imageRows(target: PixelSize) {
        let source = PixelSize(width: 37, height: 41)
        var generator = SplitMix64(seed: 3)
        let pixels = (0..<3 * source.area).map { _ in UInt8.random(in: 0...255, using: &generator) }
        let image = Image(size: source, pixels: pixels)
        let resampler = ImageResampler(from: source, to: target)
        let whole = resampler.resample(image)
        for length in 1...target.height {
            let parts = Tensor(shape: whole.shape) { planes in
                for start in stride(from: 0, to: target.height, by: length).reversed() {
                    let rows = start..<min(start + length, target.height)
                    resampler.resample(image, rows: rows, into: planes)
                }
            }
            #expect(parts == whole)
        }
    }

    @Test(
        "the rows of a plane can be made one by one, in any order, and each channel on its own",
        arguments: [PixelSize(width: 40, height: 31), PixelSize(width: 5, height: 3)])
    func planeRows(target: PixelSize) {
        let (source, target) = (PixelSize(width: 12, height: 9), target)
        var generator = SplitMix64(seed: 4)
        let values = (0..<2 * source.area).map { _ in Float.random(in: -9...9, using: &generator) }
        let resampler = PlaneResampler(from: source, to: target)
        let whole = resampler.resample(Tensor(shape: [1, 2, 9, 12], elements: values))
        var planes = [ResampledRows(resampler), ResampledRows(resampler)]
        var row = [Float](repeating: .nan, count: target.width)
        for line in (0..<2 * target.height).shuffled(using: &generator) {
            let (channel, y) = line.quotientAndRemainder(dividingBy: target.height)
            values[channel * source.area..<(channel + 1) * source.area].withUnsafeBufferPointer { plane in
                row.withUnsafeMutableBufferPointer { planes[channel].row(y, of: plane, into: $0) }
            }
            #expect(row == Array(whole.elements[line * target.width..<(line + 1) * target.width]))
        }
    }

    @Test("an infinity or a NaN touches only the outputs whose filter covers it")
    func notFinite() {
        let size = PixelSize(width: 5, height: 4)
        var values = [Float](repeating: 1, count: 20)
        values[7] = .infinity
        let same = PlaneResampler(from: size, to: size)
            .resample(Tensor(shape: [1, 1, 4, 5], elements: values))
        #expect(same.elements == values)
        values[7] = .nan
        let larger = PlaneResampler(from: size, to: PixelSize(width: 10, height: 8))
            .resample(Tensor(shape: [1, 1, 4, 5], elements: values))
        // Of each axis, the four outputs nearer than one input to its centre.
        #expect(larger.elements.filter(\.isNaN).count == 16)
    }
}
