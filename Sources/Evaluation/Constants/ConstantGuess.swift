import Networks
import Predictions

/// An answer that takes no look at the image.
public enum ConstantGuess: Sendable, Equatable {
    /// A class.
    case segmentation(Int)
    /// A depth, in the unit of the truth.
    case depth(Float)
    /// A direction, a unit vector.
    case normals(SIMD3<Float>)
}

/// Finds the best constant guesses for one task from its true maps, one frame at a time.
protocol ConstantSearch: Sendable {
    /// Adds a true map to the present batch.
    mutating func add(_ truth: TruthMap)

    /// Ends a batch of frames.
    mutating func endBatch()

    /// The best guesses, one for all measures or one for each; none if no pixel had a truth.
    var guesses: [ConstantGuess] { get }
}

/// Finds the class that most pixels have.
struct ClassSearch: ConstantSearch {
    private var counts: [Int]

    init(classCount: Int) { counts = [Int](repeating: 0, count: classCount) }

    mutating func add(_ truth: TruthMap) {
        for value in truth.values where value >= 0 && value < Float(counts.count) { counts[Int(value)] += 1 }
    }

    mutating func endBatch() {}

    var guesses: [ConstantGuess] {
        guard let most = counts.max(), most > 0 else { return [] }
        return counts.firstIndex(of: most).map { [.segmentation($0)] } ?? []
    }
}
