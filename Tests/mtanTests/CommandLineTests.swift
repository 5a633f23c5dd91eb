import Foundation
import Images
import TestSupport
import Testing

private let model = fixtureURL("networks/narrow.pth").path

@Suite("mtan predict", .serialized)
struct PredictCommandTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        try FileManager.default.createDirectory(
            at: folder.url("photos/sub"), withIntermediateDirectories: true)
        try photo(seed: 1).write(to: folder.url("photos/one.png"))
        try photo(seed: 2).write(to: folder.url("photos/sub/two.png"))
    }

    private func photo(seed: UInt64) throws -> Data {
        var random = SplitMix64(seed: seed)
        let pixels = (0..<3 * 80 * 60).map { _ in UInt8.random(in: 0...255, using: &random) }
        return Data(try PNGEncoder().encode(Image(size: PixelSize(width: 80, height: 60), pixels: pixels)))
    }

    private func contents(_ folder: String) throws -> [String: Data] {
        let base = self.folder.url(folder)
        let names = FileManager.default.enumerator(atPath: base.path)?.compactMap { $0 as? String } ?? []
        var contents: [String: Data] = [:]
        for name in names {
            if let data = try? Data(contentsOf: base.appendingPathComponent(name)) { contents[name] = data }
        }
        return contents
    }

    @Test("a folder is searched to the bottom and its structure kept")
    func folderInput() throws {
        let run = try CommandRun("predict", "photos", "-o", "out", "-m", model, in: folder.path)
        #expect(run.status == 0, "\(run.errors)")
        #expect(
            try Set(contents("out").keys) == [
                "one.segmentation.png", "one.depth.png", "one.normals.png", "sub/two.segmentation.png",
                "sub/two.depth.png", "sub/two.normals.png",
            ])
        #expect(run.errors.contains("2 photos"))
        #expect(run.errors.contains("1/2 photos/one.png\n"))
    }

    @Test("one photo gives the same bytes as a file, in a folder, by a pattern and for two thread counts")
    func sameBytes() throws {
        let variants = [
            ["photos/one.png", "-o", "a", "-t", "1"], ["photos/one.png", "-o", "b", "-t", "2"],
            ["photos", "-o", "c", "-t", "3"], ["photos/*.png", "-o", "d"],
        ]
        for variant in variants {
            let run = try CommandRun(arguments: ["predict", "-m", model] + variant, in: folder.path)
            #expect(run.status == 0, "\(run.errors)")
        }
        let expected = try contents("a")
        #expect(expected.count == 3)
        for other in ["b", "c", "d"] {
            let found = try contents(other)
            #expect(expected.allSatisfy { found[$0.key] == $0.value }, "\(other)")
        }
    }

    @Test("a bad photo is reported with its reason, the others are done, and the exit code is 65")
    func badPhoto() throws {
        try Data("GIF89a".utf8).write(to: folder.url("photos/bad.gif"))
        try photo(seed: 3).prefix(900).write(to: folder.url("photos/cut.png"))
        let run = try CommandRun("predict", "photos", "-o", "out", "-m", model, in: folder.path)
        #expect(run.status == 65)
        #expect(run.errors.contains("2 inputs failed:"))
        #expect(run.errors.contains("photos/bad.gif: expected a PNG, JPEG, WebP or TIFF image"))
        #expect(run.errors.contains("photos/cut.png: expected a whole PNG file"))
        #expect(try contents("out").count == 6)
    }

    @Test("outputs beside the photos are not taken for photos the next time")
    func inPlace() throws {
        for _ in 0..<2 {
            let run = try CommandRun("predict", "photos", "-o", "photos", "-m", model, in: folder.path)
            #expect(run.status == 0, "\(run.errors)")
        }
        #expect(try contents("photos").count == 2 + 6)
    }

    @Test("pictures for people and the network's own floats are written when asked for")
    func views() throws {
        let run = try CommandRun(
            "predict", "photos/one.png", "-o", "out", "-m", model, "--view", "color,npy", "--size", "model",
            "--resize", "stretch", in: folder.path)
        #expect(run.status == 0, "\(run.errors)")
        let files = try contents("out")
        #expect(files.count == 6)
        let color = try #require(files["one.depth.color.png"])
        #expect(try ImageDecoder().header(of: [UInt8](color)).size == PixelSize(width: 384, height: 288))
        #expect(try #require(files["one.normals.npy"]).count == 128 + 4 * 3 * 288 * 384)
    }

    @Test("a photo that is missing, a pipe and one above the limits are reported, each in its way")
    func unreadable() throws {
        mkfifo(folder.url("pipe.png").path, 0o600)
        let run = try CommandRun(
            "predict", "none.png", "pipe.png", "photos/one.png", "-o", "out", "-m", model, "--max-side", "64",
            in: folder.path)
        #expect(run.status == 65)
        #expect(run.errors.contains("none.png: No such file"))
        #expect(run.errors.contains("pipe.png: expected a file, found a pipe"))
        #expect(run.errors.contains("one.png: expected sides of at most 64 pixels, found 80"))
    }

    @Test("nothing to do, wrong options and a wrong view are usage errors, exit code 64")
    func usage() throws {
        try FileManager.default.createDirectory(at: folder.url("empty"), withIntermediateDirectories: true)
        #expect(try CommandRun("predict", "empty", "-o", "out", "-m", model, in: folder.path).status == 64)
        #expect(try CommandRun("predict", "photos", "-m", model, in: folder.path).status == 64)
        #expect(
            try CommandRun("predict", "photos", "-o", "x", "--view", "data,", in: folder.path).status == 64)
        #expect(try CommandRun("predict", "photos", "-o", "x", "-t", "0", in: folder.path).status == 64)
    }

    @Test("an unusable model is exit code 78, and an output folder that cannot be made 73")
    func otherCodes() throws {
        let noModel = try CommandRun("predict", "photos", "-o", "out", "-m", "none.pth", in: folder.path)
        #expect(noModel.status == 78 && noModel.errors.contains("none.pth: no such file"))
        let noFolder = try CommandRun(
            "predict", "photos", "-o", "photos/one.png/x", "-m", model, in: folder.path)
        #expect(noFolder.status == 73 && noFolder.errors.contains("photos/one.png"))
    }

    @Test("a PNG file that was not made here is not replaced")
    func foreignFile() throws {
        let own = try photo(seed: 9)
        try own.write(to: folder.url("photos/one.depth.png"))
        let run = try CommandRun("predict", "photos/one.png", "-o", "photos", "-m", model, in: folder.path)
        #expect(run.status == 65)
        #expect(run.errors.contains("one.depth.png: is there already and was not made by mtan"))
        #expect(try Data(contentsOf: folder.url("photos/one.depth.png")) == own)
    }

    @Test("maps of any earlier run beside the photos are not taken for photos")
    func earlierViews() throws {
        let first = try CommandRun(
            "predict", "photos", "-o", "photos", "-m", model, "--view", "data,color", in: folder.path)
        #expect(first.status == 0)
        try photo(seed: 4).write(to: folder.url("photos/one.jpg"))
        let second = try CommandRun("predict", "photos", "-o", "out", "-m", model, in: folder.path)
        #expect(second.status == 0, "\(second.errors)")
        #expect(second.errors.contains("3 photos"))
    }

    @Test("a linked folder is searched when it is named, links to folders inside are not followed")
    func links() throws {
        try FileManager.default.createSymbolicLink(
            at: folder.url("linked"), withDestinationURL: folder.url("photos"))
        try FileManager.default.createSymbolicLink(
            at: folder.url("photos/loop"), withDestinationURL: folder.url("photos"))
        let run = try CommandRun("predict", "linked", "-o", "out", "-m", model, in: folder.path)
        #expect(run.status == 0 && run.errors.contains("2 photos"), "\(run.errors)")
    }

    @Test("one photo that cannot be written does not keep the others from it")
    func unwritable() throws {
        let name = String(repeating: "x", count: 245)
        try photo(seed: 5).write(to: folder.url("photos/\(name).png"))
        let run = try CommandRun("predict", "photos", "-o", "out", "-m", model, in: folder.path)
        #expect(run.status == 65)
        #expect(run.errors.contains("File name too long"))
        #expect(try contents("out").count == 6)
    }

    @Test("two spellings of one letter give two photos and their maps")
    func spellings() throws {
        for name in ["caf\u{e9}.png", "cafe\u{301}.png"] {
            try photo(seed: 6).write(to: folder.url("photos/sub/\(name)"))
        }
        let run = try CommandRun("predict", "photos/sub", "-o", "out", "-m", model, in: folder.path)
        #expect(run.status == 0 && run.errors.contains("3 photos"), "\(run.errors)")
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url("out").path).count == 9)
    }

    @Test("no temporary file is left behind")
    func noLitter() throws {
        _ = try CommandRun("predict", "photos", "-o", "out", "-m", model, "--sync", in: folder.path)
        #expect(folder.files().allSatisfy { !$0.contains(".tmp") })
    }
}

@Suite("mtan inspect and convert", .serialized)
struct ModelCommandTests {
    @Test("inspect shows the architecture, the tasks, the cost and how many tensors were read")
    func inspect() throws {
        let run = try CommandRun("inspect", model)
        #expect(run.status == 0)
        for text in ["PyTorch, zip format", "segnet-mtan, filters 4 6 10 14 14", "13 classes", "GMAC", "MiB"]
        {
            #expect(run.output.contains(text), "\(text)")
        }
        #expect(run.output.contains("588 tensors, none missing"))
    }

    @Test("inspect of what is no checkpoint names the file and ends with 78")
    func inspectUnusable() throws {
        let run = try CommandRun("inspect", fixtureURL("networks/make_networks.py").path)
        #expect(run.status == 78)
        #expect(run.errors.contains("make_networks.py"))
    }

    @Test("a converted model predicts what its checkpoint predicts, in float32 to the bit")
    func convert() throws {
        let folder = try TemporaryFolder()
        let photo = try PNGEncoder().encode(
            Image(size: PixelSize(width: 64, height: 64), pixels: (0..<3 * 64 * 64).map { UInt8($0 % 251) }))
        try Data(photo).write(to: folder.url("photo.png"))
        let convert = try CommandRun(
            "convert", model, "-o", "rooms", "--precision", "float32", in: folder.path)
        #expect(convert.status == 0, "\(convert.errors)")
        #expect(
            try CommandRun("predict", "photo.png", "-o", "a", "-m", model, in: folder.path).status == 0)
        #expect(
            try CommandRun("predict", "photo.png", "-o", "b", "-m", "rooms", in: folder.path).status == 0)
        for name in ["photo.segmentation.png", "photo.depth.png", "photo.normals.png"] {
            let (first, second) = (folder.url("a/\(name)"), folder.url("b/\(name)"))
            #expect(try Data(contentsOf: first) == Data(contentsOf: second))
        }
    }

    @Test("options that could not be read again are refused before anything is written")
    func refusedConversion() throws {
        let folder = try TemporaryFolder()
        for option in [["--name", "my model"], ["--input-size", "300x9999"], ["--range=-inf,inf"]] {
            let run = try CommandRun(arguments: ["convert", model, "-o", "n"] + option, in: folder.path)
            #expect(run.status == 64, "\(option)")
            #expect(folder.files().isEmpty)
        }
    }

    @Test("converting a model directory keeps its range and size")
    func reconversion() throws {
        let folder = try TemporaryFolder()
        let first = try CommandRun("convert", model, "-o", "m", "--range=-1,1", in: folder.path)
        #expect(first.status == 0)
        let second = try CommandRun("convert", "m", "-o", "n", "--precision", "bfloat16", in: folder.path)
        #expect(second.status == 0)
        #expect(try CommandRun("inspect", "n", in: folder.path).output.contains("values -1.0 to 1.0"))
    }

    @Test("convert takes a range and a size, and refuses a name that could not be read again")
    func convertOptions() throws {
        let folder = try TemporaryFolder()
        let good = try CommandRun(
            "convert", model, "-o", "m", "--range=-1,1", "--input-size", "256x128", "--name", "mine",
            in: folder.path)
        #expect(good.status == 0, "\(good.errors)")
        let inspected = try CommandRun("inspect", "m", in: folder.path)
        #expect(inspected.output.contains("256x128, values -1.0 to 1.0"))
        let bad = try CommandRun("convert", model, "-o", "n", "--name", "a/b", in: folder.path)
        #expect(bad.status == 64)
    }
}

@Suite("mtan bench")
struct BenchCommandTests {
    @Test("every thread count is measured, and JSON has the runs and the layers")
    func json() throws {
        let run = try CommandRun("bench", "-m", model, "-t", "1,2", "-r", "2", "--size", "64x32", "--json")
        #expect(run.status == 0, "\(run.errors)")
        let report = try #require(
            JSONSerialization.jsonObject(with: Data(run.output.utf8)) as? [String: Any])
        let results = try #require(report["results"] as? [[String: Any]])
        let measurements = results.compactMap { $0["measurement"] as? [String: Any] }
        #expect(measurements.compactMap { $0["threads"] as? Int } == [1, 2])
        #expect(measurements.allSatisfy { ($0["milliseconds"] as? [Double])?.count == 2 })
        let layers = try #require(results[0]["layers"] as? [[String: Any]])
        #expect(layers.contains { $0["label"] as? String == "encoder_block.0.0" })
    }

    @Test("the table shows layers when asked, and a size that does not fit is refused")
    func table() throws {
        let run = try CommandRun("bench", "-m", model, "-t", "1", "-r", "1", "--size", "32x32", "--layers")
        #expect(run.output.contains("median ms") && run.output.contains("decoder_att.2.0.0"))
        #expect(try CommandRun("bench", "-m", model, "--size", "33x32").status != 0)
        #expect(try CommandRun("bench", "-m", model, "-t", "0").status == 64)
    }
}
