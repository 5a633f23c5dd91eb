import Checkpoints
import Foundation
import Images
import Predictions
import Tensors
import TestSupport
import Testing

@testable import Evaluation

/// The figures of Tests/Fixtures/evaluation/make_evaluation.py, which follows upstream's definitions in NumPy.
@Suite("Measures")
struct ScoreTests {
    private struct Expected: Decodable {
        struct Segmentation: Decodable {
            let mean_iou: Double
            let pixel_accuracy: Double
            let iou: [Double?]
            let share: [Double]
        }
        let segmentation: Segmentation
        let figures: [String: [String: Double]]

        private struct Key: CodingKey {
            var stringValue: String
            var intValue: Int? { nil }
            init(stringValue: String) { self.stringValue = stringValue }
            init?(intValue: Int) { nil }
        }

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: Key.self)
            segmentation = try container.decode(Segmentation.self, forKey: Key(stringValue: "segmentation"))
            figures = try ["1", "2", "all", "constant"].reduce(into: [:]) { figures, name in
                figures[name] = try container.decode([String: Double].self, forKey: Key(stringValue: name))
            }
        }
    }

    private static let labels = (0..<6).map { "class \($0)" }
    private static let tasks = [
        TaskDescription(
            name: "segmentation",
            output: .segmentation(labels: labels, palette: [RGBColor](repeating: .black, count: 6))),
        TaskDescription(name: "depth", output: .depth(unit: .metric, scale: 1000)),
        TaskDescription(name: "normals", output: .normals(axes: ["x", "y", "z"])),
    ]

    private let expected: Expected

    init() throws {
        expected = try JSONDecoder().decode(
            Expected.self, from: Data(fixtureBytes("evaluation/expected.json")))
    }

    /// The frames of the fixtures: for each task the map that was predicted and the truth.
    private func frames() throws -> [[(map: TaskMap, truth: TruthMap?)]] {
        try (0..<5).map { index in
            let path = "evaluation/scores/\(index).npz"
            let archive = try NPZFile(fixtureBytes(path), name: path, limit: 1 << 20)
            let names = [("scores", "label"), ("predicted_depth", "depth"), ("predicted_normal", "normal")]
            return try zip(Self.tasks, names).map { task, names in
                let output = try #require(try archive.array(names.0))
                let map = TaskMap(
                    task: task, output: Tensor(shape: output.shape, elements: output.floats()),
                    size: PixelSize(width: 13, height: 11))
                let truth = try archive.array(names.1).map { try TruthMap($0, of: task.kind, file: path) }
                return (map, truth)
            }
        }
    }

    /// The scores of all frames in batches.
    private func scores(batchSize: Int?) throws -> (ConfusionMatrix, DepthErrors, NormalErrors) {
        var (classes, depths, normals) = (ConfusionMatrix(classCount: 6), DepthErrors(), NormalErrors())
        var batches = BatchCounter(size: batchSize)
        func endBatch() {
            classes.endBatch()
            depths.endBatch()
            normals.endBatch()
        }
        for frame in try frames() {
            if let truth = frame[0].truth { classes.add(frame[0].map.rows(), truth: truth) }
            if let truth = frame[1].truth { depths.add(frame[1].map.rows(), truth: truth) }
            if let truth = frame[2].truth { normals.add(frame[2].map.rows(), truth: truth) }
            if batches.add() { endBatch() }
        }
        endBatch()
        return (classes, depths, normals)
    }

    @Test("depth errors and angles are those of NumPy, for batches of one, two and all frames")
    func regression() throws {
        for (name, size) in [("1", 1), ("2", 2), ("all", nil)] {
            let (_, depths, normals) = try scores(batchSize: size)
            let expected = try #require(expected.figures[name])
            for measure in depths.measures + normals.measures {
                let value = try #require(expected[measure.key], "\(measure.key)")
                // The median has steps; predictions are normalised in single precision.
                let tolerance = ["median_angle": 0.00051, "mean_angle": 2e-5][measure.key] ?? 1e-6
                #expect(abs(measure.value - value) <= tolerance, "\(name) \(measure)")
            }
        }
    }

    @Test("mean IoU and pixel accuracy are those of NumPy, with void, absent and foreign classes")
    func segmentation() throws {
        let (matrix, _, _) = try scores(batchSize: 1)
        #expect(abs(matrix.meanIntersectionOverUnion - expected.segmentation.mean_iou) < 1e-12)
        #expect(abs(matrix.pixelAccuracy - expected.segmentation.pixel_accuracy) < 1e-12)
        #expect(matrix.foreignPixels == 4 * 3)
        for index in 0..<6 {
            let (found, wanted) = (matrix.intersectionOverUnion(of: index), expected.segmentation.iou[index])
            #expect((found == nil) == (wanted == nil))
            #expect(abs((found ?? 0) - (wanted ?? 0)) < 1e-12)
            let share = Double(matrix.truth(of: index)) / Double(matrix.pixels)
            #expect(abs(share - expected.segmentation.share[index]) < 1e-12)
        }
    }

    @Test("a class that is nowhere leaves the mean, one that is only predicted counts as zero")
    func absentClasses() {
        var matrix = ConfusionMatrix(classCount: 4)
        let predictions: [UInt8] = [0, 0, 1, 2]
        predictions.withUnsafeBufferPointer { matrix.add($0, truth: [0, 0, 1, 1]) }
        #expect(matrix.intersectionOverUnion(of: 2) == 0)
        #expect(matrix.intersectionOverUnion(of: 3) == nil)
        #expect(matrix.meanIntersectionOverUnion == 0.5)
    }

    @Test("without a pixel of truth the figures are no numbers")
    func nothing() {
        #expect(ConfusionMatrix(classCount: 3).meanIntersectionOverUnion.isNaN)
        #expect(DepthErrors().absolute.isNaN && NormalErrors().median.isNaN)
    }

    @Test(
        "a predicted zero vector is 90 degrees off, the truth is not normalised, and angles reach 180 degrees"
    )
    func extremes() {
        var errors = NormalErrors()
        let predictions: [Float] = [0, 0, 0, 0, 0, 1, 0, 1, 0]
        predictions.withUnsafeBufferPointer { errors.add($0, truth: [1, 0, 0, 0, 0, 0.5, 0, -1, 0]) }
        errors.endBatch()
        #expect(abs(errors.mean - (90 + 60 + 180) / 3) < 1e-9)
        #expect(abs(errors.median - 90) <= 0.00051)
    }

    @Test("no constant is better than those that are found")
    func constants() throws {
        var searches: [any ConstantSearch] = [ClassSearch(classCount: 6), DepthSearch(), NormalSearch()]
        for frame in try frames() {
            for (index, part) in frame.enumerated() {
                guard let truth = part.truth else { continue }
                searches[index].add(truth)
            }
            for index in searches.indices { searches[index].endBatch() }
        }
        #expect(searches[0].guesses == [.segmentation(0)])
        let tried = try #require(expected.figures["constant"])
        let figures = try measures(of: searches.map(\.guesses))
        for (key, least) in tried {
            let found = try #require(figures[key]?.min())
            // The search in NumPy has steps too.
            #expect(found < least * 1.0005 && found > least * 0.99, "\(key): \(found), \(least)")
        }
    }

    /// The figures of each guess over all frames, by their keys.
    private func measures(of guesses: [[ConstantGuess]]) throws -> [String: [Double]] {
        var figures: [String: [Double]] = [:]
        func gather(_ score: some Score, _ task: Int, _ guess: ConstantGuess) throws {
            var score = score
            for frame in try frames() {
                if let truth = frame[task].truth { score.add(guess, truth: truth) }
                score.endBatch()
            }
            for measure in score.measures { figures[measure.key, default: []].append(measure.value) }
        }
        for guess in guesses[1] { try gather(DepthErrors(), 1, guess) }
        for guess in guesses[2] { try gather(NormalErrors(), 2, guess) }
        return figures
    }
}
