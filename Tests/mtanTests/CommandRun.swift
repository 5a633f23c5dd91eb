import Foundation
import TestSupport

/// One run of the built `mtan` as a process of its own.
struct CommandRun {
    let status: Int32
    let output: String
    let errors: String

    /// Runs `mtan` with arguments, in a folder if one is given.
    init(_ arguments: String..., in folder: String? = nil) throws {
        try self.init(arguments: arguments, in: folder)
    }

    /// Runs `mtan` with a list of arguments.
    init(arguments: [String], in folder: String?) throws {
        let process = Process()
        process.executableURL = Self.executable
        process.arguments = arguments
        if let folder { process.currentDirectoryURL = URL(fileURLWithPath: folder) }
        let (output, errors) = (Pipe(), Pipe())
        process.standardOutput = output
        process.standardError = errors
        process.standardInput = FileHandle.nullDevice
        try process.run()
        // Both texts are far smaller than a pipe's buffer, so neither end can block.
        self.output = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        self.errors = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        status = process.terminationStatus
    }

    /// The executable lies beside the test bundle.
    static var executable: URL {
        URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
            .appendingPathComponent("mtan")
    }
}
