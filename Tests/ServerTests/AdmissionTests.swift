import Engine
import Hummingbird
import Logging
import NIOEmbedded
import Synchronization
import Testing

@testable import Server

extension Admission {
    /// A queue of a team of some workers of one thread each.
    convenience init(workers: Int = 1, places: Int, bytes: Int = 1000) {
        self.init(
            Workforce(workers: workers, threads: workers), limits: .init(places: places, bytes: bytes))
    }
}

extension ServerContext {
    /// A context without a connection.
    static func test() -> ServerContext {
        ServerContext(
            source: ApplicationRequestContextSource(
                channel: NIOAsyncTestingChannel(),
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }))
    }
}

/// A value that several tasks change.
private final class Shared<Value: Sendable>: Sendable {
    private let value: Mutex<Value>

    init(_ value: Value) { self.value = Mutex(value) }

    func withLock<Result: Sendable>(_ body: (inout Value) -> Result) -> Result {
        value.withLock { body(&$0) }
    }
}

@Suite("Admission")
struct AdmissionTests {
    @Test("each model has its own places, and those given back can be taken again")
    func places() throws {
        let admission = Admission(places: 2)
        let first = try admission.enter("a")
        let second = try admission.enter("a")
        #expect(throws: ServerError.self) { try admission.enter("a") }
        let other = try admission.enter("b", images: 2)
        #expect(throws: ServerError.self) { try admission.enter("b", images: 3) }
        first.giveBack()
        first.giveBack()
        #expect(admission.depths == ["a": 1, "b": 2])
        let third = try admission.enter("a")
        for place in [second, third, other] { place.giveBack() }
        #expect(admission.depths == ["a": 0, "b": 0])
    }

    @Test("a place that is forgotten is given back")
    func forgotten() throws {
        let admission = Admission(places: 1)
        do { _ = try admission.enter("a") }
        try admission.enter("a").giveBack()
    }

    @Test("a refusal says when to try again")
    func retryAfter() throws {
        let admission = Admission(places: 1)
        let place = try admission.enter("a")
        do {
            try admission.check("a")
            Issue.record("a full queue took one more")
        } catch {
            let problem = Problem(error)
            #expect(problem.status == .tooManyRequests)
            #expect(problem.headers[.retryAfter].flatMap { Int($0) }.map { $0 >= 1 } == true)
        }
        place.giveBack()
    }

    @Test("bytes are counted for each model and given back together")
    func bytes() throws {
        let admission = Admission(places: 1, bytes: 100)
        let account = ByteAccount(admission, "a")
        try account.add(60)
        #expect(throws: ServerError.self) { try account.add(41) }
        try ByteAccount(admission, "b").add(100)
        account.close()
        account.close()
        try ByteAccount(admission, "a").add(100)
    }

    @Test("models take turns, however many wait for one of them")
    func fairness() async throws {
        let admission = Admission(places: 100)
        let order = Shared<[String]>([])
        try await withThrowingTaskGroup(of: Void.self) { group in
            try await admission.withWorker(for: "first", until: .now + .seconds(60)) { _ in
                for (index, model) in ["a", "a", "a", "a", "b", "b"].enumerated() {
                    group.addTask {
                        try await admission.withWorker(for: model, until: .now + .seconds(60)) { _ in
                            order.withLock { $0.append(model) }
                        }
                    }
                    while admission.waitingCount <= index { await Task.yield() }
                }
            }
            try await group.waitForAll()
        }
        #expect(order.withLock { $0 } == ["a", "b", "a", "b", "a", "a"])
    }

    @Test("one whose deadline passes while it waits is told so, and the next is served")
    func deadline() async throws {
        let admission = Admission(places: 10)
        try await admission.withWorker(for: "a", until: .now + .seconds(60)) { _ in
            await #expect(throws: ServerError.self) {
                try await admission.withWorker(for: "a", until: .now + .milliseconds(20)) { _ in }
            }
            #expect(admission.waitingCount == 0)
        }
        try await admission.withWorker(for: "a", until: .now + .seconds(60)) { _ in }
    }

    @Test("one that is cancelled while it waits leaves the line, before or after it got there")
    func cancellation() async throws {
        let admission = Admission(places: 10)
        try await admission.withWorker(for: "a", until: .now + .seconds(60)) { _ in
            for waits in [true, false] {
                let task = Task {
                    try await admission.withWorker(for: "a", until: .now + .seconds(60)) { _ in }
                }
                if waits { while admission.waitingCount == 0 { await Task.yield() } }
                task.cancel()
                await #expect(throws: CancellationError.self) { try await task.value }
            }
            #expect(admission.waitingCount == 0)
        }
        try await admission.withWorker(for: "a", until: .now + .seconds(60)) { _ in }
    }

    @Test("no worker is lost or doubled under many callers that come, go and fail")
    func stress() async throws {
        let admission = Admission(workers: 3, places: 1000)
        let busy = Shared(0)
        await withTaskGroup(of: Void.self) { group in
            for index in 0..<600 {
                group.addTask {
                    let task = Task {
                        try await admission.withWorker(
                            for: "m\(index % 4)",
                            until: .now + (index % 5 == 0 ? .microseconds(50) : .seconds(60))
                        ) { _ in
                            let count = busy.withLock { count in
                                count += 1
                                return count
                            }
                            #expect(count <= 3)
                            await Task.yield()
                            busy.withLock { $0 -= 1 }
                            if index % 7 == 0 { throw TestFailure("on purpose") }
                        }
                    }
                    if index % 3 == 0 { task.cancel() }
                    _ = await task.result
                }
            }
        }
        // All must be there again: the one of all threads for the first, the team for those that wait for it.
        #expect(try await threads(of: 3, in: admission) == [3, 1, 1, 1])
    }

    /// The threads that a caller gets who is alone, and those that each of `count` get who waited meanwhile.
    private func threads(of count: Int, in admission: Admission) async throws -> [Int] {
        let inside = Shared(0)
        return try await withThrowingTaskGroup(of: Int.self) { group in
            let alone = try await admission.withWorker(for: "a", until: .now + .seconds(60)) { worker in
                for index in 0..<count {
                    group.addTask {
                        try await admission.withWorker(for: "m\(index)", until: .now + .seconds(60)) {
                            worker in
                            inside.withLock { $0 += 1 }
                            while inside.withLock({ $0 }) < count { await Task.yield() }
                            return worker.pool.threadCount
                        }
                    }
                }
                while admission.waitingCount < count { await Task.yield() }
                return worker.pool.threadCount
            }
            return try await group.reduce(into: [alone]) { $0.append($1) }
        }
    }

    @Test("one that is alone gets all threads, several that wait share them, and the last is alone again")
    func sharing() async throws {
        let admission = Admission(workers: 2, places: 10)
        for _ in 0..<3 {
            #expect(try await threads(of: 2, in: admission) == [2, 1, 1])
            #expect(try await threads(of: 1, in: admission) == [2, 2])
        }
    }
}
