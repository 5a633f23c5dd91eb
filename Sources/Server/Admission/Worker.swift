import Engine
import NIOPosix

/// One image at a time: the threads that the network computes on.
struct Worker: Sendable {
    /// The engine's threads; the caller is one of them.
    let pool: ThreadPool
}

/// Those who compute: one worker of all threads, or a team that shares them.
struct Workforce: Sendable {
    /// All threads for one image. Not at work while anyone of the team is.
    let whole: Worker

    /// An equal part of the threads for each of several images.
    let team: [Worker]

    /// Starts the threads: `threads` for the whole, and again for a team of `workers`; half of them sleep.
    init(workers: Int, threads: Int) {
        precondition(workers > 0 && threads > 0)
        whole = Worker(pool: ThreadPool(threadCount: threads))
        team = (0..<workers).map { _ in Worker(pool: ThreadPool(threadCount: max(threads / workers, 1))) }
    }
}

/// The threads of the server that may be busy for long, which those of the event loops must not.
struct Crew: Sendable {
    /// Runs networks: one thread for each worker of the team.
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
