import Foundation
import Predictions
import TestSupport
import Testing

@Suite("Options about a checkpoint", .serialized)
struct CheckpointOptionTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func run(_ arguments: String...) throws -> CommandRun {
        try CommandRun(arguments: arguments, in: folder.path)
    }

    private func way(_ file: String) -> String { fixtureURL("ways/\(file)").path }

    @Test(
        "inspect says where the network is, what is guessed, what is not read, and which classes were not run"
    )
    func inspect() throws {
        let lightning = try run("inspect", way("lightning.ckpt"))
        #expect(lightning.status == 0, "\(lightning.errors)")
        for words in [
            "weights found under state_dict", "prefix model. removed", "epoch: an integer", "AttributeDict",
            "weights_only=True", "output 1 (1 channel): depth in metres", "criterion (1 tensor)",
        ] { #expect(lightning.output.contains(words), "\(words) in \(lightning.output)") }
        let choice = try run("inspect", way("choice.known.pth"))
        #expect(choice.output.contains("other networks, to choose with --weights: model_ema"))
    }

    @Test("predict says once what it guesses, and nothing about heads that are declared")
    func guesses() throws {
        let photo = fixtureURL("../../examples/screen.jpg").path
        let guessed = try run("predict", photo, "-m", way("plain.pth"), "-o", "out")
        #expect(guessed.status == 0, "\(guessed.errors)")
        #expect(guessed.errors.components(separatedBy: "guessed").count == 2)
        #expect(guessed.errors.contains("--heads"))
        let declared = try run(
            "predict", photo, "-m", way("plain.pth"), "--heads", "near:inverse-depth", "-o", "out")
        #expect(declared.status == 0, "\(declared.errors)")
        #expect(!declared.errors.contains("output 1"))
        #expect(folder.files().contains("out/screen.near.png"))
    }

    @Test("what cannot be said of a checkpoint is wrong usage")
    func usage() throws {
        let wrong = [
            ["--heads", "depth"], ["--heads", "a:depth,b:depth"], ["--labels", "none.txt"],
            ["--weights", "ema"],
        ]
        for arguments in wrong {
            let run = try CommandRun(arguments: ["inspect", way("plain.pth")] + arguments, in: folder.path)
            #expect(run.status == (arguments == wrong[0] || arguments == wrong[2] ? 64 : 78), "\(run.errors)")
            #expect(!run.errors.isEmpty)
        }
        let ambiguous = try run("bench", "-m", way("choice.student.pth"), "--runs", "1")
        #expect(ambiguous.status == 78)
        #expect(ambiguous.errors.contains("--weights state_dict.teacher"))
    }

    @Test("convert keeps the chosen network alone, notes where it was, and the directory gives the same maps")
    func convert() throws {
        let photo = fixtureURL("../../examples/screen.jpg").path
        let converted = try run(
            "convert", way("choice.ema.pth"), "--weights", "model_ema", "--precision", "float32", "-o", "made"
        )
        #expect(converted.status == 0, "\(converted.errors)")
        let json = try String(contentsOf: folder.url("made/model.json"), encoding: .utf8)
        #expect(json.contains("\"weights_key\" : \"model_ema\""))
        #expect(json.contains("\"weights\" : \"weights.safetensors\""))
        #expect(try run("predict", photo, "-m", "made", "-o", "a").status == 0)
        #expect(try run("predict", photo, "-m", way("plain.pth"), "-o", "b").status == 0)
        #expect(
            try Data(contentsOf: folder.url("a/screen.depth.png"))
                == Data(contentsOf: folder.url("b/screen.depth.png")))
    }

    @Test("convert replaces neither an edited model.json nor the checkpoint that it reads")
    func convertKeepsFiles() throws {
        #expect(
            try run("convert", way("plain.safetensors"), "-o", "made", "--precision", "float32").status == 0)
        let weights = try Data(contentsOf: folder.url("made/weights.safetensors"))
        for source in ["made/weights.safetensors", way("plain.pth")] {
            let again = try run("convert", source, "-o", "made", "--range=-1,1")
            #expect(again.status == 73 && again.errors.contains("is there already"), "\(again.errors)")
        }
        #expect(try Data(contentsOf: folder.url("made/weights.safetensors")) == weights)
        #expect(try run("convert", way("plain.pth"), "-o", "").status == 64)
    }

    @Test("a model directory may hold the original file, with the place of the network in weights_key")
    func weightsKey() throws {
        try FileManager.default.createDirectory(
            at: folder.url("own"), withIntermediateDirectories: false)
        _ = try run("convert", way("plain.pth"), "-o", "made")
        let json = try String(contentsOf: folder.url("made/model.json"), encoding: .utf8)
        for (key, status) in [("model_ema", 0), ("model", 0), ("swa", 78)] as [(String, Int32)] {
            let own = json.replacing("weights.safetensors", with: "choice.ema.pth")
                .replacing("\"weights\"", with: "\"weights_key\": \"\(key)\", \"weights\"")
            try own.write(to: folder.url("own/model.json"), atomically: true, encoding: .utf8)
            try? FileManager.default.copyItem(
                at: URL(fileURLWithPath: way("choice.ema.pth")), to: folder.url("own/choice.ema.pth"))
            let inspected = try run("inspect", "own")
            #expect(inspected.status == status, "\(key): \(inspected.errors)")
        }
    }
}
