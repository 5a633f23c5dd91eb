import Foundation
import TestSupport
import Testing

@testable import mtan

@Suite("Where mtan predict writes", .serialized)
struct DestinationTests {
    private let photos: PhotoFolder

    init() throws { photos = try PhotoFolder("one.png", "two.png") }

    @Test("a file is written for one photo, task and view, the same bytes as into a folder")
    func file() throws {
        #expect(try photos.predict("one.png", "-o", "a", "--view", "data,color,npy").status == 0)
        let cases = [
            (["--tasks", "depth"], "new/depth.png", "one.depth.png"),
            (["--tasks", "depth"], "new/depth.png", "one.depth.png"),
            (["--tasks", "normals", "--view", "color"], "PICTURE.PNG", "one.normals.color.png"),
            (["--tasks", "depth", "--view", "npy"], "depth.npy", "one.depth.npy"),
            (["--tasks", "depth", "--view", "npy"], "depth.npy", "one.depth.npy"),
        ]
        for (options, name, expected) in cases {
            let run = try CommandRun(
                arguments: ["predict", "-m", PhotoFolder.model, "one.png", "-o", name] + options,
                in: photos.folder.path)
            #expect(run.status == 0 && run.errors.contains("written to \(name)"), "\(run.errors)")
            #expect(try photos.bytes(name) == photos.bytes("a/\(expected)"))
        }
        #expect(photos.folder.files().allSatisfy { !$0.contains(".tmp") })
    }

    @Test("a PNG or NumPy file that mtan did not make is not replaced, and the exit code is 73")
    func foreign() throws {
        try Data("\u{93}NUMPY of somebody else".utf8).write(to: photos.folder.url("own.npy"))
        for (name, view) in [("two.png", "data"), ("own.npy", "npy")] {
            let own = try photos.bytes(name)
            let run = try photos.predict("one.png", "-o", name, "--tasks", "depth", "--view", view)
            #expect(run.status == 73)
            #expect(
                run.errors.contains("\(name): is there already and was not made by mtan; choose another name")
            )
            #expect(try photos.bytes(name) == own)
        }
    }

    @Test(
        "a name that looks like a file where a folder is needed is a usage error that says what to do",
        arguments: [
            (["one.png", "-o", "x.png"], "names one file, found 3 files to write"),
            (["one.png", "two.png", "-o", "x.png", "--tasks", "depth"], "(depth.png of 2 photos)"),
            (["one.png", "-o", "x.npy", "--tasks", "depth"], "expected a name in .png for depth.png"),
            (["one.png", "-o", "x.png", "--tasks", "depth", "--view", "npy"], "expected a name in .npy"),
            (["one.png", "-o", "x.zip"], "or - for standard output"),
            (["one.png", "-o", "y/x.jpg", "--tasks", "depth"], "maps are PNG files, or NumPy files"),
            (["one.png", "-o", "x.JSON"], "name a folder"),
            (["one.png", "-o", ""], "-o: expected a folder, found an empty text"),
        ])
    func refusedNames(arguments: [String], message: String) throws {
        let run = try CommandRun(
            arguments: ["predict", "-m", PhotoFolder.model] + arguments, in: photos.folder.path)
        #expect(run.status == 64 && run.errors.contains(message), "\(run.errors)")
        #expect(photos.folder.files() == ["one.png", "two.png"])
    }

    @Test("a folder may be called as it likes once it is there, or ends in a slash")
    func folders() throws {
        try FileManager.default.createDirectory(
            at: photos.folder.url("maps.png"), withIntermediateDirectories: false)
        for folder in ["maps.png", "new.zip/", "v1.0"] {
            let run = try photos.predict("one.png", "-o", folder, "--tasks", "depth")
            #expect(run.status == 0, "\(run.errors)")
            #expect(photos.folder.files().contains("\(folder.replacing("/", with: ""))/one.depth.png"))
        }
    }

    @Test("a file where a folder is meant is an error that says so, and stays")
    func existingFile() throws {
        try Data("hello".utf8).write(to: photos.folder.url("notes"))
        let run = try photos.predict("one.png", "-o", "notes")
        #expect(
            run.status == 73 && run.errors.contains("notes: expected a folder to write to"), "\(run.errors)")
        #expect(try photos.bytes("notes") == Array("hello".utf8))
    }

    @Test("endings are found after the last dot of the last part, in any case")
    func endings() {
        #expect("a/b.PNG".fileExtension == "png" && "a.b/c".fileExtension == nil)
        #expect(
            ".png".fileExtension == nil && "a.tar.gz".fileExtension == "gz"
                && "a.".fileExtension?.isEmpty == true)
    }
}

@Suite("mtan predict and what it is told", .serialized)
struct PredictInputTests {
    private let photos: PhotoFolder

    init() throws { photos = try PhotoFolder("photos/one.png") }

    @Test("only the tasks that are asked for are written, and an unknown one is a usage error with all names")
    func tasks() throws {
        let run = try photos.predict("photos", "-o", "out", "--tasks", "depth,normals")
        #expect(run.status == 0, "\(run.errors)")
        #expect(
            photos.folder.files() == ["out/one.depth.png", "out/one.normals.png", "photos/one.png"])
        let unknown = try photos.predict("photos", "-o", "out", "--tasks", "depth,pose")
        #expect(unknown.status == 64)
        #expect(
            unknown.errors.contains(
                "--tasks: expected some of segmentation,depth,normals, with commas, found \"pose\""))
    }

    @Test(
        "a URL is refused with the command that fetches it",
        arguments: [
            ("https://example.org/a.jpg", "`curl -L 'https://example.org/a.jpg' | mtan predict - -o out`"),
            ("HTTP://example.org/a", "`curl -L 'HTTP://example.org/a' | mtan predict - -o out`"),
            ("s3://bucket/a.jpg", "`aws s3 cp 's3://bucket/a.jpg' - | mtan predict - -o out`"),
            ("gs://bucket/a.jpg", "`gcloud storage cat 'gs://bucket/a.jpg' | mtan predict - -o out`"),
            ("file:///tmp/a%20b.jpg", "give the path, /tmp/a b.jpg"),
            ("hdfs://a/b", "fetch it first"),
        ])
    func urls(url: String, way: String) throws {
        let run = try photos.predict(url, "-o", "out")
        #expect(run.status == 64 && run.errors.contains(way), "\(run.errors)")
        #expect(photos.folder.files() == ["photos/one.png"])
        let output = try photos.predict("photos", "-o", url)
        #expect(output.status == 64 && output.errors.contains("-o takes a path"), "\(output.errors)")
    }

    @Test("a folder of nothing but maps of an earlier run says so")
    func onlyMaps() throws {
        #expect(try photos.predict("photos", "-o", "maps").status == 0)
        let run = try photos.predict("maps", "-o", "out")
        #expect(run.status == 64)
        #expect(
            run.errors.contains(
                "only maps that mtan wrote earlier in maps; give the folder of the photos"), "\(run.errors)")
    }

    @Test("names that turn the direction of writing or hold control characters are shown escaped")
    func hostileNames() throws {
        try photos.add("photos/a\u{202e}gnp.png")
        try Data("GIF89a".utf8).write(to: photos.folder.url("photos/b\u{1b}[2J\n.gif"))
        let run = try photos.predict("photos", "-o", "out\u{2066}")
        #expect(run.status == 65)
        #expect(run.errors.contains("photos/a\\u{202e}gnp.png\n"), "\(run.errors)")
        #expect(run.errors.contains("  photos/b\\u{1b}[2J\\u{a}.gif: expected a PNG, JPEG"))
        #expect(run.errors.contains("written to out\\u{2066}"))
        #expect(
            run.errors.unicodeScalars.allSatisfy { $0 == "\n" || $0.properties.generalCategory != .control })
        #expect(!run.errors.unicodeScalars.contains { $0.properties.isBidiControl })
    }

    @Test("a photo whose name is not UTF-8 is predicted, named itself, in a folder and by a pattern")
    func rawNames() throws {
        let line = """
            mv photos/one.png $'photos/caf\\xe9.png'; for input in $'photos/caf\\xe9.png' photos 'photos/*'; do
            mtan predict -m "$MODEL" "$input" -o out --tasks depth || exit 1
            cmp $'out/caf\\xe9.depth.png' $'out/caf\\xe9.depth.png' || exit 1; rm -r out; done
            """
        let run = try photos.run(line)
        #expect(run.status == 0, "\(run.output)")
        #expect(run.output.contains("1/1 photos/caf\\xe9.png\n"), "\(run.output)")
        let missing = try photos.run("mtan predict -m \"$MODEL\" $'x\\xff.png' -o out")
        #expect(missing.output.contains("  x\\xff.png: No such file"), "\(missing.output)")
    }

    @Test("the network's size is what is asked for, and what it cannot take is refused with the nearest")
    func inputSize() throws {
        let run = try photos.predict(
            "photos", "-o", "out", "--tasks", "depth", "--size", "model", "--view", "npy", "--input-size",
            "96x64")
        #expect(run.status == 0, "\(run.errors)")
        #expect(try photos.bytes("out/one.depth.npy").count == 128 + 4 * 96 * 64)
        let area = try photos.predict(
            "photos", "-o", "out", "--tasks", "depth", "--view", "npy", "--input-area", "12288")
        #expect(area.status == 0, "\(area.errors)")
        #expect(try photos.bytes("out/one.depth.npy").count == 128 + 4 * 128 * 96)
        for (options, message) in [
            (["--input-size", "400x300"], "found 400x300; the nearest is 416x288"),
            (["--input-size", "8x8"], "--input-size: expected WIDTHxHEIGHT with sides of 32 to 4096"),
            (["--input-area", "9"], "--input-area: expected 1024 to 16777216 pixels"),
            (["--input-area", "9999", "--input-size", "64x64"], "exclude each other"),
            (["--input-area", "9999", "--resize", "stretch"], "excludes --resize stretch"),
        ] {
            for command in [
                ["predict", "photos", "-o", "no", "-m", PhotoFolder.model],
                ["evaluate", PhotoFolder.model, "photos"],
            ] {
                let run = try CommandRun(arguments: command + options, in: photos.folder.path)
                #expect(run.status == 64 && run.errors.contains(message), "\(command) \(run.errors)")
            }
        }
    }

    @Test("depth that 16 bits cannot hold is counted in a warning, and fits with a scale or auto")
    func depthScale() throws {
        let clipped = try photos.predict("photos", "-o", "a", "--tasks", "depth", "--depth-scale", "1e9")
        #expect(clipped.status == 0)
        #expect(clipped.errors.contains("mtan: photos/one.png: depth: "), "\(clipped.errors)")
        #expect(
            clipped.errors.contains("largest depth at scale 1000000000, and written as that"),
            "\(clipped.errors)")
        let quiet = try photos.predict("photos", "-o", "a", "--tasks", "depth", "--depth-scale", "1e9", "-q")
        #expect(!quiet.errors.contains("depth: "), "\(quiet.errors)")
        let auto = try photos.predict("photos", "-o", "b", "--tasks", "depth", "--depth-scale", "auto")
        #expect(auto.status == 0 && !auto.errors.contains("largest depth"), "\(auto.errors)")
        #expect(try photos.predict("photos", "-o", "c", "--depth-scale", "0").status == 64)
    }
}
