import ArgumentParser
import Files
import Foundation

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
            cannot listen, or is not ready; 73 the output cannot be written; 78 the model cannot be used.
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
        let arguments: [String]
        do {
            arguments = try ServeSettings.expand(
                rawArguments(), environment: ProcessInfo.processInfo.environment)
        } catch {
            exit(withError: error)
        }
        await main(arguments)
    }
}
