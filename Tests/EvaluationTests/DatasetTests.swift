import Engine
import Files
import Foundation
import Images
import Predictions
import Tensors
import TestSupport
import Testing

@testable import Evaluation

@Suite("Data sets")
struct DatasetTests {
    private let predictor: Predictor
    private let folder: TemporaryFolder

    /// A model whose input has the size of the fixtures' images, so that nothing is resampled.
    init() throws {
        let folder = try TemporaryFolder()
        let weights = fixtureURL("networks/narrow.safetensors")
        var description = try Model(path: weights.path).description
        description.input.size = PixelSize(width: 64, height: 32)
        description.weights = "narrow.safetensors"
        try JSONEncoder().encode(description).write(to: folder.url("model.json"))
        try FileManager.default.copyItem(at: weights, to: folder.url("narrow.safetensors"))
        predictor = try Predictor(
            Model(path: folder.path), pool: ThreadPool(threadCount: 1))
        self.folder = folder
    }

    /// A place for a file, with the folders above it.
    private func url(_ name: String) throws -> URL {
        let url = folder.url(name)
        try FileManager.default.createDirectory(
            at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        return url
    }

    private func open(_ path: String) throws -> Dataset {
        try Dataset(path: path, tasks: predictor.description.tasks)
    }

    private func evaluate(_ dataset: Dataset, batchSize: Int? = 1) throws -> [TaskResult] {
        var evaluator = Evaluator(predictor, batchSize: batchSize)
        for frame in dataset.frames { try evaluator.add(frame) }
        var constants = evaluator.end()
        for frame in dataset.frames { try constants.add(frame) }
        constants.end()
        return evaluator.results(beside: constants)
    }

    private func fixture(_ name: String) -> String { fixtureURL("evaluation/\(name)").path }

    /// Copies the fixtures, but for what `isLeftOut` names.
    private func copy(_ name: String, leavingOut isLeftOut: (String) -> Bool = { _ in false }) throws
        -> String
    {
        for file in Folder.contents(of: fixture(name)).files where !isLeftOut(file) {
            try FileManager.default.copyItem(
                atPath: "\(fixture(name))/\(file)", toPath: try url("\(name)/\(file)").path)
        }
        return folder.url(name).path
    }

    @Test("frames come in the order of their numbers")
    func order() throws {
        for name in ["archives", "arrays"] {
            let paths = try open(fixture(name)).frames.map { URL(fileURLWithPath: $0.path).lastPathComponent }
            #expect(paths.map { $0.split(separator: ".")[0] } == ["2", "9", "10"])
        }
    }

    @Test("floats go into the network as they are: both layouts give the same figures to the bit")
    func layouts() throws {
        let archives = try evaluate(open(fixture("archives")))
        let arrays = try evaluate(open(fixture("arrays")))
        #expect(archives.count == 3)
        for (first, second) in zip(archives, arrays) {
            #expect(first.measures == second.measures)
            #expect(first.constants == second.constants && first.guesses == second.guesses)
            #expect(first.frames == 3 && first.measures.allSatisfy(\.value.isFinite))
        }
    }

    @Test("a float image keeps what 8 bits would round")
    func precision() throws {
        let values = (0..<3 * 64 * 32).map { Float($0 % 997) / 997 }
        let tensor = predictor.preprocess(
            Tensor(shape: [1, 3, 32, 64], elements: values), PredictionOptions())
        #expect(tensor.elements == values)
    }

    @Test("what the model predicts, written and read as PNG, is found to be right")
    func ownMaps() throws {
        for number in [2, 10] {
            let photo = try fixtureBytes("evaluation/archives/\(number).png")
            try Data(photo).write(to: url("maps/sub/\(number).png"))
            for file in try predictor.predict(photo) {
                try Data(file.bytes).write(to: url("maps/sub/\(number).\(file.suffix)"))
            }
        }
        let results = try evaluate(open(folder.url("maps").path))
        #expect(results.map(\.frames) == [2, 2, 2])
        let measures = Dictionary(
            uniqueKeysWithValues: results.flatMap(\.measures).map { ($0.key, $0.value) })
        #expect(measures["pixel_accuracy"] == 1 && measures["mean_iou"] == 1)
        // Half a millimetre, and half a step of 8 bits in each component.
        #expect(try #require(measures["absolute_error"]) <= 0.000501)
        #expect(try #require(measures["mean_angle"]) < 0.4)
        #expect(measures["within_11.25"] == 1)
    }

    @Test("the truth of one task is enough, and tasks without any are left out")
    func someTasks() throws {
        let results = try evaluate(open(copy("arrays") { $0.contains("normal") || $0 == "val/label/9.npy" }))
        #expect(results.map(\.task.name) == ["segmentation", "depth"])
        #expect(results.map(\.frames) == [2, 3])
    }

    @Test("labels of Cityscapes are taken from the folder for the model's classes")
    func labelFolders() throws {
        let path = try copy("arrays") { $0.contains("normal") }
        try FileManager.default.moveItem(
            atPath: "\(path)/val/label", toPath: "\(path)/val/label_13")
        #expect(try evaluate(open(path)).first?.frames == 3)
    }

    @Test("files that do not fit are refused by name, with what was expected")
    func misfits() throws {
        let path = try copy("arrays")
        func reason(_ file: String, _ tensor: Tensor) throws -> String {
            let place = URL(fileURLWithPath: "\(path)/val/\(file)/2.npy")
            let original = try Data(contentsOf: place)
            try Data(NPYEncoder.encode(tensor)).write(to: place)
            defer { try? original.write(to: place) }
            do {
                _ = try evaluate(open(path))
                return ""
            } catch { return "\(error)" }
        }
        let shape = try reason("normal", Tensor(zeros: [32, 64, 2]))
        #expect(
            shape.contains("val/normal/2.npy: expected normals of the shape [H, W, 3], found [32, 64, 2]"))
        let size = try reason("depth", Tensor(zeros: [16, 64]))
        #expect(size.contains("expected depth of the image's size 64x32, found 64x16"))
        let half = Tensor(shape: [32, 64], elements: [Float](repeating: 0.5, count: 2048))
        #expect(
            try reason("label", half).contains("label/2.npy: expected whole numbers as class ids, found 0.5"))
        let bytes = Tensor(shape: [32, 64, 3], elements: [Float](repeating: 200, count: 3 * 2048))
        #expect(try reason("image", bytes).contains("expected values from 0 to 1, found others"))
    }

    @Test("maps with other channels, units, axes or scales are refused by name")
    func foreignMaps() throws {
        try Data(fixtureBytes("evaluation/archives/2.png")).write(to: url("maps/2.png"))
        let size = PixelSize(width: 64, height: 32)
        func reason(_ task: String, _ bytes: [UInt8]) throws -> String {
            let place = try url("maps/2.\(task).png")
            try Data(bytes).write(to: place)
            defer { try? FileManager.default.removeItem(at: place) }
            do {
                _ = try evaluate(open(folder.url("maps").path))
                return ""
            } catch { return "\(error)" }
        }
        let encoder = PNGEncoder()
        let color = try encoder.encode(Image(size: size, pixels: [UInt8](repeating: 9, count: 3 * 2048)))
        #expect(
            try reason("segmentation", color).contains("2.segmentation.png: expected a palette or grey PNG"))
        #expect(try reason("depth", color).contains("expected a 16-bit grey PNG, found 3 channels of 8 bits"))
        func depth(_ text: PNGText) throws -> [UInt8] {
            try encoder.encodeGrey16(size: size, text: [text]) { _, row in row.update(repeating: 500) }
        }
        #expect(
            try reason("depth", depth(PNGText("Unit", "inverse depth"))).contains("expected the text Unit"))
        #expect(
            try reason("depth", depth(PNGText("Scale", "-3"))).contains("a positive number in the text Scale")
        )
        #expect(try reason("depth", depth(PNGText("Scale", "100"))).isEmpty)
        let axes = try encoder.encodeRGB(size: size, text: [PNGText("Axes", "up, down, ✓")]) { _, row in
            row.update(repeating: 7)
        }
        #expect(try reason("normals", axes).contains("found \"up, down, ✓\""))
    }

    @Test("a folder without frames and a missing one say what is expected")
    func nothing() throws {
        let missing = #expect(throws: FileError.self) { try open(folder.url("none").path) }
        #expect(missing?.reason == "expected a folder with images and truth, found nothing")
        let model = #expect(throws: FileError.self) { try open(folder.path) }
        #expect(model?.reason.contains("photos N.png or N.jpg beside N.npz or N.segmentation.png") == true)
    }
}
