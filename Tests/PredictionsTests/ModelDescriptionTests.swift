import Engine
import Foundation
import Images
import Predictions
import Tensors
import TestSupport
import Testing

@Suite("ModelDescription")
struct ModelDescriptionTests {
    private let json = """
        {"format": 1, "name": "rooms", "architecture": "segnet-mtan", "weights": "weights.safetensors",
         "input": {"height": 288, "width": 384, "range": [-1, 1], "mean": [0, 0, 0], "std": [1, 1, 1]},
         "tasks": [
           {"name": "seg", "kind": "segmentation", "labels": ["a", "b"], "palette": ["#FF0000", "#00ff80"]},
           {"name": "depth", "kind": "depth", "unit": "metric", "png_scale": 500},
           {"name": "normals", "kind": "normals", "axes": ["right", "up", "back"]}]}
        """

    private func decode(_ json: String) throws -> ModelDescription {
        try JSONDecoder().decode(ModelDescription.self, from: Data(json.utf8))
    }

    @Test("every field of model.json is read")
    func fields() throws {
        let model = try decode(json)
        #expect(model.input.size == PixelSize(width: 384, height: 288))
        #expect(model.input.range == -1...1)
        #expect(model.tasks.map(\.name) == ["seg", "depth", "normals"])
        #expect(
            model.tasks[0].output
                == .segmentation(
                    labels: ["a", "b"],
                    palette: [
                        RGBColor(red: 255, green: 0, blue: 0), RGBColor(red: 0, green: 255, blue: 128),
                    ]))
        #expect(model.tasks[1].output == .depth(unit: .metric, scale: 500))
        #expect(model.tasks[2].output == .normals(axes: ["right", "up", "back"]))
    }

    @Test("what is written is read back the same")
    func roundTrip() throws {
        let model = try decode(json)
        let again = try JSONDecoder().decode(ModelDescription.self, from: JSONEncoder().encode(model))
        #expect(again == model)
    }

    @Test(
        "a wrong value is refused with its field, what was expected and what was found",
        arguments: [
            ("\"format\": 1", "\"format\": 2", "format: expected 1, found 2"),
            ("\"name\": \"seg\"", "\"name\": \"../x\"", "tasks[0].name: expected 1 to 64 letters"),
            (
                "\"name\": \"seg\"", "\"name\": \"depth\"",
                "tasks: expected one task or more with different names"
            ),
            ("\"weights.safetensors\"", "\"../../etc/passwd\"", "weights: expected the name of a file"),
            ("\"height\": 288", "\"height\": 1000000", "expected sides of 32 to 4096"),
            ("\"height\": 288", "\"height\": -1", "expected sides of 32 to 4096"),
            ("[-1, 1]", "[1, 1]", "input.range: expected [low, high]"),
            (
                "\"std\": [1, 1, 1]", "\"stdd\": [1, 1, 1]",
                "input.stdd: unknown member; expected height, width"
            ),
            ("\"std\": [1, 1, 1]", "\"std\": [1, 0, 1]", "input.std: expected a mean and a positive std"),
            ("\"#FF0000\", ", "", "tasks[0].palette: expected 2 colours"),
            ("#FF0000", "red", "tasks[0].palette: expected 2 colours"),
            ("[\"a\", \"b\"]", "[]", "tasks[0].labels: expected 1 to 256 labels"),
            ("[\"a\", \"b\"]", "[\"a\\u0000\", \"b\"]", "tasks[0].labels: expected labels without control"),
            ("500", "0", "tasks[1].png_scale: expected a positive number"),
            ("500", "1e300", "tasks[1].png_scale: expected a positive number"),
            ("\"metric\"", "\"feet\"", "tasks[1].unit"),
            ("\"kind\": \"normals\"", "\"kind\": \"flow\"", "tasks[2].kind"),
            ("\"right\", ", "", "tasks[2].axes: expected 3 names without control characters, found 2"),
            ("\"architecture\": \"segnet-mtan\", ", "", "architecture: expected a value, found none"),
            ("{\"format\"", "{{", "the file"),
        ])
    func refusals(original: String, replacement: String, message: String) throws {
        let folder = try TemporaryFolder()
        let text = json.replacingOccurrences(of: original, with: replacement)
        #expect(text != json)
        try Data(text.utf8).write(to: folder.url("model.json"))
        let error = #expect(throws: ModelError.self) { try Model(path: folder.path) }
        let description = "\(try #require(error))"
        #expect(description.contains(message) && description.contains("model.json"), "\(description)")
    }
}

@Suite("Model")
struct ModelTests {
    @Test("a bare checkpoint with 13 classes gets the conventions of NYUv2")
    func nyuDefaults() throws {
        let model = try Model(path: fixtureURL("networks/narrow.pth").path)
        #expect(model.description.name == "narrow")
        #expect(model.description.input == InputDescription(size: PixelSize(width: 384, height: 288)))
        guard case .segmentation(let labels, _) = model.description.tasks[0].output else {
            Issue.record("no segmentation")
            return
        }
        #expect(labels.count == 13 && labels[0] == "bed" && labels[12] == "window")
        #expect(model.description.tasks[1].output == .depth(unit: .metric, scale: 1000))
        #expect(model.description.tasks[2].output == .normals(axes: ["right", "into the scene", "up"]))
    }

    @Test("a bare checkpoint with 7 classes and no normals gets those of Cityscapes")
    func cityscapesDefaults() throws {
        let model = try Model(path: fixtureURL("networks/city.legacy.pth").path)
        #expect(model.description.input.size == PixelSize(width: 256, height: 128))
        #expect(model.description.tasks[1].output == .depth(unit: .inverse, scale: 10000))
    }

    @Test("a missing path, a folder without model.json and weights of another kind are errors that say so")
    func unusable() throws {
        let folder = try TemporaryFolder()
        #expect(
            "\(try #require(throws: ModelError.self) { try Model(path: folder.path + "/no") })".contains(
                "no such"))
        #expect(
            "\(try #require(throws: ModelError.self) { try Model(path: folder.path) })".contains(
                "neither a model.json nor a checkpoint"))
        let other = fixtureURL("networks/narrow.expected.safetensors").path
        #expect(
            "\(try #require(throws: ModelError.self) { try Model(path: other) })".contains("no known network")
        )
    }

    /// A model directory with a fixture's weights and a changed description.
    private func directory(
        _ fixture: String, change: (inout ModelDescription) -> Void
    ) throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        let weights = fixtureURL("networks/\(fixture)")
        var description = try Model(path: weights.path).description
        description.weights = "weights.safetensors"
        change(&description)
        try JSONEncoder().encode(description).write(to: folder.url("model.json"))
        try FileManager.default.copyItem(at: weights, to: folder.url("weights.safetensors"))
        return folder
    }

    @Test("a description of fewer tasks or other classes than the weights have is refused")
    func mismatch() throws {
        let fewer = try directory("city.safetensors") { $0.tasks.removeLast() }
        let first = try #require(throws: ModelError.self) { try Model(path: fewer.path) }
        #expect("\(first)".contains("expected 1 head, as declared, found 2"))
        let other = try directory("city.safetensors") {
            $0.tasks[0].output = .segmentation(labels: ["a"], palette: [.black])
        }
        let second = try #require(throws: ModelError.self) { try Model(path: other.path) }
        #expect("\(second)".contains("tasks: expected"))
    }

    @Test(
        "a head of three channels is what the description says: classes get probabilities, not unit vectors")
    func describedKind() throws {
        let folder = try directory("narrow.safetensors") {
            $0.tasks[2] = TaskDescription(
                name: "layout",
                output: .segmentation(labels: ["a", "b", "c"], palette: [.black, .white, .black]))
        }
        let model = try Model(path: folder.path)
        #expect(model.network.heads[2].kind == .segmentation)
        let predictor = try Predictor(model, pool: ThreadPool(threadCount: 1))
        let output = try predictor.run(Tensor(zeros: [1, 3, 32, 32]))[2]
        let total = (0..<3).map { exp(Double(output.elements[$0 * 32 * 32])) }.reduce(0, +)
        #expect(abs(total - 1) < 1e-5)
    }
}
