import Engine
import Images
import TestSupport
import Testing

@testable import Predictions

@Suite("InputSizeRequest")
struct InputSizeRequestTests {
    @Test("an exact size is taken whatever the photo's shape, and an area in the photo's aspect ratio")
    func sizes() throws {
        let exact = try InputSizeRequest(size: "640x352")
        for photo in [PixelSize(width: 10, height: 900), PixelSize(width: 900, height: 10)] {
            #expect(exact.size(for: photo, multiple: 32) == PixelSize(width: 640, height: 352))
        }
        let photo = PixelSize(width: 1600, height: 1200)
        for text in ["307200", "640x480", "480X640"] {
            let size = try InputSizeRequest(area: text).size(for: photo, multiple: 32)
            #expect(size == PixelSize(width: 640, height: 480), "\(text)")
        }
        // An area is what was asked for: it does not grow with the aspect ratio.
        let strip = PixelSize(width: 8000, height: 500)
        let size = try InputSizeRequest(area: "110592").size(for: strip, multiple: 32)
        #expect(size == PixelSize(width: 1344, height: 96))
    }

    @Test(
        "what is no size, or out of bounds, is refused with what was expected",
        arguments: [
            "", "384", "384x", "x288", "384x288x3", "-384x288", "384x31", "4097x32", "9999999999999999999x32",
        ])
    func wrongSizes(text: String) throws {
        let error = try #require(throws: InputSizeError.self) { try InputSizeRequest(size: text) }
        #expect(error.expected == "WIDTHxHEIGHT with sides of 32 to 4096" && error.found == "\"\(text)\"")
    }

    @Test(
        "what is no area, or out of bounds, is refused with what was expected",
        arguments: ["", "0", "-1", "1023", "16777217", "1e6", "31x33", "9223372036854775807x2", "axb"])
    func wrongAreas(text: String) throws {
        let error = try #require(throws: InputSizeError.self) { try InputSizeRequest(area: text) }
        #expect(error.expected == "1024 to 16777216 pixels, as a number or WIDTHxHEIGHT")
    }

    @Test("sides that the network does not take are refused with the nearest that it takes")
    func multiples() throws {
        let error = try #require(throws: InputSizeError.self) {
            try InputSizeRequest(size: "400x300").check(multiple: 32)
        }
        #expect(error.expected.contains("multiples of 32"))
        #expect(error.found == "400x300; the nearest is 416x288")
        try InputSizeRequest(size: "416x288").check(multiple: 32)
        try InputSizeRequest(area: "1111").check(multiple: 32)
    }

    @Test("the network sees the photo at the size that is asked for")
    func predictor() throws {
        let model = try Model(path: fixtureURL("networks/narrow.safetensors").path)
        let predictor = try Predictor(model, pool: ThreadPool(threadCount: 1))
        let image = Image(
            size: PixelSize(width: 90, height: 60), pixels: [UInt8](repeating: 9, count: 3 * 90 * 60))
        var options = PredictionOptions()
        options.inputSize = try InputSizeRequest(size: "96x32")
        #expect(predictor.preprocess(image, options).shape == [1, 3, 32, 96])
        options.inputSize = try InputSizeRequest(area: "6144")
        #expect(predictor.preprocess(image, options).shape == [1, 3, 64, 96])
    }
}

@Suite("TaskSelection")
struct TaskSelectionTests {
    private let model: Model

    init() throws { model = try Model(path: fixtureURL("networks/narrow.safetensors").path) }

    @Test("only the tasks that are asked for are made into maps")
    func maps() throws {
        let predictor = try Predictor(model, pool: ThreadPool(threadCount: 1))
        let photo = try PNGEncoder().encode(
            Image(size: PixelSize(width: 8, height: 8), pixels: [UInt8](repeating: 80, count: 192)))
        let all = try predictor.predict(photo)
        var options = PredictionOptions()
        options.tasks = try TaskSelection(list: "normals,depth,normals", of: model.description)
        let some = try predictor.predict(photo, options: options)
        #expect(some.map(\.suffix) == ["depth.png", "normals.png"])
        #expect(some == all.filter { $0.task != "segmentation" })
        let outputs = try predictor.run(predictor.preprocess(predictor.decode(photo), options))
        let size = PixelSize(width: 8, height: 8)
        #expect(predictor.postprocess(outputs, of: size, options).map(\.task.name) == ["depth", "normals"])
    }

    @Test(
        "a name that is none, or empty, is an error that lists those that are",
        arguments: ["colour", "", "depth,"])
    func unknown(list: String) throws {
        let error = try #require(throws: UnknownTask.self) {
            try TaskSelection(list: list, of: model.description)
        }
        #expect(error.expected == "some of segmentation,depth,normals, with commas")
        #expect(error.name == (list == "colour" ? "colour" : ""))
    }
}
