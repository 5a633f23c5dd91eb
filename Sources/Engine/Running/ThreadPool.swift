internal import CKernels
import Glibc
import Synchronization

/// A fixed set of threads that share the items of one loop at a time.
///
/// The caller takes part. Idle threads spin for some microseconds, which bridges the gap between two layers
/// of a network, then sleep. Several callers may use one pool; loops of more than one item run one after the
/// other.
public final class ThreadPool: Sendable {
    /// The number of threads that work on a loop, the caller among them.
    public let threadCount: Int

    /// More threads than this are refused.
    public static let maximumThreadCount = 1024

    private let crew: Crew
    private let threads: [pthread_t]

    /// Starts `threadCount - 1` threads, or as many as the system allows.
    public init(threadCount: Int) {
        precondition((1...Self.maximumThreadCount).contains(threadCount))
        let crew = Crew()
        self.crew = crew
        var threads: [pthread_t] = []
        while threads.count + 1 < threadCount,
            let thread = Self.startThread(worker: threads.count + 1, of: crew)
        {
            threads.append(thread)
        }
        self.threads = threads
        self.threadCount = threads.count + 1
    }

    deinit {
        crew.dismiss()
        for thread in threads { pthread_join(thread, nil) }
    }

    /// Calls `body(item, worker)` for every item below `count` and returns when all have finished.
    ///
    /// `worker` is below ``threadCount`` and differs between the items of a loop that run at the same time.
    /// `body` must not use the same pool again.
    public func forEach(_ count: Int, _ body: @Sendable (_ item: Int, _ worker: Int) -> Void) {
        let state = mtan_flush_denormals()
        defer { mtan_restore_denormals(state) }
        if threads.isEmpty || count <= 1 {
            for item in 0..<count { body(item, 0) }
        } else {
            crew.share(count, body)
        }
    }

    private static func startThread(worker: Int, of crew: Crew) -> pthread_t? {
        let start = Unmanaged.passRetained(Enlistment(worker: worker, crew: crew))
        var thread = pthread_t()
        let status = pthread_create(&thread, nil, enlist, start.toOpaque())
        guard status == 0 else {
            start.release()
            return nil
        }
        return thread
    }
}

private func enlist(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let argument else { return nil }
    let enlistment = Unmanaged<Enlistment>.fromOpaque(argument).takeRetainedValue()
    _ = mtan_flush_denormals()
    enlistment.crew.work(as: enlistment.worker)
    return nil
}

/// What a new thread is told.
private final class Enlistment: Sendable {
    let worker: Int
    let crew: Crew

    init(worker: Int, crew: Crew) {
        self.worker = worker
        self.crew = crew
    }
}

/// The state that a pool's threads share.
///
/// A loop is announced in `status`: a generation, whether the loop is open, and how many threads are inside.
/// A thread may touch `loop` only after it entered an open loop by raising the count, and the caller changes
/// `loop` only after it closed the loop and the count fell to zero; that is the proof for
/// `@unchecked Sendable`. `turn`, `sleeping` and `wake` are locks in the ordinary way.
private final class Crew: @unchecked Sendable {
    typealias Body = @Sendable (Int, Int) -> Void

    private struct Loop {
        var count = 0
        var body: UnsafePointer<Body>?
    }

    private static let open: UInt64 = 1 << 16
    private static let insideMask: UInt64 = open - 1
    private static let generation: UInt64 = 1 << 17
    private static let spins = 4_000

    private let status = Atomic<UInt64>(0)
    private let next = Atomic<Int>(0)
    private let sleepers = Atomic<Int>(0)
    private let dismissed = Atomic<Bool>(false)
    private var loop = Loop()
    private let turn = Mutex(())
    private let sleeping: UnsafeMutablePointer<pthread_mutex_t>
    private let wake: UnsafeMutablePointer<pthread_cond_t>

    init() {
        sleeping = .allocate(capacity: 1)
        wake = .allocate(capacity: 1)
        pthread_mutex_init(sleeping, nil)
        pthread_cond_init(wake, nil)
    }

    deinit {
        pthread_cond_destroy(wake)
        pthread_mutex_destroy(sleeping)
        wake.deallocate()
        sleeping.deallocate()
    }

    /// The caller's side of a loop.
    func share(_ count: Int, _ body: Body) {
        turn.withLock { _ in
            withoutActuallyEscaping(body) { body in
                withUnsafePointer(to: body) { pointer in
                    loop = Loop(count: count, body: pointer)
                    next.store(0, ordering: .relaxed)
                    status.add(Self.generation | Self.open, ordering: .sequentiallyConsistent)
                    wakeSleepers()
                    runItems(of: loop, as: 0)
                    closeLoop()
                    loop = Loop()
                }
            }
        }
    }

    private func closeLoop() {
        status.subtract(Self.open, ordering: .acquiringAndReleasing)
        var patience = Self.spins
        while status.load(ordering: .acquiring) & Self.insideMask != 0 {
            mtan_spin_hint()
            patience -= 1
            if patience < 0 { sched_yield() }
        }
    }

    private func runItems(of loop: Loop, as worker: Int) {
        guard let body = loop.body else { return }
        while true {
            let item = next.add(1, ordering: .relaxed).oldValue
            guard item < loop.count else { return }
            body.pointee(item, worker)
        }
    }

    /// A thread's life: wait for a loop, help with it, until dismissed.
    func work(as worker: Int) {
        var seen: UInt64 = 0
        while let announced = awaitLoop(after: seen) {
            seen = announced / Self.generation
            let (entered, _) = status.compareExchange(
                expected: announced, desired: announced + 1, ordering: .acquiringAndReleasing)
            guard entered else {
                seen -= 1
                continue
            }
            runItems(of: loop, as: worker)
            status.subtract(1, ordering: .acquiringAndReleasing)
        }
    }

    /// The status of an open loop of a later generation than `seen`, or nil when the crew is dismissed.
    private func awaitLoop(after seen: UInt64) -> UInt64? {
        for _ in 0..<Self.spins {
            if dismissed.load(ordering: .relaxed) { return nil }
            if let announced = announcement(after: seen) { return announced }
            mtan_spin_hint()
        }
        pthread_mutex_lock(sleeping)
        defer { pthread_mutex_unlock(sleeping) }
        sleepers.add(1, ordering: .sequentiallyConsistent)
        defer { sleepers.subtract(1, ordering: .sequentiallyConsistent) }
        while true {
            if dismissed.load(ordering: .sequentiallyConsistent) { return nil }
            if let announced = announcement(after: seen) { return announced }
            pthread_cond_wait(wake, sleeping)
        }
    }

    private func announcement(after seen: UInt64) -> UInt64? {
        let current = status.load(ordering: .sequentiallyConsistent)
        return current & Self.open != 0 && current / Self.generation > seen ? current : nil
    }

    /// A thread counts itself as a sleeper before it looks at `status` for the last time, and the caller sets
    /// `status` before it counts the sleepers, so one of the two always sees the other.
    private func wakeSleepers() {
        guard sleepers.load(ordering: .sequentiallyConsistent) > 0 else { return }
        pthread_mutex_lock(sleeping)
        pthread_cond_broadcast(wake)
        pthread_mutex_unlock(sleeping)
    }

    /// Ends the life of all threads.
    func dismiss() {
        dismissed.store(true, ordering: .sequentiallyConsistent)
        wakeSleepers()
    }
}
