import Files
import Foundation
import Images
import TestSupport
import Testing

@Suite("mtan predict with standard input and output", .serialized)
struct StreamTests {
    private let photos: PhotoFolder

    init() throws { photos = try PhotoFolder("one.png", "two.png") }

    @Test("a photo from standard input gives what its file gives, named stdin")
    func input() throws {
        #expect(try photos.predict("one.png", "-o", "a").status == 0)
        let run = try photos.predict("-", "-o", "b", input: "one.png")
        #expect(run.status == 0 && run.errors.contains("1/1 standard input\n"), "\(run.errors)")
        for task in ["segmentation", "depth", "normals"] {
            #expect(try photos.bytes("a/one.\(task).png") == photos.bytes("b/stdin.\(task).png"), "\(task)")
        }
    }

    @Test("a photo may come slowly and in pieces")
    func slowInput() throws {
        let line = """
            (head -c 1 one.png; sleep 0.3; tail -c +2 one.png | head -c 70; sleep 0.3; tail -c +72 one.png) |
            mtan predict -m "$MODEL" - -o - --tasks depth > slow.png && mtan predict -m "$MODEL" one.png -o a
            """
        let run = try photos.run(line)
        #expect(run.status == 0, "\(run.output)")
        #expect(try photos.bytes("slow.png") == photos.bytes("a/one.depth.png"))
    }

    @Test("one task and one view on standard output are that file, and nothing is said beside it")
    func oneFile() throws {
        #expect(try photos.predict("one.png", "-o", "a", "--view", "data,npy").status == 0)
        let depth = try photos.predict("one.png", "-o", "-", "--tasks", "depth")
        #expect(depth.status == 0)
        #expect(try depth.bytes == photos.bytes("a/one.depth.png"))
        #expect(!depth.errors.contains("1/1") && !depth.errors.contains("1 photo"), "\(depth.errors)")
        let array = try photos.predict("one.png", "-o", "-", "--tasks", "normals", "--view", "npy")
        #expect(try array.bytes == photos.bytes("a/one.normals.npy"))
    }

    @Test("several maps on standard output are a zip archive of exactly these")
    func archive() throws {
        #expect(try photos.predict("one.png", "-o", "a").status == 0)
        let run = try photos.predict("one.png", "-o", "-", "--tasks", "depth,normals")
        let files = try ["depth.png", "normals.png"].map { ($0, try photos.bytes("a/one.\($0)")) }
        #expect(try run.bytes == ZipWriter(files).parts.flatMap { $0 })
    }

    @Test("a bad photo leaves standard output empty, and the exit code is 65")
    func badPhoto() throws {
        try Data("GIF89a".utf8).write(to: photos.folder.url("bad.gif"))
        let run = try photos.predict("-", "-o", "-", input: "bad.gif")
        #expect(run.status == 65 && run.bytes.isEmpty)
        #expect(run.errors.contains("mtan: 1 input failed:\n  standard input: expected a PNG, JPEG"))
    }

    @Test("more bytes than --max-bytes, and none, are refused")
    func limits() throws {
        try Data(count: 2 << 20).write(to: photos.folder.url("large"))
        let large = try photos.predict("-", "-o", "out", "--max-bytes", "1", input: "large")
        #expect(large.status == 65)
        #expect(
            large.errors.contains(
                "standard input: expected at most 1048576 bytes, found more; raise --max-bytes"))
        let endless = try photos.run("mtan predict -m \"$MODEL\" - -o out --max-bytes 1 < /dev/zero")
        #expect(endless.status == 65 && endless.output.contains("raise --max-bytes"))
        let none = try photos.predict("-", "-o", "out")
        #expect(none.status == 65 && none.errors.contains("found an empty file"), "\(none.errors)")
        let closed = try photos.run("mtan predict -m \"$MODEL\" - -o out <&-")
        #expect(closed.status == 65 && closed.output.contains("standard input: "))
    }

    @Test("standard output that cannot be written is exit code 73, also where it is closed")
    func unwritable() throws {
        let full = try photos.run("mtan predict -m \"$MODEL\" one.png -o - > /dev/full")
        #expect(full.status == 73 && full.output.contains("standard output: No space left on device"))
        let closed = try photos.run("mtan predict -m \"$MODEL\" one.png -o - >&-")
        #expect(
            closed.status == 73 && closed.output.contains("standard output: "), "\(closed.output)")
    }

    @Test("a reader that leaves before it has the whole map ends it quietly with 141")
    func readerGone() throws {
        let line = "{ mtan predict -q -m \"$MODEL\" one.png -o -; echo $? >&3; } 3>code | true; cat code"
        #expect(try photos.run(line).output == "141\n")
    }

    @Test("a signal ends it at once while it waits for a photo on standard input", .timeLimit(.minutes(1)))
    func signalWhileWaiting() throws {
        let line =
            "mkfifo pipe; exec 9<>pipe; timeout --preserve-status -k 20 1 mtan predict -m \"$MODEL\" - -o o <pipe"
        #expect(try photos.run(line).status != 137)
    }

    @Test("a folder called - is not looked into for standard input")
    func dashFolder() throws {
        let run = try photos.run(
            "mkdir ./-; printf GIF89a > ./-/x.gif; mtan predict -q -m \"$MODEL\" - -o o < one.png")
        #expect(run.status == 0 && run.output.isEmpty, "\(run.output)")
    }

    @Test("a scale of depth without a map of depth is wrong usage")
    func scaleWithoutDepth() throws {
        for arguments in [["--tasks", "segmentation"], ["--view", "npy"]] {
            let run = try photos.run(
                "mtan predict -m \"$MODEL\" one.png -o o --depth-scale 100 \(arguments.joined(separator: " "))"
            )
            #expect(run.status == 64 && run.output.contains("--depth-scale"), "\(run.output)")
        }
    }

    @Test("terminals are no places for photos and maps, with the way out")
    func terminals() throws {
        let output = try photos.run(
            "script -qec 'mtan predict one.png -o -' log".replacing(
                "mtan", with: "\(CommandRun.executable.path)"))
        #expect(output.status == 64, "\(output.output)")
        #expect(output.output.contains("standard output is a terminal; redirect it"), "\(output.output)")
        let input = try photos.run(
            "script -qec 'mtan predict - -o out' log".replacing(
                "mtan", with: "\(CommandRun.executable.path)"))
        #expect(
            input.status == 64 && input.output.contains("standard input is a terminal"), "\(input.output)")
    }

    @Test("several photos do not go to standard output, and standard input takes nothing beside it")
    func several() throws {
        let run = try photos.predict("one.png", "two.png", "-o", "-")
        #expect(run.status == 64 && run.bytes.isEmpty)
        #expect(
            run.errors.contains("-o - takes one photo, found 2 photos; give -o a folder"), "\(run.errors)")
        let beside = try photos.predict("-", "one.png", "-o", "out", input: "one.png")
        #expect(beside.status == 64 && beside.errors.contains("for a file of that name give ./-"))
    }
}
