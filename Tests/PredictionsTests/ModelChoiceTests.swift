import Foundation
import Networks
import Predictions
import TestSupport
import Testing

@Suite("What a user says about a checkpoint")
struct ModelChoiceTests {
    private let narrow = fixtureURL("networks/narrow.safetensors").path

    private func model(heads: String? = nil, labels: [String] = []) throws -> Model {
        var choices = ModelChoices()
        choices.heads = try heads.map(ModelChoices.heads)
        for argument in labels { try choices.readLabels(argument) }
        return try Model(path: narrow, choices: choices)
    }

    @Test("heads get the names, kinds and units that are said, and nothing about them is a guess")
    func heads() throws {
        let model = try model(heads: "parts:segmentation,near:inverse-depth,material:segmentation")
        #expect(model.description.tasks.map(\.name) == ["parts", "near", "material"])
        #expect(model.description.tasks.map(\.kind) == [.segmentation, .depth, .segmentation])
        guard case .depth(.inverse, 10000) = model.description.tasks[1].output else {
            Issue.record("\(model.description.tasks[1].output)")
            return
        }
        guard case .segmentation(["class 0", "class 1", "class 2"], _) = model.description.tasks[2].output
        else {
            Issue.record("\(model.description.tasks[2].output)")
            return
        }
        #expect(model.guesses.contains { $0.contains("13 classes of NYUv2") })
        #expect(!model.guesses.contains { $0.contains("depth") || $0.contains("normals") })
    }

    @Test("without a word every meaning is listed as a guess")
    func guesses() throws {
        let guesses = try model().guesses
        #expect(guesses.count == 4)
        #expect(guesses[0].contains("output 1 (13 channels): segmentation"))
        #expect(guesses[1].contains("output 2 (1 channel): depth in metres"))
        #expect(guesses[2].contains("output 3 (3 channels): normals"))
        #expect(guesses[3].contains("0...1"))
    }

    @Test(
        "heads in another number than there are, or that cannot be of their kind, are refused with the channels"
    )
    func wrongHeads() throws {
        let few = try #require(throws: ModelError.self) { try model(heads: "depth:depth") }
        #expect("\(few)".contains("13, 1, 3"))
        #expect(throws: ModelError.self) { try model(heads: "a:depth,b:depth,c:normals") }
    }

    @Test(
        "what is no list of heads is refused with an example",
        arguments: [
            "", "seg", "seg:", "seg:segmentation,", ":depth", "a b:depth", "seg:Segmentation", "d:depth:x",
        ])
    func malformedHeads(text: String) throws {
        let error = try #require(throws: ModelChoiceError.self) { try ModelChoices.heads(text) }
        #expect("\(error)".contains("seg:segmentation,depth:depth,normal:normals"))
    }

    @Test("two heads of one name are refused, since names become those of files")
    func sameNames() {
        #expect(throws: ModelChoiceError.self) { try ModelChoices.heads("a:depth,a:normals") }
    }

    @Test("labels come from lines or a JSON array, for the head of their number or of a name")
    func labels() throws {
        let folder = try TemporaryFolder()
        let names = (1...13).map { "thing \($0)" }
        let lines = folder.url("labels.txt").path
        try (names.joined(separator: "\n") + "\r\n").write(toFile: lines, atomically: true, encoding: .utf8)
        let json = folder.url("labels.json").path
        try JSONEncoder().encode(names).write(to: URL(fileURLWithPath: json))
        for argument in [lines, json, "segmentation=\(lines)"] {
            let model = try model(labels: [argument])
            guard case .segmentation(names, _) = model.description.tasks[0].output else {
                Issue.record("\(model.description.tasks[0].output)")
                continue
            }
            #expect(model.guesses.first?.contains("NYUv2") == false)
        }
    }

    @Test("labels that fit no head, are given twice or cannot be read are refused")
    func wrongLabels() throws {
        let folder = try TemporaryFolder()
        let file = folder.url("two.txt").path
        try "a\nb\n".write(toFile: file, atomically: true, encoding: .utf8)
        let error = try #require(throws: ModelError.self) { try model(labels: [file]) }
        #expect("\(error)".contains("found 2 labels") && "\(error)".contains("13 classes"))
        #expect(throws: ModelError.self) { try model(labels: ["segmentation=\(file)"]) }
        #expect(throws: ModelChoiceError.self) { try model(labels: [file, file]) }
        #expect(throws: ModelChoiceError.self) { try model(labels: [folder.url("none.txt").path]) }
    }

    @Test("labels without a name that fit two heads are refused, and say nothing about other kinds")
    func ambiguousLabels() throws {
        let folder = try TemporaryFolder()
        let three = folder.url("three.txt").path
        try "a\nb\nc\n".write(toFile: three, atomically: true, encoding: .utf8)
        var choices = ModelChoices()
        choices.heads = try ModelChoices.heads("a:segmentation,d:depth,b:segmentation")
        try choices.readLabels("b=\(three)")
        _ = try Model(path: narrow, choices: choices)
        let plain = try #require(throws: ModelError.self) { try model(labels: [three]) }
        #expect("\(plain)".contains("found 3 labels"))
    }

    @Test("a model directory says it itself, and refuses to be told")
    func directory() throws {
        var choices = ModelChoices()
        choices.weightsKey = "model"
        let error = try #require(throws: ModelError.self) {
            try Model(path: fixtureURL("../../models/mtan-rooms").path, choices: choices)
        }
        #expect("\(error)".contains("model.json"))
    }

    @Test("streets' classes are not given to a head beside normals")
    func indoorClasses() throws {
        let checkpoint = try Model(path: fixtureURL("networks/city.safetensors").path)
        #expect(checkpoint.guesses.first?.contains("7 classes of Cityscapes") == true)
        #expect(checkpoint.guesses.contains { $0.contains("inverse depth") })
    }
}
