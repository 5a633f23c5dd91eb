import ArgumentParser
import Engine
import Foundation
import Images
import Server

/// Where the server listens, and what it serves.
struct AddressOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The folder of model directories, or one model directory.",
            discussion: "Default: the models/ that comes with mtan.", valueName: "folder"),
        completion: .directory)
    var models: String?

    @Option(help: "The address to listen on; 0.0.0.0 or :: for all of the machine's.")
    var host: String = "127.0.0.1"

    @Option(help: "The port to listen on; 0 takes a free one.")
    var port: Int = 8000

    @Option(help: "A PEM file with the certificate chain; serves HTTPS, with HTTP/2.", completion: .file())
    var tlsCertificate: String?

    @Option(help: "A PEM file with the key of the certificate.", completion: .file())
    var tlsKey: String?

    @Option(
        help: ArgumentHelp(
            "A file with one key per line, of which clients must send one as \"Authorization: Bearer KEY\".",
            discussion: "The page, /openapi.json and /v2/health stay open. Default: no keys.",
            valueName: "file"),
        completion: .file())
    var keys: String?

    @Option(
        help: ArgumentHelp("How often models are looked at for changes, in seconds.", valueName: "seconds"))
    var poll: Double = 5

    @Option(
        help: ArgumentHelp("A JSON file with any of these options.", valueName: "file"), completion: .file())
    var config: String?

    func validate() throws {
        try require(0...65535, port, "--port")
        try require(0.1...86400, poll, "--poll")
        guard (tlsCertificate == nil) == (tlsKey == nil) else {
            throw ValidationError("--tls-certificate and --tls-key belong together; found only one of them")
        }
    }

    func apply(to settings: inout ServerConfiguration) {
        settings.host = host
        settings.port = port
        settings.pollInterval = .seconds(poll)
        settings.keys = keys
        if let tlsCertificate, let tlsKey {
            settings.tls = .init(certificates: tlsCertificate, privateKey: tlsKey)
        }
    }
}

/// What the server may use of the machine.
struct MachineOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Images that run through networks side by side when several wait.",
            discussion: "Default: one for each thread, at most 4. 1 takes the least memory.",
            valueName: "count"))
    var workers: Int?

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp(
            "Threads that networks compute with; images side by side share them.",
            discussion: "Default: the processors that the process may use.", valueName: "count"))
    var threads: Int?

    @Option(
        help: ArgumentHelp(
            "Threads that decode photos and encode maps.",
            discussion: "Default: the processors that the process may use.", valueName: "count"))
    var codecThreads: Int?

    @OptionGroup var kernels: KernelOptions

    @Option(
        help: ArgumentHelp(
            "The most memory for the feature maps of one image, in MiB.",
            discussion: "Default: three quarters of the machine's memory, divided among the workers.",
            valueName: "MiB"))
    var maxMemory: Int?

    func validate() throws {
        try require(1...256, workers ?? 1, "--workers")
        try require(1...ThreadPool.maximumThreadCount, threads ?? 1, "--threads")
        try require(1...256, codecThreads ?? 1, "--codec-threads")
        try require(1...1 << 30, maxMemory ?? 1, "--max-memory")
    }

    func apply(to settings: inout ServerConfiguration) throws {
        let processors = Processors.available
        settings.kernels = try kernels.configuration()
        settings.threads = threads ?? min(processors, ThreadPool.maximumThreadCount)
        settings.workers = workers ?? min(settings.threads, 4)
        settings.codecThreads = codecThreads ?? min(processors, 256)
        settings.maximumMemory =
            maxMemory.map { $0 << 20 }
            ?? Int(clamping: ProcessInfo.processInfo.physicalMemory / 4 * 3) / settings.workers
    }
}

/// What clients are granted.
struct ClientOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Images of each model that may be queued or running; one more is answered with 429.",
            valueName: "count"))
    var queue: Int = 32

    @Option(
        help: ArgumentHelp("Bytes that each model's requests may hold, in MiB.", valueName: "MiB"))
    var queueBytes: Int = 256

    @Option(
        help: ArgumentHelp(
            "From the head of a request until its answer is ready; then 504. X-Request-Timeout may ask for less.",
            valueName: "seconds"))
    var timeout: Double = 30

    @Option(help: ArgumentHelp("How long requests in work are given after SIGTERM.", valueName: "seconds"))
    var drain: Double = 30

    @Option(
        help: ArgumentHelp("Connections at a time; further ones wait to be accepted.", valueName: "count"))
    var connections: Int = 1024

    @Option(
        help: ArgumentHelp(
            "How long a connection may be silent where it is the client's turn.", valueName: "seconds"))
    var idleTimeout: Double = 30

    @Option(
        help: ArgumentHelp(
            "How long a client may take to accept the next 256 KiB of an answer.", valueName: "seconds"))
    var sendTimeout: Double = 30

    @Option(help: ArgumentHelp("The header of a request, in KiB.", valueName: "KiB"))
    var maxHeader: Int = 32

    func validate() throws {
        try require(1...100_000, queue, "--queue")
        try require(1...1 << 20, queueBytes, "--queue-bytes")
        try require(0.001...86400, timeout, "--timeout")
        try require(0...86400, drain, "--drain")
        try require(1...1_000_000, connections, "--connections")
        try require(0.1...86400, idleTimeout, "--idle-timeout")
        try require(0.1...86400, sendTimeout, "--send-timeout")
        try require(1...1024, maxHeader, "--max-header")
    }

    func apply(to settings: inout ServerConfiguration) {
        settings.queue = queue
        settings.queueBytes = queueBytes << 20
        settings.timeout = .seconds(timeout)
        settings.drain = .seconds(drain)
        settings.connections = connections
        settings.idleTimeout = .seconds(idleTimeout)
        settings.sendTimeout = .seconds(sendTimeout)
        settings.headerBytes = maxHeader << 10
    }
}

/// What photos may cost.
struct PhotoOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The largest body of a request, in MiB.", valueName: "MiB"))
    var maxBytes: Int = 32

    @Option(help: ArgumentHelp("The largest photo, in megapixels.", valueName: "megapixels"))
    var maxPixels: Int = 50

    @Option(help: ArgumentHelp("The largest side of a photo, in pixels.", valueName: "pixels"))
    var maxSide: Int = ImageLimits().maximumSide

    @Option(
        help: ArgumentHelp(
            "The largest input of the network that a request may ask for, in megapixels.",
            discussion: "Above it only the size of the training images may be asked for.",
            valueName: "megapixels"))
    var maxInputArea: Double = 4

    @Option(help: "The colour behind transparent pixels, as RRGGBB.")
    var background: RGBColor = .white

    func validate() throws {
        try require(0.001...17, maxInputArea, "--max-input-area")
        try require(1...4096, maxBytes, "--max-bytes")
        try require(1...2000, maxPixels, "--max-pixels")
        try require(1...1_000_000, maxSide, "--max-side")
    }

    func apply(to settings: inout ServerConfiguration) {
        settings.limits = ImageLimits(
            maximumBytes: maxBytes << 20, maximumPixels: maxPixels * 1_000_000, maximumSide: maxSide)
        settings.maximumInputArea = Int(maxInputArea * 1_000_000)
        settings.background = background
    }
}

/// Refuses a number out of range.
private func require<Number: Comparable>(
    _ range: ClosedRange<Number>, _ number: Number, _ option: String
) throws {
    guard range.contains(number) else {
        throw ValidationError("\(option) takes \(range.lowerBound) to \(range.upperBound); found \(number)")
    }
}
