import Engine
import Images

/// What a server may use of its machine, and what it grants its clients.
public struct ServerConfiguration: Sendable {
    /// The folder whose subfolders are model directories, or one model directory.
    public var models: String

    /// The address to listen on: a name, an IPv4 or an IPv6 address.
    public var host = "127.0.0.1"

    /// The port to listen on; 0 takes a free one.
    public var port = 8000

    /// Images that run through networks at a time when several wait.
    public var workers = 1

    /// Threads that networks compute with: all for an image that is alone, an equal part for each of several.
    public var threads = 1

    /// Which kernels compute.
    public var kernels = EngineConfiguration.exact

    /// Threads that decode photos and encode maps.
    public var codecThreads = 2

    /// Images of each model that may be queued or running. One more is answered with 429.
    public var queue = 32

    /// Bytes of requests that each model may hold while they arrive and wait.
    public var queueBytes = 256 << 20

    /// From the head of a request until its answer is ready.
    public var timeout = Duration.seconds(30)

    /// How long requests in work are given after SIGTERM.
    public var drain = Duration.seconds(30)

    /// Connections that are open at a time; further ones wait to be accepted.
    public var connections = 1024

    /// How long a connection may be silent where it is the client's turn.
    public var idleTimeout = Duration.seconds(60)

    /// How long a client may take to accept the next part of an answer.
    public var sendTimeout = Duration.seconds(30)

    /// Bytes of all header fields of a request.
    public var headerBytes = 32 << 10

    /// What photos and other bodies may cost.
    public var limits = ImageLimits(maximumBytes: 32 << 20, maximumPixels: 50_000_000)

    /// The most pixels that a request may ask the network to see, above the size of its training images.
    public var maximumInputArea = 4_000_000

    /// What shows through transparent pixels.
    public var background = RGBColor.white

    /// The most bytes that the feature maps of one image may take.
    public var maximumMemory: Int?

    /// How often the model directories are looked at for changes.
    public var pollInterval = Duration.seconds(5)

    /// Certificate chain and private key, PEM files; nil serves plain HTTP/1.1.
    public var tls: TLSFiles?

    /// A file with one key per line; nil lets everybody in.
    public var keys: String?

    /// The files that identify a server.
    public struct TLSFiles: Sendable {
        /// The server's certificate, followed by those that vouch for it.
        public var certificates: String
        /// The key of the first certificate.
        public var privateKey: String

        /// Paths of PEM files.
        public init(certificates: String, privateKey: String) {
            self.certificates = certificates
            self.privateKey = privateKey
        }
    }

    /// A server of the models in a folder, on port 8000 of this machine's own address.
    public init(models: String) {
        self.models = models
    }
}
