import TestSupport
import Testing

@testable import Engine

@Suite("MemoryPlanner")
struct MemoryPlannerTests {
    @Test("buffers that live at the same time never overlap, and the arena holds them all")
    func noOverlap() {
        var generator = SplitMix64(seed: 1)
        for _ in 0..<50 {
            let requests = (0..<40).map { _ in
                let start = Int.random(in: 0..<60, using: &generator)
                return MemoryPlanner.Request(
                    byteCount: Int.random(in: 1..<5000, using: &generator),
                    lifetime: start...start + Int.random(in: 0..<12, using: &generator))
            }
            let placement = MemoryPlanner.place(requests)
            for first in requests.indices {
                let end = placement.offsets[first] + requests[first].byteCount
                #expect(placement.offsets[first].isMultiple(of: MemoryPlanner.alignment))
                #expect(end <= placement.byteCount)
                for second in requests.indices
                where second != first && requests[first].lifetime.overlaps(requests[second].lifetime) {
                    let start = placement.offsets[second]
                    #expect(end <= start || start + requests[second].byteCount <= placement.offsets[first])
                }
            }
        }
    }

    @Test("a chain of buffers of one size needs the memory of two")
    func chain() {
        let requests = (0..<20).map { MemoryPlanner.Request(byteCount: 640, lifetime: $0...$0 + 1) }
        #expect(MemoryPlanner.place(requests).byteCount == 1280)
    }
}
