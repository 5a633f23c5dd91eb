import ArgumentParser
import Foundation
import Server

/// `mtan health URL`
struct HealthCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "health",
        abstract: "Ask a server whether it is ready; for health checks of containers.",
        discussion: "Exit codes: 0 ready, 69 not ready or not there, 64 wrong usage.")

    @Argument(
        help: ArgumentHelp(
            "The server's address.", discussion: "Default: this machine, at MTAN_PORT or 8000.",
            valueName: "url"))
    var url: String = "http://127.0.0.1:\(ProcessInfo.processInfo.environment["MTAN_PORT"] ?? "8000")"

    @Option(help: ArgumentHelp("How long to wait for the answer.", valueName: "seconds"))
    var timeout: Double = 3

    @Flag(help: "Take any certificate: for a server that is asked by another name than its own.")
    var insecure = false

    func validate() throws {
        guard timeout > 0, timeout <= 3600 else {
            throw ValidationError("--timeout takes up to 3600 seconds; found \(timeout)")
        }
    }

    func run() async throws {
        guard let probe = HealthProbe(url: url, timeout: .seconds(timeout), acceptsAnyCertificate: insecure)
        else { throw usageError("expected a URL such as http://127.0.0.1:8000, found \(url)") }
        let answer: String
        do { answer = try await probe.run() } catch { throw failure("\(url): \(error)", .cannotServe) }
        try show(answer)
    }
}
