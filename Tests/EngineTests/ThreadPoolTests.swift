import Engine
import Synchronization
import Testing

@Suite("ThreadPool")
struct ThreadPoolTests {
    @Test("every item runs exactly once, whatever the number of threads", arguments: [1, 2, 3, 8])
    func everyItemOnce(threads: Int) {
        let pool = ThreadPool(threadCount: threads)
        for count in [0, 1, 2, 7, 1000] {
            let sum = Atomic<Int>(0)
            let calls = Atomic<Int>(0)
            pool.forEach(count) { item, _ in
                sum.add(item, ordering: .relaxed)
                calls.add(1, ordering: .relaxed)
            }
            #expect(calls.load(ordering: .relaxed) == count)
            #expect(sum.load(ordering: .relaxed) == count * max(count - 1, 0) / 2)
        }
    }

    @Test("no two items run under one worker index at the same time")
    func workersAreExclusive() {
        let pool = ThreadPool(threadCount: 4)
        let busy = Mutex([Bool](repeating: false, count: 4))
        let clashes = Atomic<Int>(0)
        pool.forEach(2000) { _, worker in
            let clash = busy.withLock { flags in
                defer { flags[worker] = true }
                return flags[worker]
            }
            if clash { clashes.add(1, ordering: .relaxed) }
            busy.withLock { $0[worker] = false }
        }
        #expect(clashes.load(ordering: .relaxed) == 0)
    }

    @Test("thousands of short loops in a row neither hang nor lose work")
    func shortLoops() {
        let pool = ThreadPool(threadCount: 3)
        let calls = Atomic<Int>(0)
        for _ in 0..<5000 { pool.forEach(3) { _, _ in calls.add(1, ordering: .relaxed) } }
        #expect(calls.load(ordering: .relaxed) == 15000)
    }

    @Test("several callers share one pool")
    func concurrentCallers() async {
        let pool = ThreadPool(threadCount: 2)
        let totals = await withTaskGroup(of: Int.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    let calls = Atomic<Int>(0)
                    for _ in 0..<50 { pool.forEach(20) { _, _ in calls.add(1, ordering: .relaxed) } }
                    return calls.load(ordering: .relaxed)
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(totals == Array(repeating: 1000, count: 8))
    }
}
