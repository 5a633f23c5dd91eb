import Engine
import Foundation
import Images
import Predictions
import TestSupport
import Testing

@Suite("Ways in which people save checkpoints")
struct WayTests {
    private static func model(_ way: Way) throws -> Model {
        var choices = ModelChoices()
        choices.weightsKey = way.key
        return try Model(path: way.path, choices: choices)
    }

    private static func maps(of model: Model) throws -> [OutputFile] {
        let predictor = try Predictor(model, pool: ThreadPool(threadCount: 1))
        let pixels = (0..<3 * 64 * 96).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 / 97 &* 7) }
        let photo = try PNGEncoder().encode(Image(size: PixelSize(width: 96, height: 64), pixels: pixels))
        var options = PredictionOptions()
        options.views = [.data, .npy]
        return try predictor.predict(photo, options: options)
    }

    /// The maps of the plain state dict.
    private static let plain = Result { try maps(of: Model(path: fixtureURL("ways/plain.pth").path)) }

    @Test("the fixtures are there")
    func fixturesExist() {
        #expect(Way.all.filter(\.loads).count >= 45)
        #expect(Way.all.filter { !$0.loads }.count >= 8)
    }

    @Test("every way that loads gives the maps of the plain state dict, byte for byte", arguments: Way.all)
    func sameMaps(way: Way) throws {
        guard way.loads else { return }
        let model = try Self.model(way)
        #expect(model.weights.wrapper == way.wrapper)
        #expect(model.weights.prefix == way.prefix)
        #expect(try Self.maps(of: model) == Self.plain.get())
        for name in way.classes ?? [] {
            #expect(model.checkpoint.unfamiliarClasses.contains { $0.contains(name) }, "\(name)")
        }
        if way.classes == nil, !way.file.contains("module") {
            #expect(model.checkpoint.unfamiliarClasses.isEmpty)
        }
        let beside = Set(model.neighbours.map(\.name)).subtracting(["logsigma"])
        #expect(beside == Set(way.beside ?? []).subtracting(["logsigma"]))
        if let remark = way.remark {
            #expect(model.checkpoint.remarks.contains { $0.contains(remark) })
        } else {
            #expect(model.checkpoint.remarks.isEmpty)
        }
    }

    @Test("every way that is refused says why", arguments: Way.all)
    func refused(way: Way) throws {
        guard !way.loads else { return }
        let error = try #require(throws: (any Error).self) {
            let model = try Self.model(way)
            #expect(way.when == "predict")
            _ = try Self.maps(of: model)
        }
        for word in way.words ?? [] { #expect("\(error)".contains(word), "\(error)") }
    }

    @Test("docs/checkpoints.md has a row for each way")
    func documented() throws {
        let page = fixtureURL("../../docs/checkpoints.md")
        let text = try String(contentsOf: page, encoding: .utf8)
        for way in Way.all { #expect(text.contains("| `\(way.file)` |"), "\(way)") }
    }

    @Test("a key that names no network lists the places that have one")
    func wrongKey() throws {
        var choices = ModelChoices()
        choices.weightsKey = "swa"
        let error = try #require(throws: ModelError.self) {
            try Model(path: fixtureURL("ways/choice.known.pth").path, choices: choices)
        }
        #expect("\(error)".contains("model, model_ema"))
    }
}
