import CoreMetrics
import Synchronization

/// Collects metrics and writes them in the text format that Prometheus reads (version 0.0.4).
final class PrometheusRegistry: Sendable {
    /// What a metric measures.
    enum Kind: String, Sendable {
        case counter, gauge, histogram
    }

    struct Family {
        let kind: Kind
        let help: String
        let bounds: [Double]
        var series: [Labels: Series] = [:]
    }

    /// Label names and values, in the order of the names.
    struct Labels: Hashable {
        let pairs: [[String]]

        init(_ dimensions: [(String, String)]) {
            pairs = dimensions.map { [$0.0, $0.1] }.sorted { $0[0] < $1[0] }
        }
    }

    private let families = Mutex<[String: Family]>([:])

    /// Declares a metric before it is used.
    ///
    /// - Parameter bounds: the upper bounds of a histogram's buckets, in increasing order.
    func declare(_ name: String, _ kind: Kind, _ help: String, bounds: [Double] = []) {
        families.withLock { $0[name] = Family(kind: kind, help: help, bounds: bounds) }
    }

    /// The series of a metric with certain labels, which begins at zero.
    func series(_ name: String, _ dimensions: [(String, String)]) -> Series {
        families.withLock { families in
            let labels = Labels(dimensions)
            guard let family = families[name] else { preconditionFailure("\(name) is not declared") }
            if let series = family.series[labels] { return series }
            let series = Series(bounds: family.bounds)
            families[name]?.series[labels] = series
            return series
        }
    }

    /// Forgets a series.
    func remove(_ name: String, _ dimensions: [(String, String)]) {
        families.withLock { $0[name]?.series[Labels(dimensions)] = nil }
    }

    /// All metrics as text.
    var text: String {
        let families = families.withLock { $0 }
        var writer = PrometheusText()
        for (name, family) in families.sorted(by: { $0.key < $1.key }) { writer.write(name, family) }
        return writer.text
    }
}

/// The numbers of one metric with one set of labels.
final class Series: Sendable {
    struct Numbers {
        /// The value of a counter or gauge, the sum of a histogram.
        var value = 0.0
        /// How many observations there were.
        var count = 0
        /// How many fell between two bounds; the last are above all.
        var buckets: [Int]
    }

    let bounds: [Double]
    private let numbers: Mutex<Numbers>

    init(bounds: [Double]) {
        self.bounds = bounds
        numbers = Mutex(Numbers(buckets: [Int](repeating: 0, count: bounds.count + 1)))
    }

    var current: Numbers { numbers.withLock { $0 } }

    func add(_ amount: Double) { numbers.withLock { $0.value += amount } }

    func set(_ value: Double) { numbers.withLock { $0.value = value } }

    func observe(_ value: Double) {
        let bucket = bounds.firstIndex { value <= $0 } ?? bounds.count
        numbers.withLock {
            $0.value += value
            $0.count += 1
            $0.buckets[bucket] += 1
        }
    }
}
