import Images
import Tensors
import Testing

@testable import Predictions

@Suite("DepthScale")
struct DepthScaleTests {
    private func file(
        _ values: [Float], model scale: Double = 1000, _ choice: DepthScale? = nil
    ) throws -> OutputFile {
        let map = TaskMap(
            task: TaskDescription(name: "depth", output: .depth(unit: .metric, scale: scale)),
            output: Tensor(shape: [1, 1, 1, values.count], elements: values),
            size: PixelSize(width: values.count, height: 1))
        return try MapView.data.encode(map, depthScale: choice)
    }

    private func steps(_ file: OutputFile) throws -> [Int] {
        try ImageDecoder().samples(ofPNG: file.bytes).values.map { Int($0) }
    }

    @Test("depth beyond 65.5 metres is written as the largest, and the pixels are counted")
    func saturation() throws {
        let file = try file([80, 65.5354, 65.536, 1])
        #expect(try steps(file) == [65535, 65535, 65535, 1000])
        #expect(file.depth?.saturatedPixels == 2 && file.depth?.lostPixels == 0)
        #expect(
            file.warning
                == "depth: 2 pixels are beyond 65.535, the largest depth at scale 1000, and written as "
                + "that; choose a smaller depth scale, or auto")
    }

    @Test("negative depth and depth below half a step is counted, and no value is no loss")
    func lost() throws {
        let file = try file([-1, 0, 0.0004, 0.0006])
        #expect(try steps(file) == [0, 0, 0, 1])
        #expect(file.depth?.lostPixels == 2)
        #expect(
            file.warning
                == "depth: 2 pixels are negative or below half a step of 0.001, and written as 0, no value")
        #expect(try self.file([-1]).warning?.contains("1 pixel is negative") == true)
        #expect(try self.file([1, 0]).warning == nil)
    }

    @Test("a scale that is given is used, and the text chunk says it")
    func fixed() throws {
        let file = try file([80, 1], .fixed(256))
        #expect(try steps(file) == [20480, 256])
        #expect(pngTexts(file.bytes)["Scale"] == "256" && file.warning == nil)
        #expect(try pngTexts(self.file([80], .fixed(0.25)).bytes)["Scale"] == "0.25")
    }

    @Test(
        "auto takes the model's scale where all fits, and a power of ten less where not",
        arguments: [
            ([3], 1000, "1000"), ([65.535, -2], 1000, "1000"), ([65.536], 1000, "100"),
            ([80, 3], 1000, "100"),
            ([7000], 1000, "1"), ([70_000], 1000, "0.1"), ([6.6], 10_000, "1000"), ([0], 1000, "1000"),
            ([1e30], 1000, "1e-26"),
        ] as [([Float], Double, String)])
    func automatic(values: [Float], model: Double, expected: String) throws {
        let file = try file(values, model: model, .automatic)
        #expect(pngTexts(file.bytes)["Scale"] == expected)
        #expect(file.depth?.saturatedPixels == 0)
    }

    @Test("numbers and auto are read, and nothing else")
    func texts() {
        #expect(DepthScale("auto") == .automatic)
        #expect(DepthScale("256") == .fixed(256) && DepthScale("0.5") == .fixed(0.5))
        for text in ["", "0", "-1", "nan", "inf", "1e10", "1e-10", "Auto", "10 "] {
            #expect(DepthScale(text) == nil, "\(text)")
        }
    }
}
