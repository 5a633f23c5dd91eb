import ArgumentParser
import Engine
import Foundation

/// What the network may use of the machine.
struct EngineOptions: ParsableArguments {
    @Option(
        name: .shortAndLong,
        help: ArgumentHelp(
            "Threads to compute with. Results are the same for every number.",
            discussion: "Default: all processors.", valueName: "count"))
    var threads: Int?

    func validate() throws {
        guard (1...1024).contains(threads ?? 1) else {
            throw ValidationError("--threads takes 1 to 1024; found \(threads ?? 0)")
        }
    }

    /// The threads.
    func makePool() -> ThreadPool {
        ThreadPool(threadCount: threads ?? ProcessInfo.processInfo.activeProcessorCount)
    }
}
