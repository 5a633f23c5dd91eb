/// Finds the direction with the least mean angle to the true normals.
///
/// Directions are sorted into cells of a thirty-second; the search ends with steps of a fiftieth of a degree.
struct NormalSearch: ConstantSearch {
    private struct Direction {
        let vector: SIMD3<Double>
        let weight: Double
    }

    /// For each cell the sums of x, y, z and 1 over its pixels.
    private var bins = BatchBins<SIMD3<Int8>>()

    mutating func add(_ truth: TruthMap) {
        let truth = truth.values
        for start in stride(from: 0, to: truth.count - 2, by: 3) {
            let stored = SIMD3(truth[start], truth[start + 1], truth[start + 2])
            guard stored.isNormal else { continue }
            let normal = SIMD3<Double>(stored).unit
            bins.add(
                SIMD4(normal, 1),
                to: SIMD3<Int8>(clamping: SIMD3<Int>((normal * 32).rounded(.toNearestOrEven))))
        }
    }

    mutating func endBatch() { bins.endBatch() }

    var guesses: [ConstantGuess] { direction.map { [.normals($0)] } ?? [] }

    /// The best direction as a unit vector, or nil without normals.
    private var direction: SIMD3<Float>? {
        let directions = bins.sums.values.map {
            Direction(vector: SIMD3($0.x, $0.y, $0.z).unit, weight: $0.w)
        }.sorted { ($0.weight, $0.vector.x, $0.vector.y) > ($1.weight, $1.vector.x, $1.vector.y) }
        func error(_ candidate: SIMD3<Double>) -> Double {
            directions.reduce(0) { $0 + $1.weight * candidate.degrees(to: $1.vector) }
        }
        // The measure has several minima, near walls and floors: the search starts from the best of the mean
        // and the commonest directions.
        let mean = directions.reduce(SIMD3.zero) { $0 + $1.vector * $1.weight }.unit
        let starts = [mean] + directions.prefix(128).map(\.vector)
        guard !directions.isEmpty, let start = starts.map({ ($0, error($0)) }).min(by: { $0.1 < $1.1 }) else {
            return nil
        }
        return SIMD3<Float>(Self.descend(from: start, error))
    }

    /// Walks along the sphere while any of six steps makes the error less, and then with half the step.
    private static func descend(
        from start: (SIMD3<Double>, Double), _ error: (SIMD3<Double>) -> Double
    ) -> SIMD3<Double> {
        let axes: [SIMD3<Double>] = [
            [1, 0, 0], [0, 1, 0], [0, 0, 1], [-1, 0, 0], [0, -1, 0], [0, 0, -1],
        ]
        var (best, least) = start
        var step = 0.1
        while step > .pi / 180 / 50 {
            let candidates = axes.map { (best + $0 * step).unit }.map { ($0, error($0)) }
            if let next = candidates.min(by: { $0.1 < $1.1 }), next.1 < least {
                (best, least) = next
            } else {
                step /= 2
            }
        }
        return best
    }
}

extension SIMD3<Double> {
    /// The vector divided by its length; zero stays zero.
    var unit: SIMD3<Double> {
        let length = dot(self).squareRoot()
        return length > 0 ? self / length : self
    }
}
