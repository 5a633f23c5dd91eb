import Foundation
import TestSupport
import Testing

private let root = fixtureURL("").deletingLastPathComponent().deletingLastPathComponent()
private let models = root.appendingPathComponent("models").path

@Suite("The log of mtan serve", .serialized)
struct ServerLogTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        try FileManager.default.createSymbolicLink(
            at: folder.url("examples"), withDestinationURL: root.appendingPathComponent("examples"))
    }

    /// A port that is free.
    private func freePort() throws -> UInt16 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(INADDR_LOOPBACK).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let status = withUnsafeMutableBytes(of: &address) { bytes -> Int32 in
            guard let start = bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self) else { return -1 }
            return bind(descriptor, start, size) | getsockname(descriptor, start, &size)
        }
        try #require(status == 0)
        return UInt16(bigEndian: address.sin_port)
    }

    /// Starts a server that logs to a descriptor, and gives its address when it is ready.
    private func serve(log descriptor: Int32) throws -> (process: Process, url: String) {
        let process = Process()
        let port = try freePort()
        process.executableURL = CommandRun.executable
        process.arguments = ["serve", "--port", "\(port)", "--models", models, "--log-format", "json"]
        process.standardInput = FileHandle.nullDevice
        process.standardError = FileHandle(fileDescriptor: descriptor, closeOnDealloc: false)
        try process.run()
        let url = "http://127.0.0.1:\(port)"
        for _ in 0..<600 where process.isRunning {
            if try CommandRun("health", url).status == 0 { return (process, url) }
            usleep(50_000)
        }
        throw ServerProcessError(log: "")
    }

    private func predict(_ url: String) throws -> String {
        try shell(
            "curl -s -o depth.png -w '%{http_code}' -H 'Content-Type: image/jpeg' "
                + "--data-binary @examples/room.jpg '\(url)/v1/predict?tasks=depth'", in: folder
        ).output
    }

    private func droppedLines(_ url: String) throws -> Int {
        let metrics = try shell("curl -s \(url)/metrics", in: folder).output
        let match = try #require(
            metrics.firstMatch(of: /\nmtan_log_lines_dropped_total (\d+)\n/), "\(metrics)")
        return try #require(Int(match.1))
    }

    private func stop(_ process: Process) {
        let start = ContinuousClock.now
        process.terminate()
        process.waitUntilExit()
        #expect(process.terminationReason == .exit && process.terminationStatus == 0)
        #expect(ContinuousClock.now - start < .seconds(20))
    }

    @Test("on a full disk predictions are answered, and the metric counts the lines that are lost")
    func fullDisk() throws {
        let descriptor = open("/dev/full", O_WRONLY)
        defer { close(descriptor) }
        let (process, url) = try serve(log: descriptor)
        #expect(try predict(url) == "200")
        let dropped = try droppedLines(url)
        #expect(dropped > 0)
        #expect(try predict(url) == "200")
        #expect(try droppedLines(url) > dropped)
        stop(process)
    }

    @Test(
        "with a reader that stalls or left, predictions are answered; one that is back learns what it missed")
    func stalledReader() throws {
        var ends: [Int32] = [0, 0]
        try #require(pipe(&ends) == 0)
        let (process, url) = try serve(log: ends[1])
        close(ends[1])
        let path = "/" + String(repeating: "x", count: 150)
        #expect(try shell("curl -s -o /dev/null '\(url)\(path)?[1-2500]'", in: folder).status == 0)
        #expect(try predict(url) == "200")
        let dropped = try droppedLines(url)
        #expect(dropped > 0)

        var text = ""
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while !text.contains(/log lines dropped.*\n/) {
            let count = read(ends[0], &chunk, chunk.count)
            try #require(count > 0)
            text += String(decoding: chunk[..<count], as: UTF8.self)
        }
        let notices = text.split(separator: "\n").filter { $0.contains("log lines dropped") }
        let notice = try JSONSerialization.jsonObject(with: Data(try #require(notices.first).utf8))
        #expect((notice as? [String: String])?["count"].flatMap { Int($0) } ?? 0 > 0)

        close(ends[0])
        #expect(try predict(url) == "200")
        #expect(try droppedLines(url) > dropped)
        stop(process)
    }
}
