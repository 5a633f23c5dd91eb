import DequeModule
import Engine
import Files
import Synchronization

/// Decides who may come in and who is next: a bounded queue for each model, and workers that are shared by
/// all models in turn.
///
/// An image that is alone gets the worker of all threads, so that its answer comes soonest. When several wait,
/// the team's workers take one each and share the threads: that makes most answers per second, since threads of
/// one worker wait for each other after every layer.
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
        /// The team's workers that have nothing to do.
        var idle: [Worker]
        /// Whether the worker of all threads is at work, so that the team has none.
        var isWholeBusy = false
        var lastID: UInt64 = 0
        /// Seconds from one finished image to the next while images wait, a running mean.
        var serviceTime = 0.1

        var waitingCount: Int { lines.values.reduce(0) { $0 + $1.waiting.count } }
    }

    private let limits: Limits
    private let workforce: Workforce
    private let state: Mutex<State>

    init(_ workforce: Workforce, limits: Limits) {
        self.limits = limits
        self.workforce = workforce
        state = Mutex(State(idle: workforce.team))
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
                "expected at most \(limits.places.counted("image")) in a request, as the queue takes, found \(images)"
            )
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
    var waitingCount: Int { state.withLock { $0.waitingCount } }

    private func requireRoom(for images: Int, of model: String, in state: State) throws(ServerError) {
        guard (state.lines[model]?.places ?? 0) + images <= limits.places else {
            throw .queueFull(retryAfter: retryAfter(state, model))
        }
    }

    /// Seconds until about half of a model's images are done.
    private func retryAfter(_ state: State, _ model: String) -> Int {
        let waiting = Double(state.lines[model]?.places ?? 0)
        return max(1, Int((waiting / 2 * state.serviceTime).rounded(.up)))
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
        let assignments: [Assignment]? = state.withLock { state in
            if Task.isCancelled { return nil }
            if state.lines[model, default: Line()].waiting.isEmpty { state.turns.append(model) }
            state.lines[model, default: Line()].waiting.append(waiter)
            return assign(in: &state)
        }
        guard let assignments else { return waiter.continuation.resume(throwing: CancellationError()) }
        assignments.forEach { $0.begin() }
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

    /// Takes a worker back, and hands out what is free now.
    private func release(_ worker: Worker, after time: Duration) {
        let assignments = state.withLock { state in
            let isWhole = worker.pool === workforce.whole.pool
            if isWhole { state.isWholeBusy = false } else { state.idle.append(worker) }
            let share = isWhole ? 1 : Double(workforce.team.count)
            state.serviceTime += 0.1 * (time.seconds / share - state.serviceTime)
            return assign(in: &state)
        }
        assignments.forEach { $0.begin() }
    }

    /// Who gets which worker now.
    private func assign(in state: inout State) -> [Assignment] {
        guard !state.isWholeBusy else { return [] }
        if state.waitingCount == 1, state.idle.count == workforce.team.count, let waiter = next(in: &state) {
            state.isWholeBusy = true
            return [Assignment(waiter: waiter, worker: workforce.whole)]
        }
        var assignments: [Assignment] = []
        while let worker = state.idle.last, let waiter = next(in: &state) {
            state.idle.removeLast()
            assignments.append(Assignment(waiter: waiter, worker: worker))
        }
        return assignments
    }

    /// Takes the first of the model whose turn it is out of line.
    private func next(in state: inout State) -> Waiter? {
        guard let model = state.turns.popFirst(), let waiter = state.lines[model]?.waiting.popFirst()
        else { return nil }
        if state.lines[model]?.waiting.isEmpty == false { state.turns.append(model) }
        return waiter
    }
}

/// A worker for one who waited. To be told outside the lock.
private struct Assignment {
    let waiter: Admission.Waiter
    let worker: Worker

    func begin() { waiter.continuation.resume(returning: worker) }
}
