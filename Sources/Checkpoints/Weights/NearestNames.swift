/// Finds the names that someone may have meant.
enum NearestNames {
    /// The most names compared, and the longest ones, so that an error costs milliseconds at most.
    private static let candidateLimit = 4096
    private static let lengthLimit = 160

    /// Up to three names of the fewest edits from `name`, nearest first; none that differ in over half.
    static func to(_ name: String, among names: [String]) -> [String] {
        let target = Array(name.utf8)
        guard target.count <= lengthLimit else { return [] }
        let scored = names.prefix(candidateLimit).compactMap { candidate -> (distance: Int, name: String)? in
            let bytes = Array(candidate.utf8)
            guard bytes.count <= lengthLimit, abs(bytes.count - target.count) <= target.count / 2 else {
                return nil
            }
            return (edits(target, bytes), candidate)
        }
        return scored.filter { $0.distance <= target.count / 2 }
            .sorted { ($0.distance, $0.name) < ($1.distance, $1.name) }
            .prefix(3).map(\.name)
    }

    /// Levenshtein's distance. O(n·m) time, O(m) memory.
    private static func edits(_ first: [UInt8], _ second: [UInt8]) -> Int {
        var previous = Array(0...second.count)
        for (row, byte) in first.enumerated() {
            var current = [row + 1]
            current.reserveCapacity(second.count + 1)
            for (column, other) in second.enumerated() {
                let replaced = previous[column] + (byte == other ? 0 : 1)
                current.append(min(replaced, previous[column + 1] + 1, current[column] + 1))
            }
            previous = current
        }
        return previous[second.count]
    }
}
