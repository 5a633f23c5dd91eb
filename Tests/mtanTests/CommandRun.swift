import Foundation
import TestSupport

/// One run of the built `mtan` as a process of its own.
struct CommandRun {
    let status: Int32
    let errors: String

    /// What it wrote to standard output.
    let bytes: [UInt8]

    /// The same as text.
    var output: String { String(decoding: bytes, as: UTF8.self) }

    /// Runs `mtan` with arguments, in a folder if one is given.
    init(_ arguments: String..., in folder: String? = nil) throws {
        try self.init(arguments: arguments, in: folder)
    }

    /// Runs `mtan` with a list of arguments.
    ///
    /// - Parameter input: a file to give it as standard input.
    init(arguments: [String], in folder: String?, input: URL? = nil) throws {
        let process = Process()
        process.executableURL = Self.executable
        process.arguments = arguments
        if let folder { process.currentDirectoryURL = URL(fileURLWithPath: folder) }
        let (output, errors) = (Pipe(), Pipe())
        process.standardOutput = output
        process.standardError = errors
        process.standardInput = try input.map(FileHandle.init(forReadingFrom:)) ?? FileHandle.nullDevice
        try process.run()
        // Messages are far smaller than a pipe's buffer, so that neither end can block.
        bytes = Array(output.fileHandleForReading.readDataToEndOfFile())
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
