import Engine
import Foundation
import Hummingbird
import HummingbirdCore
import HummingbirdHTTP2
import HummingbirdTLS
import Logging
import NIOCore
import NIOSSL
import ServiceLifecycle
import UnixSignals

/// Predictions over HTTP.
public struct MTANServer: Sendable {
    /// The application: routes, and the services that keep models in service.
    let application: Application<RouterResponder<ServerContext>>

    /// Everything that the server answers to.
    let routes: [Route]

    private let configuration: ServerConfiguration
    private let repository: ModelRepository
    private let crew: Crew
    private let logger: Logger

    /// Prepares a server; nothing is listened to and no model is loaded before ``run()``.
    ///
    /// - Parameters:
    ///   - version: what the program calls itself in metadata and metrics, such as `1.2.3`.
    ///   - onListening: called with the port once connections are accepted.
    /// - Throws: ``SetupError`` if certificates or keys cannot be read.
    public init(
        _ configuration: ServerConfiguration, version: String, logger: Logger,
        onListening: @escaping @Sendable (Int) -> Void = { _ in }
    ) throws {
        self.configuration = configuration
        self.logger = logger
        let metrics = ServerMetrics(version: version)
        let keys = try configuration.keys.map { try KeyRing(path: $0) }
        repository = ModelRepository()
        crew = Crew(workers: configuration.workers, codecThreads: configuration.codecThreads)
        let workforce = Workforce(workers: configuration.workers, threads: configuration.threads)
        let admission = Admission(
            workforce, limits: .init(places: configuration.queue, bytes: configuration.queueBytes))
        let service = PredictionService(admission: admission, crew: crew, metrics: metrics)
        let reader = BodyReader(admission: admission)
        routes =
            PredictRoutes(
                repository: repository, service: service, reader: reader, timeout: configuration.timeout,
                maximumInputArea: configuration.maximumInputArea
            ).routes
            + ModelRoutes(repository: repository).routes
            + ProtocolRoutes(
                repository: repository, service: service, reader: reader, configuration: configuration,
                version: version
            ).routes
            + OperationRoutes(metrics: metrics, admission: admission).routes + PageRoutes().routes
        let loader = ModelLoader(
            configuration, repository: repository, admission: admission, pool: workforce.whole.pool,
            crew: crew,
            metrics: metrics, logger: logger)
        let watch = ModelWatch(loader: loader, interval: configuration.pollInterval, logger: logger) {
            do { try keys?.reload() } catch {
                logger.error("keys are not reloaded; the old ones stay", metadata: ["reason": "\(error)"])
            }
        }
        application = Application(
            router: Self.router(routes, metrics, keys), server: try Self.builder(configuration),
            configuration: ApplicationConfiguration(
                address: .hostname(configuration.host, port: configuration.port),
                serverName: "mtan/\(version)",
                availableConnectionsDelegate: MaximumAvailableConnections(
                    configuration.connections,
                    logger: Logger(label: "connections") { _ in SwiftLogNoOpLogHandler() })),
            services: [watch],
            onServerRunning: { channel in onListening(channel.localAddress?.port ?? 0) }, logger: logger)
    }

    /// Serves until SIGTERM or SIGINT; then accepts nothing more, and ends when what is in work is answered.
    ///
    /// - Throws: If the address cannot be listened to.
    public func run() async throws {
        let drain = DrainSignal { [repository, logger] in
            logger.info("stopping: no more requests, those in work are finished")
            repository.drain()
        }
        var group = ServiceGroupConfiguration(
            services: [application, drain], gracefulShutdownSignals: [.sigterm, .sigint],
            logger: Logger(label: "lifecycle") { _ in SwiftLogNoOpLogHandler() })
        group.maximumGracefulShutdownDuration = configuration.drain
        try await ServiceGroup(configuration: group).run()
        await crew.dismiss()
    }

    private static func router(
        _ routes: [Route], _ metrics: ServerMetrics, _ keys: KeyRing?
    ) -> Router<ServerContext> {
        let router = Router(context: ServerContext.self)
        router.add(middleware: ObservationMiddleware(metrics: metrics))
        router.add(middleware: ErrorMiddleware())
        router.add(routes, keys: keys)
        return router
    }

    /// HTTP/1.1; with certificates, TLS and either HTTP/1.1 or HTTP/2.
    private static func builder(_ configuration: ServerConfiguration) throws -> HTTPServerBuilder {
        let sendTimeout = configuration.sendTimeout
        let connection = HTTP1Channel.Configuration(
            additionalChannelHandlers: [
                PresenceHandler(), LingeringCloseHandler(), SendTimeoutHandler(timeout: sendTimeout),
            ],
            idleTimeout: TimeAmount(configuration.idleTimeout),
            httpDecoderConfiguration: .init(
                maxHeaderFieldSize: configuration.headerBytes, maxHeaderListSize: configuration.headerBytes,
                maxHeaderFieldCount: 100))
        guard let files = configuration.tls else { return .http1(configuration: connection) }
        let tls = try files.configuration()
        let streams = HTTP2ChannelConfiguration(
            idleTimeout: configuration.idleTimeout, gracefulCloseTimeout: configuration.drain,
            streamConfiguration: connection)
        return HTTPServerBuilder { responder in
            HandshakeDeadline(
                try HTTP2UpgradeChannel(
                    tlsConfiguration: tls, configuration: streams, responder: responder),
                timeout: configuration.idleTimeout)
        }
    }
}

/// Tells as the first of all services that the process is to end.
private struct DrainSignal: Service {
    let onShutdown: @Sendable () -> Void

    func run() async throws {
        try? await gracefulShutdown()
        onShutdown()
    }
}

/// Why a server cannot start.
public struct SetupError: Error, CustomStringConvertible {
    /// The file, what was expected, and what was found.
    public let description: String
}

extension ServerConfiguration.TLSFiles {
    /// TLS 1.2 and later, by these files.
    fileprivate func configuration() throws -> TLSConfiguration {
        do {
            let chain = try NIOSSLCertificate.fromPEMFile(certificates).map {
                NIOSSLCertificateSource.certificate($0)
            }
            let key = try NIOSSLPrivateKey(file: privateKey, format: .pem)
            var configuration = TLSConfiguration.makeServerConfiguration(
                certificateChain: chain, privateKey: .privateKey(key))
            configuration.minimumTLSVersion = .tlsv12
            return configuration
        } catch {
            throw SetupError(
                description: "expected PEM files with a certificate chain in \(certificates) and its key in "
                    + "\(privateKey); found \(error)")
        }
    }
}
