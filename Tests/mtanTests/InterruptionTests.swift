import Foundation
import TestSupport
import Testing

private let model = fixtureURL("networks/narrow.pth").path

@Suite("Signals during a run", .serialized)
struct InterruptionTests {
    private let folder: TemporaryFolder
    private static let photoCount = 300

    init() throws {
        folder = try TemporaryFolder()
        try FileManager.default.createDirectory(at: folder.url("photos"), withIntermediateDirectories: true)
        for number in 0..<Self.photoCount {
            try makePhoto(number).write(to: folder.url(String(format: "photos/%03d.png", number)))
        }
        try Data("GIF89a".utf8).write(to: folder.url("photos/000.png"))
    }

    /// Sends signals once the third photo is done: the exit code, and what was written to standard error.
    private func run(_ arguments: [String], signals: [Int32]) throws -> (status: Int32, errors: String) {
        let log = folder.url("log")
        _ = FileManager.default.createFile(atPath: log.path, contents: nil)
        let process = Process()
        process.executableURL = CommandRun.executable
        process.arguments = arguments
        process.currentDirectoryURL = URL(fileURLWithPath: folder.path)
        process.standardError = try FileHandle(forWritingTo: log)
        try process.run()
        var errors: String { (try? String(contentsOf: log, encoding: .utf8)) ?? "" }
        while process.isRunning && !errors.contains("3/\(Self.photoCount) ") { usleep(2_000) }
        for signal in signals { kill(process.processIdentifier, signal) }
        process.waitUntilExit()
        #expect(process.terminationReason == .exit)
        return (process.terminationStatus, errors)
    }

    @Test(
        "predict finishes the photo in work, says what failed and how far it came, and leaves no litter",
        arguments: [SIGINT: 130, SIGTERM: 143, SIGHUP: 129])
    func predict(signal: Int32, status: Int32) throws {
        let run = try run(["predict", "photos", "-o", "out", "-m", model], signals: [signal])
        #expect(run.status == status, "\(run.errors)")
        let pattern =
            /1 input failed:\n  photos\/000.png: .*\nmtan: interrupted after (\d+) of 300 photos\n$/
        let match = try #require(run.errors.firstMatch(of: pattern), "\(run.errors)")
        let done = try #require(Int(match.1))
        #expect(done >= 3 && done < Self.photoCount)
        let outputs = folder.files().filter { $0.hasPrefix("out/") }
        #expect(outputs.count == 3 * (done - 1) && outputs.allSatisfy { $0.hasSuffix(".png") })
    }

    @Test("a second signal ends it at once")
    func twice() throws {
        let run = try run(["predict", "photos", "-o", "out", "-m", model], signals: [SIGINT, SIGTERM])
        #expect([130, 143].contains(run.status))
        #expect(!run.errors.contains("interrupted"))
    }

    @Test("evaluate says what failed and how far it came, and writes no figures of a part")
    func evaluate() throws {
        let first = try CommandRun("predict", "photos/001.png", "-o", "maps", "-m", model, in: folder.path)
        #expect(first.status == 0)
        for number in 0..<Self.photoCount {
            try FileManager.default.copyItem(
                at: folder.url("maps/001.segmentation.png"),
                to: folder.url(String(format: "photos/%03d.segmentation.png", number)))
        }
        let run = try run(["evaluate", model, "photos", "--json", "out.json"], signals: [SIGTERM])
        #expect(run.status == 143, "\(run.errors)")
        let pattern =
            /1 input failed.*\n.*\nmtan: interrupted after \d+ of 300 photos; there are no figures\n$/
        #expect(run.errors.contains(pattern), "\(run.errors)")
        #expect(folder.files().allSatisfy { $0.hasPrefix("photos/") || $0.hasPrefix("maps/") || $0 == "log" })
    }

    @Test("a signal that the process was started to ignore stays ignored")
    func ignored() throws {
        let line =
            "trap '' HUP; \(CommandRun.executable.path) predict photos/00?.png -o out -m \(model) & "
            + "until ls out/001.depth.png || ! kill -0 $!; do sleep 0.01; done; kill -HUP $!; wait $!"
        let run = try shell("set +e; { \(line); } >log 2>&1; echo $?", in: folder)
        #expect(run.output == "65\n")
    }
}
