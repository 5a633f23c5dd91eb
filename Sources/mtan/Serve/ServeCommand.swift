import ArgumentParser
import Foundation
import Logging
import Server
import StandardStreams

/// `mtan serve`
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Answer predictions over HTTP, with a page to try them on.",
        discussion: """
            Serves every model directory in --models. POST a photo to /v1/predict, or open the server's address \
            in a browser; /openapi.json describes all that is answered, and docs/server.md explains it.

            Each option can also be given by environment variable (--queue-bytes as MTAN_QUEUE_BYTES) or in a \
            JSON file named by --config or MTAN_CONFIG ({"queue-bytes": 512}). An option on the command line \
            beats the environment, which beats the file.

            SIGHUP looks for changed models and keys at once. SIGTERM stops: nothing more is accepted, and what \
            is in work is finished within --drain.
            """)

    @OptionGroup(title: "Server") var address: AddressOptions
    @OptionGroup(title: "Machine") var machine: MachineOptions
    @OptionGroup(title: "Clients") var clients: ClientOptions
    @OptionGroup(title: "Photos") var photos: PhotoOptions
    @OptionGroup(title: "Log") var log: LogOptions

    func run() async throws {
        raiseFileLimit()
        let logger = log.logger
        LineWriter.standardError.setNotice(log.handler.noticeOfDrops)
        let server: MTANServer
        do {
            server = try MTANServer(try settings(), version: MTAN.version, logger: logger) { port in
                logger.info("listening", metadata: ["host": "\(address.host)", "port": "\(port)"])
            }
        } catch let error as ExitCode {
            throw error
        } catch {
            throw usageError("\(error)")
        }
        do { try await server.run() } catch {
            throw failure("cannot listen on \(address.host):\(address.port): \(error)", .cannotServe)
        }
    }

    private func settings() throws -> ServerConfiguration {
        var settings = ServerConfiguration(models: try address.models ?? ShippedModel.folder())
        address.apply(to: &settings)
        try machine.apply(to: &settings)
        clients.apply(to: &settings)
        photos.apply(to: &settings)
        return settings
    }

    /// Connections are files, and the soft limit of a shell is often lower than their number may be.
    private func raiseFileLimit() {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
        limit.rlim_cur = limit.rlim_max
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }
}

/// How the log is written.
struct LogOptions: ParsableArguments {
    @Option(help: "The form of the log: text for people, json for collectors.")
    var logFormat: LineLogHandler.Format = .text

    @Option(help: "What is written: trace, debug, info, notice, warning, error or critical.")
    var logLevel: Logger.Level = .info

    /// A logger of this form.
    var logger: Logger { Logger(label: "mtan") { _ in handler } }

    /// What writes the lines.
    var handler: LineLogHandler { LineLogHandler(format: logFormat, level: logLevel) }
}

extension LineLogHandler.Format: ExpressibleByArgument {}

extension Logger.Level: @retroactive ExpressibleByArgument {}
