import Engine
import Foundation
import Images
import Predictions
import Tensors
import TestSupport
import Testing

@Suite("Predictor")
struct PredictorTests {
    private let model: Model

    init() throws { model = try Model(path: fixtureURL("networks/narrow.safetensors").path) }

    /// A PNG file with a picture that changes everywhere.
    private func photo(width: Int, height: Int) throws -> [UInt8] {
        let pixels = (0..<3 * width * height).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 / 97 &* 7) }
        return try PNGEncoder().encode(
            Image(size: PixelSize(width: width, height: height), pixels: pixels))
    }

    @Test("a photo gives one file for each task and view, at the photo's size")
    func files() throws {
        let predictor = try Predictor(model, pool: ThreadPool(threadCount: 1))
        var options = PredictionOptions()
        options.views = [.data, .color, .npy]
        let files = try predictor.predict(photo(width: 200, height: 150), options: options)
        #expect(
            Set(files.map(\.suffix)) == [
                "segmentation.png", "depth.png", "normals.png", "segmentation.color.png", "depth.color.png",
                "normals.color.png", "segmentation.npy", "depth.npy", "normals.npy",
            ])
        for file in files where file.suffix.hasSuffix("png") {
            #expect(try ImageDecoder().header(of: file.bytes).size == PixelSize(width: 200, height: 150))
        }
    }

    @Test("maps of the network's own size are made when asked for")
    func modelSize() throws {
        let predictor = try Predictor(model, pool: ThreadPool(threadCount: 1))
        var options = PredictionOptions()
        options.outputSize = .model
        let files = try predictor.predict(photo(width: 100, height: 100), options: options)
        for file in files {
            #expect(try ImageDecoder().header(of: file.bytes).size == PixelSize(width: 320, height: 320))
        }
    }

    @Test("the files are the same bytes for every number of threads, and on a used predictor")
    func determinism() throws {
        let photo = try photo(width: 90, height: 130)
        let alone = try Predictor(model, pool: ThreadPool(threadCount: 1))
        let expected = try alone.predict(photo)
        let together = try Predictor(model, pool: ThreadPool(threadCount: 3))
        _ = try together.predict(self.photo(width: 64, height: 64))
        #expect(try together.predict(photo) == expected)
        #expect(try together.predict(photo) == expected)
    }

    @Test("several callers may predict at once")
    func concurrency() async throws {
        let predictor = try Predictor(model, pool: ThreadPool(threadCount: 2))
        let photos = try [photo(width: 64, height: 48), photo(width: 48, height: 64)]
        let expected = try photos.map { try predictor.predict($0) }
        let found = try await withThrowingTaskGroup(of: (Int, [OutputFile]).self) { group in
            for index in 0..<6 { group.addTask { (index % 2, try predictor.predict(photos[index % 2])) } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(found.allSatisfy { expected[$0.0] == $0.1 })
    }

    @Test("what is no image is refused with the decoder's words")
    func badImage() throws {
        let predictor = try Predictor(model, pool: ThreadPool(threadCount: 1))
        let error = try #require(throws: PredictionError.self) { try predictor.predict(Array("hello".utf8)) }
        #expect("\(error)".contains("expected a PNG, JPEG, WebP or TIFF image"))
    }

    @Test("a model that was trained on -1...1 with a mean and a deviation gets its input so")
    func preprocessing() throws {
        let input = InputDescription(
            size: PixelSize(width: 64, height: 32), range: -1...1, mean: [0.5, 0, -0.5],
            standardDeviation: [0.5, 1, 2])
        let folder = try TemporaryFolder()
        var description = model.description
        description.input = input
        description.weights = "narrow.safetensors"
        try JSONEncoder().encode(description).write(to: folder.url("model.json"))
        try FileManager.default.copyItem(
            at: fixtureURL("networks/narrow.safetensors"), to: folder.url("narrow.safetensors"))
        let predictor = try Predictor(Model(path: folder.path), pool: ThreadPool(threadCount: 2))
        let image = Image(size: PixelSize(width: 2, height: 1), pixels: [255, 0, 51, 255, 0, 51])
        let tensor = predictor.preprocess(image, PredictionOptions())
        let area = tensor.shape[2] * tensor.shape[3]
        #expect(tensor.shape == [1, 3, 32, 64])
        #expect(abs(tensor.elements[0] - (1 - 0.5) / 0.5) < 1e-5)
        #expect(abs(tensor.elements[area] - -1) < 1e-5)
        #expect(abs(tensor.elements[2 * area] - (-0.6 + 0.5) / 2) < 1e-5)
    }

    @Test("a size that needs more memory than is allowed is refused with both figures")
    func memoryLimit() throws {
        let predictor = try Predictor(model, pool: ThreadPool(threadCount: 1), maximumMemory: 1 << 20)
        let photo = try photo(width: 64, height: 64)
        let error = try #require(throws: PredictionError.self) { try predictor.predict(photo) }
        #expect("\(error)".contains("and 1 MiB are allowed"))
    }

    @Test("a map is told from a photo by its mark, with any view")
    func mark() throws {
        let predictor = try Predictor(model, pool: ThreadPool(threadCount: 1))
        var options = PredictionOptions()
        options.views = [.data, .color]
        let photo = try photo(width: 40, height: 30)
        #expect(!OutputFile.isMap(photo))
        for file in try predictor.predict(photo, options: options) {
            #expect(OutputFile.isMap(Array(file.bytes.prefix(OutputFile.markLength))), "\(file.suffix)")
        }
        #expect(!OutputFile.isMap([]))
    }
}
