/// Finds the names that someone may have meant.
enum NearestNames {
    /// Up to three names that share the longest beginning and end with `name`, nearest first, and at least
    /// half of it. O(length of all names).
    static func to(_ name: String, among names: [String]) -> [String] {
        let target = Array(name.utf8)
        let scored = names.compactMap { candidate -> (distance: Int, name: String)? in
            let shared = shared(target, Array(candidate.utf8))
            guard 2 * shared >= target.count else { return nil }
            return (target.count + candidate.utf8.count - 2 * shared, candidate)
        }
        return scored.sorted { ($0.distance, $0.name) < ($1.distance, $1.name) }.prefix(3).map(\.name)
    }

    /// The bytes in the common beginning and, after it, the common end.
    private static func shared(_ first: [UInt8], _ second: [UInt8]) -> Int {
        let start = zip(first, second).prefix { $0 == $1 }.count
        let end = zip(first.dropFirst(start).reversed(), second.dropFirst(start).reversed())
        return start + end.prefix { $0 == $1 }.count
    }
}
