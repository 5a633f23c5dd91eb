import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

/// Asks a server for `/v2/health/ready`.
public struct HealthProbe: Sendable {
    private let host: String
    private let port: Int
    private let isSecure: Bool
    private let timeout: Duration
    private let acceptsAnyCertificate: Bool

    /// - Parameter url: `http://HOST[:PORT]` or `https://HOST[:PORT]`; what follows is not looked at.
    /// - Returns: nil if the URL is none of these.
    public init?(url: String, timeout: Duration, acceptsAnyCertificate: Bool) {
        guard let parts = URLComponents(string: url), let scheme = parts.scheme?.lowercased(),
            ["http", "https"].contains(scheme), let host = parts.host, !host.isEmpty
        else { return nil }
        isSecure = scheme == "https"
        self.host = host.trimmingCharacters(in: CharacterSet(charactersIn: "[]"))
        port = parts.port ?? (isSecure ? 443 : 80)
        self.timeout = timeout
        self.acceptsAnyCertificate = acceptsAnyCertificate
    }

    /// Asks once.
    ///
    /// - Returns: `ready`
    /// - Throws: ``ProbeError`` if the server is not ready, does not answer in time or cannot be reached.
    public func run() async throws -> String {
        let context = isSecure ? try NIOSSLContext(configuration: tlsConfiguration) : nil
        let serverName = host.contains(where: \.isLetter) && !host.contains(":") ? host : nil
        return try await withDeadline(.now + timeout, otherwise: ProbeError("no answer within \(timeout)")) {
            let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .connect(host: host, port: port) { channel in
                    channel.eventLoop.makeCompletedFuture {
                        if let context {
                            try channel.pipeline.syncOperations.addHandler(
                                NIOSSLClientHandler(context: context, serverHostname: serverName))
                        }
                        try channel.pipeline.syncOperations.addHTTPClientHandlers()
                        return try NIOAsyncChannel<HTTPClientResponsePart, HTTPClientRequestPart>(
                            wrappingChannelSynchronously: channel)
                    }
                }
            return try await channel.executeThenClose { inbound, outbound in
                let headers: HTTPHeaders = ["Host": "\(host):\(port)", "Connection": "close"]
                try await outbound.write(
                    .head(
                        HTTPRequestHead(
                            version: .http1_1, method: .GET, uri: "/v2/health/ready", headers: headers)))
                try await outbound.write(.end(nil))
                for try await case .head(let head) in inbound {
                    guard head.status == .ok else { throw ProbeError("not ready: \(head.status)") }
                    return "ready"
                }
                throw ProbeError("expected an answer, found the connection closed")
            }
        }
    }

    private var tlsConfiguration: TLSConfiguration {
        var configuration = TLSConfiguration.makeClientConfiguration()
        if acceptsAnyCertificate { configuration.certificateVerification = .none }
        return configuration
    }
}

/// Why a server does not count as ready.
public struct ProbeError: Error, CustomStringConvertible {
    /// What was found.
    public let description: String

    init(_ description: String) { self.description = description }
}
