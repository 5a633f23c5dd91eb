import ArgumentParser
import Engine
import Files
import Foundation
import Images
import Predictions

/// What the network may use of the machine.
struct EngineOptions: ParsableArguments {
    @Option(
        name: .shortAndLong,
        help: ArgumentHelp(
            "Threads to compute with. Results are the same for every number.",
            discussion: "Default: the processors that the process, or its container, may use.",
            valueName: "count"))
    var threads: Int?

    @OptionGroup var kernels: KernelOptions

    @Option(
        help: ArgumentHelp(
            "The most memory for the feature maps, in MiB; photos that need more are refused.",
            discussion: "Default: three quarters of the machine's memory.", valueName: "MiB"))
    var maxMemory: Int?

    func validate() throws {
        let most = ThreadPool.maximumThreadCount
        guard (1...most).contains(threads ?? 1) else {
            throw ValidationError("--threads takes 1 to \(most); found \(threads ?? 0)")
        }
        guard (1...1 << 30).contains(maxMemory ?? 1) else {
            throw ValidationError("--max-memory takes 1 MiB or more; found \(maxMemory ?? 0)")
        }
    }

    /// A predictor that uses no more than this.
    ///
    /// - Throws: `ExitCode.modelUnusable`, after saying why.
    func makePredictor(_ model: Model, decoder: ImageDecoder) throws -> Predictor {
        let processors = Processors.available
        if let threads, threads > processors {
            report(
                "mtan: \(threads.counted("thread")), but \(processors.counted("processor")); "
                    + "more threads than that cost time")
        }
        let configuration = try kernels.configuration()
        let pool = ThreadPool(threadCount: min(threads ?? processors, ThreadPool.maximumThreadCount))
        do {
            return try Predictor(
                model, configuration: configuration, decoder: decoder, pool: pool,
                maximumMemory: maxMemory.map { $0 << 20 })
        } catch {
            throw failure(error, .modelUnusable)
        }
    }
}
