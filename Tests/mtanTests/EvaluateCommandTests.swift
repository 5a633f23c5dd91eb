import Foundation
import Images
import TestSupport
import Testing

private let model = fixtureURL("networks/narrow.pth").path

@Suite("mtan evaluate", .serialized)
struct EvaluateCommandTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        try FileManager.default.createDirectory(at: folder.url("photos"), withIntermediateDirectories: true)
        for (name, factor) in [("1", 3), ("2", 7)] {
            let pixels = (0..<3 * 80 * 60).map { UInt8(truncatingIfNeeded: $0 / 31 * factor) }
            try Data(PNGEncoder().encode(Image(size: PixelSize(width: 80, height: 60), pixels: pixels)))
                .write(to: folder.url("photos/\(name).png"))
        }
    }

    private func evaluate(_ arguments: String...) throws -> CommandRun {
        try CommandRun(arguments: ["evaluate"] + arguments, in: folder.path)
    }

    /// Makes the model's own maps the truth of the photos.
    private func predict() throws {
        let run = try CommandRun("predict", "photos", "-o", "photos", "-m", model, in: folder.path)
        #expect(run.status == 0, "\(run.errors)")
    }

    /// The cells of a row of the table.
    private func row(_ title: String, of run: CommandRun) -> [Substring]? {
        let line = run.output.split(separator: "\n").first { $0.hasPrefix("\(title) ") }
        return line.map { Array($0.split(separator: " ").dropFirst()) }
    }

    private struct Report: Decodable {
        struct Task: Decodable {
            struct Class: Decodable {
                let label: String
                let iou: Double?
                let share: Double
            }
            struct Constant: Decodable {
                let guesses: [String]
                let measures: [String: Double?]
            }
            let name: String
            let frames: Int
            let measures: [String: Double?]
            let constant: Constant
            let classes: [Class]?
        }
        let frames: Int
        let batch: Int?
        let tasks: [Task]
    }

    @Test("against its own maps a model is right, and better than any constant")
    func ownMaps() throws {
        try predict()
        let run = try evaluate(model, "photos")
        #expect(run.status == 0, "\(run.errors)")
        #expect(run.output.contains("mIoU") && run.output.contains("best constant"), "\(run.output)")
        #expect(run.output.contains("100.00"), "\(run.output)")
        #expect(row("frames", of: run) == ["2", "2", "2"], "\(run.output)")
        #expect(run.errors.contains("1/2 photos/1.png\n") && run.errors.contains("2 photos in"))

        let json = try evaluate(model, "photos", "--json", "-", "--quiet", "--batch", "all")
        #expect(json.status == 0 && json.errors.isEmpty, "\(json.errors)")
        let report = try JSONDecoder().decode(Report.self, from: Data(json.output.utf8))
        #expect(report.frames == 2 && report.batch == nil)
        #expect(report.tasks.map(\.name) == ["segmentation", "depth", "normals"])
        #expect(report.tasks[0].measures["pixel_accuracy"] == 1)
        #expect(report.tasks[0].classes?.count == 13)
        for task in report.tasks { #expect(task.frames == 2 && !task.constant.guesses.isEmpty) }
        let angle = try #require(report.tasks[2].measures["mean_angle"] ?? nil)
        #expect(try angle < #require(report.tasks[2].constant.measures["mean_angle"] ?? nil))
    }

    @Test("the figures are the same for every number of threads, in the table's file too")
    func threads() throws {
        try predict()
        for count in ["1", "3"] {
            #expect(try evaluate(model, "photos", "-t", count, "--json", "\(count).json").status == 0)
        }
        func tasks(_ name: String) throws -> String {
            let text = String(decoding: try Data(contentsOf: folder.url(name)), as: UTF8.self)
            return text.split(separator: "\n").filter { !$0.contains("kernels") }.joined()
        }
        #expect(try tasks("1.json") == tasks("3.json"))
    }

    @Test("a task without truth is left out with a note, and the frames of the others are counted")
    func missingTask() throws {
        try predict()
        for number in 1...2 {
            try FileManager.default.removeItem(at: folder.url("photos/\(number).normals.png"))
        }
        try FileManager.default.removeItem(at: folder.url("photos/1.depth.png"))
        let run = try evaluate(model, "photos")
        #expect(run.status == 0)
        #expect(row("frames", of: run) == ["2", "1"], "\(run.output)")
        #expect(run.errors.contains("no truth for normals in photos"))
        #expect(!run.output.contains("degrees"))
    }

    @Test("a frame that fails is reported with its reason, the others count, and the exit code is 65")
    func badFrame() throws {
        try predict()
        try Data("GIF89a".utf8).write(to: folder.url("photos/2.depth.png"))
        let run = try evaluate(model, "photos")
        #expect(run.status == 65)
        #expect(run.errors.contains("1 input failed and is not in the figures:"))
        #expect(
            run.errors.contains(
                "photos/2.depth.png: expected a PNG, JPEG, WebP or TIFF image, found a GIF file"))
        #expect(run.output.contains("1 frame,"))
    }

    @Test("data sets of NumPy files are read, with frames in batches")
    func arrays() throws {
        let data = fixtureURL("evaluation/arrays").path
        let run = try evaluate(model, data, "--batch", "2")
        #expect(run.status == 0, "\(run.errors)")
        #expect(run.errors.contains("mtan: taking \(data)/val"))
        #expect(run.output.contains("3 frames, means over batches of 2 frames"))
        #expect(run.output.contains("3 resampled, since"))
    }

    @Test("no data set is a usage error, no model 78, and an output that cannot be written 73")
    func codes() throws {
        #expect(try evaluate(model, "photos").status == 64)
        #expect(try evaluate(model, "none").status == 64)
        #expect(try evaluate(model).status == 64)
        #expect(try evaluate(model, "photos", "--batch", "0").status == 64)
        #expect(try evaluate("none.pth", "photos").status == 78)
        try predict()
        let run = try evaluate(model, "photos", "--json", "none/x.json")
        #expect(run.status == 73 && run.errors.contains("none/x.json"))
        #expect(folder.files().allSatisfy { !$0.contains(".tmp") })
    }
}
