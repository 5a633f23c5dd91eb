/// Places buffers with known lifetimes in one arena, so that buffers which never live at the same time share
/// memory.
enum MemoryPlanner {
    /// A buffer and the steps during which it must keep its contents.
    struct Request {
        let byteCount: Int
        let lifetime: ClosedRange<Int>
    }

    /// Where each buffer starts, and how large the arena must be.
    struct Placement {
        var offsets: [Int]
        var byteCount: Int
    }

    /// Every buffer starts on a cache line of its own.
    static let alignment = 64

    /// Places the largest buffers first, each at the lowest address where it overlaps no buffer that is alive
    /// at the same time. Quadratic in the number of buffers, of which a network has a few hundred.
    static func place(_ requests: [Request]) -> Placement {
        var placement = Placement(offsets: Array(repeating: 0, count: requests.count), byteCount: 0)
        var placed: [(bytes: Range<Int>, lifetime: ClosedRange<Int>)] = []
        let order = requests.indices.sorted {
            (requests[$1].byteCount, $0) < (requests[$0].byteCount, $1)
        }
        for index in order {
            let request = requests[index]
            let size = (request.byteCount + alignment - 1) / alignment * alignment
            var offset = 0
            for neighbour in placed where neighbour.lifetime.overlaps(request.lifetime) {
                if offset + size <= neighbour.bytes.lowerBound { break }
                offset = max(offset, neighbour.bytes.upperBound)
            }
            placement.offsets[index] = offset
            placement.byteCount = max(placement.byteCount, offset + size)
            let position = placed.firstIndex { $0.bytes.lowerBound > offset } ?? placed.endIndex
            placed.insert((offset..<offset + size, request.lifetime), at: position)
        }
        return placement
    }
}
