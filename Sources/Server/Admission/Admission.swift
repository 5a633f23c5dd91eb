import DequeModule
import Engine
import Synchronization

/// Decides who may come in and who is next: a bounded queue for each model, and workers that are shared by
/// all models in turn.
///
/// An image takes a place when its request has arrived and gives it back when its answer is made, so a client
/// that sends slowly keeps nobody out. Whoever has a place gets a worker, unless its deadline passes or its
/// client goes.
final class Admission: Sendable {
    /// What each model may hold.
    struct Limits: Sendable {
        /// Images, waiting or in work.
        var places: Int
        /// Bytes of requests.
        var bytes: Int
    }

    struct Waiter {
        let id: UInt64
        let continuation: CheckedContinuation<Worker, any Error>
    }

    private struct Line {
        var places = 0
        var bytes = 0
        var waiting: Deque<Waiter> = []
    }

    private struct State {
        var lines: [String: Line] = [:]
        /// The models that somebody waits for; the first is served next.
        var turns: Deque<String> = []
        var idle: [Worker]
        var lastID: UInt64 = 0
        /// Seconds that an image keeps a worker, a running mean.
        var serviceTime = 0.1
    }

    private let limits: Limits
    private let workerCount: Int
    private let state: Mutex<State>

    init(workers: [Worker], limits: Limits) {
        precondition(!workers.isEmpty)
        self.limits = limits
        workerCount = workers.count
        state = Mutex(State(idle: workers))
    }

    /// Refuses early what would be refused later, before a body is read.
    ///
    /// - Throws: ``ServerError/queueFull(retryAfter:)``
    func check(_ model: String) throws(ServerError) {
        try state.withLock { state throws(ServerError) in
            try requireRoom(for: 1, of: model, in: state)
        }
    }

    /// Takes places for the images of a request.
    ///
    /// - Throws: ``ServerError/queueFull(retryAfter:)``, or ``ServerError/tooMuch(_:)`` where the queue could
    ///   never take so many.
    func enter(_ model: String, images: Int = 1) throws(ServerError) -> Place {
        guard images <= limits.places else {
            throw .tooMuch(
                "expected at most \(limits.places) images in a request, as the queue takes, found \(images)")
        }
        try state.withLock { state throws(ServerError) in
            try requireRoom(for: images, of: model, in: state)
            state.lines[model, default: Line()].places += images
        }
        return Place { [self] in
            state.withLock { $0.lines[model, default: Line()].places -= images }
        }
    }

    /// Counts bytes that a request holds.
    ///
    /// - Throws: ``ServerError/queueFull(retryAfter:)``
    func hold(_ bytes: Int, for model: String) throws(ServerError) {
        try state.withLock { state throws(ServerError) in
            guard state.lines[model, default: Line()].bytes + bytes <= limits.bytes else {
                throw .queueFull(retryAfter: retryAfter(state, model))
            }
            state.lines[model, default: Line()].bytes += bytes
        }
    }

    /// Gives counted bytes back.
    func release(_ bytes: Int, for model: String) {
        state.withLock { $0.lines[model, default: Line()].bytes -= bytes }
    }

    /// Calls `body` with a worker of its own, when it is this caller's turn.
    ///
    /// - Throws: ``ServerError/deadlineExceeded`` if the turn does not come in time, `CancellationError` if
    ///   the task is cancelled while it waits, and what `body` throws.
    func withWorker<Result>(
        for model: String, until deadline: ContinuousClock.Instant,
        _ body: (Worker) async throws -> Result
    ) async throws -> Result {
        let worker = try await worker(for: model, until: deadline)
        let start = ContinuousClock.now
        defer { release(worker, after: ContinuousClock.now - start) }
        return try await body(worker)
    }

    /// Images waiting or in work, by model.
    var depths: [String: Int] { state.withLock { $0.lines.mapValues(\.places) } }

    /// Images that wait for a worker.
    var waitingCount: Int { state.withLock { $0.lines.values.reduce(0) { $0 + $1.waiting.count } } }

    private func requireRoom(for images: Int, of model: String, in state: State) throws(ServerError) {
        guard (state.lines[model]?.places ?? 0) + images <= limits.places else {
            throw .queueFull(retryAfter: retryAfter(state, model))
        }
    }

    /// Seconds until about half of a model's images are done.
    private func retryAfter(_ state: State, _ model: String) -> Int {
        let waiting = Double(state.lines[model]?.places ?? 0)
        return max(1, Int((waiting / 2 * state.serviceTime / Double(workerCount)).rounded(.up)))
    }

    private func worker(
        for model: String, until deadline: ContinuousClock.Instant
    ) async throws -> Worker {
        let id = state.withLock { state in
            state.lastID += 1
            return state.lastID
        }
        let alarm = Task { [self] in
            try await Task.sleep(until: deadline, clock: .continuous)
            withdraw(id, of: model, because: ServerError.deadlineExceeded)
        }
        defer { alarm.cancel() }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                queue(Waiter(id: id, continuation: continuation), of: model)
            }
        } onCancel: {
            withdraw(id, of: model, because: CancellationError())
        }
    }

    /// A cancellation either finds the waiter in line, or came before and is seen here.
    private func queue(_ waiter: Waiter, of model: String) {
        let granted: Result<Worker, any Error>? = state.withLock { state in
            if Task.isCancelled { return .failure(CancellationError()) }
            if let worker = state.idle.popLast() { return .success(worker) }
            if state.lines[model, default: Line()].waiting.isEmpty { state.turns.append(model) }
            state.lines[model, default: Line()].waiting.append(waiter)
            return nil
        }
        if let granted { waiter.continuation.resume(with: granted) }
    }

    private func withdraw(_ id: UInt64, of model: String, because error: any Error) {
        let waiter: Waiter? = state.withLock { state in
            guard let index = state.lines[model]?.waiting.firstIndex(where: { $0.id == id }) else {
                return nil
            }
            let waiter = state.lines[model]?.waiting.remove(at: index)
            if state.lines[model]?.waiting.isEmpty == true { state.turns.removeAll { $0 == model } }
            return waiter
        }
        waiter?.continuation.resume(throwing: error)
    }

    /// Hands a worker to the next in line, or lets it rest.
    private func release(_ worker: Worker, after time: Duration) {
        let next: Waiter? = state.withLock { state in
            state.serviceTime += 0.1 * (time.seconds - state.serviceTime)
            guard let model = state.turns.popFirst(), let waiter = state.lines[model]?.waiting.popFirst()
            else {
                state.idle.append(worker)
                return nil
            }
            if state.lines[model]?.waiting.isEmpty == false { state.turns.append(model) }
            return waiter
        }
        next?.continuation.resume(returning: worker)
    }
}

/// Room for some images. It is given back once, at the latest when nobody holds it any more.
final class Place: Sendable {
    private let leave: Mutex<(@Sendable () -> Void)?>

    init(leave: @escaping @Sendable () -> Void) { self.leave = Mutex(leave) }

    deinit { giveBack() }

    /// Gives the room back.
    func giveBack() {
        let leave = leave.withLock { leave in
            defer { leave = nil }
            return leave
        }
        leave?()
    }
}
