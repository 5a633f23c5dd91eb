import Foundation
import Synchronization
import TestSupport

/// A running `mtan serve`, killed when nobody uses it any more.
final class ServerProcess: Sendable {
    /// The port that it listens on.
    let port: Int

    private let process: Mutex<Process>
    private let log: URL

    /// Starts a server on a free port and waits until it is ready.
    init(
        _ arguments: [String], in folder: TemporaryFolder, environment: [String: String] = [:],
        scheme: String = "http"
    ) throws {
        let log = folder.url("server-\(UInt32.random(in: 0 ... .max)).log")
        _ = FileManager.default.createFile(atPath: log.path, contents: nil)
        let process = Process()
        process.executableURL = CommandRun.executable
        process.arguments = ["serve", "--port", "0"] + arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        process.currentDirectoryURL = URL(fileURLWithPath: folder.path)
        process.standardError = try FileHandle(forWritingTo: log)
        process.standardInput = FileHandle.nullDevice
        try process.run()
        self.log = log
        var port: Int?
        for _ in 0..<1200 where port == nil && process.isRunning {
            port = Self.port(in: log)
            if port == nil { usleep(50_000) }
        }
        guard let port else {
            process.terminate()
            throw ServerProcessError(log: (try? String(contentsOf: log, encoding: .utf8)) ?? "")
        }
        self.port = port
        self.process = Mutex(process)
        for _ in 0..<1200 {
            let url = "\(scheme)://127.0.0.1:\(port)"
            if try CommandRun("health", url, "--insecure").status == 0 { return }
            usleep(50_000)
        }
        throw ServerProcessError(log: output)
    }

    deinit { process.withLock { if $0.isRunning { kill($0.processIdentifier, SIGKILL) } } }

    /// What it has logged.
    var output: String { (try? String(contentsOf: log, encoding: .utf8)) ?? "" }

    /// The number of the process.
    var identifier: Int32 { process.withLock { $0.processIdentifier } }

    /// Sends a signal.
    func send(_ signal: Int32) { process.withLock { _ = kill($0.processIdentifier, signal) } }

    /// Waits for its end, and gives its exit code.
    func wait() -> Int32 {
        process.withLock {
            $0.waitUntilExit()
            return $0.terminationReason == .exit ? $0.terminationStatus : -$0.terminationStatus
        }
    }

    private static func port(in log: URL) -> Int? {
        let text = (try? String(contentsOf: log, encoding: .utf8)) ?? ""
        return text.firstMatch(of: /listening.*port"?[=:]"?(\d+)/).flatMap { Int($0.1) }
    }
}

/// Why a server did not start: what it logged.
struct ServerProcessError: Error {
    let log: String
}

/// Runs a line of shell in a folder: its exit code and what it printed.
func shell(_ line: String, in folder: TemporaryFolder) throws -> (status: Int32, output: String) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/bash")
    process.arguments = ["-ec", line]
    process.currentDirectoryURL = URL(fileURLWithPath: folder.path)
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = pipe
    try process.run()
    let output = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    return (process.terminationStatus, output)
}
