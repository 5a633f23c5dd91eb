import ArgumentParser
import Files
import Foundation
import StandardStreams

/// The command-line tool.
@main
struct MTAN: AsyncParsableCommand {
    /// The version of the program.
    static let version = "0.1.0"

    static let configuration = CommandConfiguration(
        commandName: "mtan",
        abstract:
            "Segmentation, depth and surface normals from one photo and one pass of a Multi-Task Attention "
            + "Network.",
        discussion: """
            Takes your own checkpoint as it is: a .pth or .pt of PyTorch, old or new, or safetensors. Without \
            --model it uses the model that comes with it.

            Exit codes: 0 all done; 64 wrong usage; 65 some inputs failed, the others are done; 69 a server \
            cannot listen, or is not ready; 73 the output cannot be written; 78 the model cannot be used; 130, 143 \
            stopped by SIGINT or SIGTERM, after saying what is done; 141 the reader of the output closed it.
            """,
        version: "mtan \(version)",
        subcommands: [
            PredictCommand.self, ServeCommand.self, HealthCommand.self, InspectCommand.self,
            ConvertCommand.self, EvaluateCommand.self, BenchCommand.self,
        ])

    /// The arguments of the process, with the bytes of paths that are not UTF-8 (see `FileName`).
    private static func rawArguments() -> [String] {
        (1..<max(Int(CommandLine.argc), 1)).compactMap { index in
            CommandLine.unsafeArgv[index].map { FileName.text($0) }
        }
    }

    static func main() async {
        StandardDescriptors.prepare()
        let code = await run()
        LineWriter.standardError.flush()
        Foundation.exit(code.rawValue)
    }

    private static func run() async -> ExitCode {
        do {
            let arguments = try ServeSettings.expand(
                rawArguments(), environment: ProcessInfo.processInfo.environment)
            var command = try await asyncParseAsRoot(arguments)
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
            return .success
        } catch {
            return conclude(error)
        }
    }

    /// Shows what the parser has to say, which would write it without a look at errors: help and versions, which
    /// end with success, and wrong usage.
    private static func conclude(_ error: any Error) -> ExitCode {
        let (text, code) = (fullMessage(for: error), exitCode(for: error))
        guard !text.isEmpty else { return code }
        guard code == .success else {
            report(text)
            return code
        }
        do throws(ExitCode) { try show(text) } catch { return error }
        return code
    }
}
