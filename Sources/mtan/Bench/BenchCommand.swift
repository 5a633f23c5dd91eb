import ArgumentParser
import Engine
import Foundation
import Images
import Predictions
import Tensors

/// `mtan bench`
struct BenchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Measure how long the network takes on this machine.",
        discussion: """
            Times the network alone, without decoding and encoding. Where several thread counts, precisions or \
            instruction sets are given, their runs alternate, so that all meet the same conditions. GFLOP/s count \
            two operations for each multiplication that a direct computation makes; kernels that save some of \
            them can exceed the measured peak.
            """)

    @OptionGroup(title: "Model") var modelOptions: ModelOptions

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp(
            "Thread counts, separated by commas. Default: the processors there are.", valueName: "counts"))
    var threads: ThreadCounts?

    @Option(
        help: ArgumentHelp(
            "Precisions (fp32, bf16x3, bf16), separated by commas. Default: fp32.", valueName: "modes"))
    var precision: NameList?

    @Option(
        help: ArgumentHelp(
            "Instruction sets, separated by commas. Default: MTAN_ISA, or else the fastest.",
            valueName: "names"))
    var isa: NameList?

    @Option(help: "The size of the image, WIDTHxHEIGHT. Default: that of the training images.")
    var size: PixelSize?

    @Option(name: .shortAndLong, help: "Runs for each thread count, after one to warm up.")
    var runs = 15

    @Flag(help: "Show the median time of every layer.")
    var layers = false

    @Flag(help: "Write JSON to standard output.")
    var json = false

    func validate() throws {
        guard (1...100_000).contains(runs) else {
            throw ValidationError("--runs takes 1 to 100000; found \(runs)")
        }
    }

    func run() throws {
        let model = try modelOptions.load()
        let bench: NetworkBench
        do {
            bench = try NetworkBench(model, size: size, settings: settings())
        } catch let code as ExitCode {
            throw code
        } catch {
            throw failure(error, .modelUnusable)
        }
        let results = try bench.measure(runs: runs)
        if json {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
            try show(String(decoding: try encoder.encode(Report(bench, results)), as: UTF8.self))
        } else {
            var lines = table(results)
            if layers { lines += results.flatMap { table($0.layers, of: $0.measurement) } }
            lines.append("peak memory \(peakMemory >> 20) MiB")
            try show(lines.joined(separator: "\n"))
        }
    }

    /// All combinations of what was asked for.
    private func settings() throws -> [NetworkBench.Setting] {
        var settings: [NetworkBench.Setting] = []
        for mode in precision?.names ?? [nil] {
            for set in isa?.names ?? [nil] {
                let configuration = try KernelOptions.configuration(precision: mode, isa: set)
                for count in threads?.values ?? [Processors.available] {
                    settings.append(NetworkBench.Setting(configuration: configuration, threads: count))
                }
            }
        }
        return settings
    }

    private func table(_ results: [NetworkBench.Result]) -> [String] {
        let heading =
            "kernels             threads  size      median ms    p95 ms    min ms  spread  images/s   GFLOP/s"
            + "  of peak"
        return [heading]
            + results.map(\.measurement).map { measurement in
                String(
                    format: "%-18@ %8d  %-9@ %9.1f %9.1f %9.1f  %5.1f%% %9.2f %9.1f  %6.0f%%",
                    measurement.kernels as NSString, measurement.threads,
                    "\(measurement.width)x\(measurement.height)" as NSString, measurement.median,
                    measurement.percentile(0.95), measurement.milliseconds.min() ?? 0,
                    100 * measurement.spread, 1000 / measurement.median, measurement.gigaFLOPS,
                    100 * measurement.peakShare)
            }
    }

    private func table(_ layers: [NetworkBench.LayerTime], of measurement: Measurement) -> [String] {
        let total = layers.map(\.milliseconds).reduce(0, +)
        return [
            "", "layers, \(measurement.kernels), threads: \(measurement.threads)",
            "       ms   share   GFLOP/s  operation            output    weights",
        ]
            + layers.map { layer in
                String(
                    format: "%9.2f  %5.1f%% %9.1f  %-20@ %-9@ %@", layer.milliseconds,
                    100 * layer.milliseconds / total, layer.gigaFLOPS, layer.operation as NSString,
                    layer.size as NSString, layer.label as NSString)
            }
    }
}

/// What `--json` writes.
private struct Report: Encodable {
    let model: String
    let peakMemoryBytes: Int
    let results: [Entry]

    struct Entry: Encodable {
        let measurement: Measurement
        let layers: [NetworkBench.LayerTime]
    }

    init(_ bench: NetworkBench, _ results: [NetworkBench.Result]) {
        model = bench.name
        peakMemoryBytes = peakMemory
        self.results = results.map { Entry(measurement: $0.measurement, layers: $0.layers) }
    }
}

/// The most memory that the process has held, in bytes.
private var peakMemory: Int {
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    return usage.ru_maxrss * 1024
}

/// Thread counts separated by commas.
struct ThreadCounts: ExpressibleByArgument {
    let values: [Int]

    init?(argument: String) {
        let parts = argument.split(separator: ",", omittingEmptySubsequences: false)
        let values = parts.compactMap { Int($0) }
        let range = 1...ThreadPool.maximumThreadCount
        guard values.count == parts.count, !values.isEmpty, values.allSatisfy(range.contains) else {
            return nil
        }
        self.values = values
    }
}

/// Names separated by commas.
struct NameList: ExpressibleByArgument {
    let names: [String?]

    init?(argument: String) {
        let names = argument.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        guard !names.contains("") else { return nil }
        self.names = names
    }
}
