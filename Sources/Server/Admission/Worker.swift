import Engine
import NIOPosix

/// One image at a time: the threads that the network computes on.
struct Worker: Sendable {
    /// The engine's threads; the caller is one of them.
    let pool: ThreadPool
}

/// The threads of the server that may be busy for long, which those of the event loops must not.
struct Crew: Sendable {
    /// Waits for networks: one thread for each worker.
    let inference: NIOThreadPool

    /// Decodes and encodes.
    let codecs: NIOThreadPool

    /// What decodes and encodes without further threads.
    static let alone = ThreadPool(threadCount: 1)

    /// Starts the threads.
    init(workers: Int, codecThreads: Int) {
        inference = NIOThreadPool(numberOfThreads: workers)
        codecs = NIOThreadPool(numberOfThreads: codecThreads)
        inference.start()
        codecs.start()
    }

    /// Stops the threads when they have done what they were given.
    func dismiss() async {
        try? await inference.shutdownGracefully()
        try? await codecs.shutdownGracefully()
    }
}

extension NIOThreadPool {
    /// Runs `body` on one of the threads. It runs to its end even if the task is cancelled meanwhile.
    ///
    /// - Throws: ``ServerError/draining`` if the threads have been stopped, and what `body` throws.
    func perform<Result: Sendable>(
        _ body: @escaping @Sendable () throws -> Result
    ) async throws -> Result {
        try Task.checkCancellation()
        return try await withCheckedThrowingContinuation { continuation in
            submit { state in
                switch state {
                case .active: continuation.resume(with: Swift.Result(catching: body))
                case .cancelled: continuation.resume(throwing: ServerError.draining)
                }
            }
        }
    }
}
