import Foundation
import Images
import TestSupport
import Testing

private let model = fixtureURL("networks/narrow.pth").path

@Suite("Standard streams that are closed, full, or not read", .serialized)
struct StandardStreamTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        try FileManager.default.createSymbolicLink(
            at: folder.url("mtan"), withDestinationURL: CommandRun.executable)
        try FileManager.default.createDirectory(at: folder.url("photos"), withIntermediateDirectories: true)
        for number in 1...2 { try makePhoto(number).write(to: folder.url("photos/\(number).png")) }
    }

    private func outputs(_ name: String) throws -> [String: Data] {
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.url(name).path)
        let pairs = try names.map { ($0, try Data(contentsOf: folder.url("\(name)/\($0)"))) }
        return Dictionary(uniqueKeysWithValues: pairs)
    }

    /// Inputs that are not there, and whose report is larger than a pipe and the queue together.
    private var missingInputs: [String] {
        (0..<5_000).map { "none/\($0)-\(String(repeating: "x", count: 100))" }
    }

    @Test(
        "with descriptors that are closed from the start, outputs are the same bytes",
        arguments: ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
    func closed(redirection: String) throws {
        #expect(try CommandRun("predict", "photos", "-o", "open", "-m", model, in: folder.path).status == 0)
        let run = try shell("./mtan predict photos -o closed -m \(model) \(redirection)", in: folder)
        #expect(run.status == 0, "\(run.output)")
        let expected = try outputs("open")
        #expect(try expected.count == 6 && outputs("closed") == expected)
    }

    @Test("a standard error without space or reader changes neither outputs nor exit codes")
    func fullErrors() throws {
        #expect(try CommandRun("predict", "photos", "-o", "fine", "-m", model, in: folder.path).status == 0)
        try Data("GIF89a".utf8).write(to: folder.url("photos/bad.png"))
        for (command, status) in [
            ("predict photos -o OUT -m \(model)", 65), ("predict photos -o OUT -m none.pth", 78),
            ("predict photos", 64), ("--nonsense", 64), ("serve --port 70000", 64),
            ("health http://127.0.0.1:1", 69),
        ] {
            for (number, line) in [
                "./mtan \(command) 2>/dev/full >/dev/full; echo $?",
                "{ sleep 0.3; ./mtan \(command) 2>&1; echo $? >&3; } 3>code | true; cat code",
            ].enumerated() {
                let run = try shell("set +e; \(line.replacing("OUT", with: "out\(number)"))", in: folder)
                #expect(run.output == "\(status)\n", "\(line)")
            }
        }
        #expect(try outputs("out0") == outputs("fine") && outputs("out1") == outputs("fine"))
    }

    @Test("a standard error that nobody reads holds nothing up for long", arguments: [false, true])
    func stalledErrors(isNonblocking: Bool) throws {
        let pipe = try FullPipe(isNonblocking: isNonblocking)
        let process = Process()
        process.executableURL = CommandRun.executable
        process.arguments = ["predict", "photos", "-o", "out", "-m", model] + missingInputs
        process.currentDirectoryURL = URL(fileURLWithPath: folder.path)
        process.standardError = FileHandle(fileDescriptor: pipe.writeEnd, closeOnDealloc: false)
        let start = ContinuousClock.now
        try withExtendedLifetime(pipe) {
            try process.run()
            process.waitUntilExit()
        }
        #expect(ContinuousClock.now - start < .seconds(60))
        #expect(process.terminationReason == .exit && process.terminationStatus == 65)
        #expect(try outputs("out").count == 6)
    }

    @Test("a slow reader of standard error gets the whole report, and the number of what else it missed")
    func slowErrors() throws {
        try Data(missingInputs.joined(separator: "\n").utf8).write(to: folder.url("list"))
        let command = "./mtan predict photos $(cat list) -o out -m \(model)"
        let run = try shell("\(command) 2>&1 | { sleep 0.5; cat; }", in: folder)
        let lines = run.output.split(separator: "\n")
        let report = lines.drop { $0 != "mtan: 5000 inputs failed:" }.dropFirst()
        #expect(report.elementsEqual(missingInputs.map { "  \($0): No such file or directory" }, by: ==))
        let dropped = run.output.matches(of: /mtan: (\d+) log lines? dropped\n/).compactMap { Int($0.1) }
        // What is guessed, a line of progress for each input, the summary, and the heading of the report.
        #expect(lines.count - dropped.count + dropped.reduce(0, +) == 1 + 5_002 + 2 + 5_000)
    }

    @Test(
        "standard output that cannot be written is exit code 73, with the reason",
        arguments: [
            "inspect \(model)", "bench -m \(model) -r 1 -t 1 --size 32x32 --json",
            "bench -m \(model) -r 1 -t 1 --size 32x32 --layers", "evaluate \(model) photos --quiet --json -",
            "evaluate \(model) photos --quiet", "--help", "predict --help", "--version",
            "--generate-completion-script bash",
        ])
    func fullOutput(command: String) throws {
        #expect(try CommandRun("predict", "photos", "-o", "photos", "-m", model, in: folder.path).status == 0)
        for (redirection, reason) in [
            (">/dev/full", "No space left on device"), (">&-", "Bad file descriptor"),
        ] {
            let run = try shell("set +e; ./mtan \(command) 2>&1 \(redirection); echo $?", in: folder)
            #expect(run.output == "mtan: standard output: \(reason)\n73\n", "\(redirection)")
        }
    }

    @Test("figures are in the file for --json even if the table cannot be written")
    func figures() throws {
        #expect(try CommandRun("predict", "photos", "-o", "photos", "-m", model, in: folder.path).status == 0)
        let command = "./mtan evaluate \(model) photos --json out.json >/dev/full"
        #expect(try shell("set +e; \(command); echo $?", in: folder).output.hasSuffix("\n73\n"))
        let data = try Data(contentsOf: folder.url("out.json"))
        #expect(try JSONSerialization.jsonObject(with: data) is [String: Any])
    }

    @Test("a reader of standard output that has seen enough ends the command quietly")
    func closedOutput() throws {
        for command in ["inspect \(model)", "--help"] {
            let line = "{ sleep 0.3; ./mtan \(command); echo $? >&3; } 3>code | true; cat code"
            #expect(try shell("set +e; \(line)", in: folder).output == "141\n")
        }
    }
}

/// A photo of noise.
func makePhoto(_ seed: Int) throws -> Data {
    var random = SplitMix64(seed: UInt64(seed))
    let pixels = (0..<3 * 80 * 60).map { _ in UInt8.random(in: 0...255, using: &random) }
    return Data(try PNGEncoder().encode(Image(size: PixelSize(width: 80, height: 60), pixels: pixels)))
}
