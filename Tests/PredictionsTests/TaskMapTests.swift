import Images
import Tensors
import Testing

@testable import Predictions

@Suite("TaskMap")
struct TaskMapTests {
    private let red = RGBColor(red: 255, green: 0, blue: 0)
    private let blue = RGBColor(red: 0, green: 0, blue: 255)

    private func decoded(_ file: OutputFile) throws -> Image { try ImageDecoder().decode(file.bytes) }

    private func depth(_ values: [Float], scale: Double = 1000) -> TaskMap {
        TaskMap(
            task: TaskDescription(name: "depth", output: .depth(unit: .metric, scale: scale)),
            output: Tensor(shape: [1, 1, 1, values.count], elements: values),
            size: PixelSize(width: values.count, height: 1))
    }

    @Test("a segmentation is the class with the highest score, the first of several, at its own size")
    func segmentation() throws {
        let map = TaskMap(
            task: TaskDescription(
                name: "seg", output: .segmentation(labels: ["a", "b"], palette: [red, blue])),
            output: Tensor(shape: [1, 2, 1, 3], elements: [0, 5, 1, 1, 5, 0]),
            size: PixelSize(width: 3, height: 1))
        let file = try MapView.data.encode(map)
        #expect(file.suffix == "seg.png")
        #expect(try decoded(file).pixels == [0, 0, 255, 255, 0, 0, 255, 0, 0])
    }

    @Test("scores are enlarged before they are compared, so that a boundary falls where they cross")
    func boundary() throws {
        let map = TaskMap(
            task: TaskDescription(
                name: "seg", output: .segmentation(labels: ["a", "b"], palette: [red, blue])),
            output: Tensor(shape: [1, 2, 1, 2], elements: [3, 0, 0, 1]), size: PixelSize(width: 8, height: 1))
        var classes = [UInt8](repeating: 9, count: 8)
        classes.withUnsafeMutableBufferPointer { map.rows().classes(row: 0, into: $0) }
        // The difference falls from 3 to -1 along the line, so it crosses zero at three quarters.
        #expect(classes == [0, 0, 0, 0, 0, 1, 1, 1])
    }

    @Test("depth is rounded to millimetres, and what cannot be written is clamped or means no value")
    func depthValues() throws {
        let map = depth([0.0004, 2.5, -1, .nan, .infinity, 70])
        var values = [UInt16](repeating: 9, count: 6)
        var encoding = DepthEncoding(scale: 1000)
        values.withUnsafeMutableBufferPointer {
            map.rows().depthSteps(row: 0, encoding: &encoding, into: $0)
        }
        #expect(values == [0, 2500, 0, 0, 65535, 65535])
        #expect(encoding.saturatedPixels == 2 && encoding.lostPixels == 3)
        // The decoder keeps the upper 8 of 16 bits, rounded.
        #expect(try decoded(MapView.data.encode(map)).pixels[3] == UInt8((2500.0 / 257).rounded()))
    }

    @Test("normals are unit vectors in 8 bits, and no direction is the middle grey")
    func normalValues() throws {
        let map = TaskMap(
            task: TaskDescription(name: "normals", output: .normals(axes: ["x", "y", "z"])),
            output: Tensor(shape: [1, 3, 1, 3], elements: [1, 0, .nan, 0, 0, 1, 0, 0, 0]),
            size: PixelSize(width: 3, height: 1))
        #expect(
            try decoded(MapView.data.encode(map)).pixels == [255, 128, 128, 128, 128, 128, 128, 128, 128])
    }

    @Test("text chunks tell the unit, the scale and the labels")
    func texts() throws {
        #expect(try pngTexts(depth([1]).dataPNG().bytes)["Scale"] == "1000")
        #expect(try pngTexts(depth([1]).dataPNG().bytes)["Unit"] == "metre")
        #expect(try pngTexts(depth([1], scale: 12.5).dataPNG().bytes)["Scale"] == "12.5")
    }

    @Test("near is yellow and far is blue in the picture of a depth map, and a flat one is no problem")
    func depthColor() throws {
        let pixels = try decoded(MapView.color.encode(depth((0..<100).map { Float($0) }))).pixels
        #expect(Array(pixels.prefix(3)) == [253, 231, 37])
        #expect(Array(pixels.suffix(3)) == [68, 1, 84])
        _ = try MapView.color.encode(depth([1, 1, 1]))
        _ = try MapView.color.encode(depth([.nan, .nan]))
    }

    @Test("a wall that faces the camera is blue in the picture of a normal map")
    func normalColor() throws {
        let map = TaskMap(
            task: TaskDescription(name: "normals", output: .normals(axes: ["x", "y", "z"])),
            output: Tensor(shape: [1, 3, 1, 1], elements: [0, -1, 0]), size: PixelSize(width: 1, height: 1))
        #expect(try decoded(MapView.color.encode(map)).pixels == [128, 128, 255])
    }
}
