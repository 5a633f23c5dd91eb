/// Writes metric families in the text format of Prometheus.
struct PrometheusText {
    private(set) var text = ""

    /// Writes a family that has a series.
    mutating func write(_ name: String, _ family: PrometheusRegistry.Family) {
        guard !family.series.isEmpty else { return }
        text += "# HELP \(name) \(Self.escaped(family.help, quotes: false))\n"
        text += "# TYPE \(name) \(family.kind.rawValue)\n"
        let ordered = family.series.map { (labels: $0.key.pairs, numbers: $0.value.current) }
            .sorted { $0.labels.flatMap(\.self).lexicographicallyPrecedes($1.labels.flatMap(\.self)) }
        for (labels, numbers) in ordered {
            if family.kind == .histogram {
                writeHistogram(name, labels, numbers, family.bounds)
            } else {
                writeSample(name, labels, numbers.value)
            }
        }
    }

    private mutating func writeHistogram(
        _ name: String, _ labels: [[String]], _ numbers: Series.Numbers, _ bounds: [Double]
    ) {
        var count = 0
        for (bound, bucket) in zip(bounds, numbers.buckets) {
            count += bucket
            writeSample("\(name)_bucket", labels + [["le", "\(bound)"]], Double(count))
        }
        writeSample("\(name)_bucket", labels + [["le", "+Inf"]], Double(numbers.count))
        writeSample("\(name)_sum", labels, numbers.value)
        writeSample("\(name)_count", labels, Double(numbers.count))
    }

    private mutating func writeSample(_ name: String, _ labels: [[String]], _ value: Double) {
        text += name
        if !labels.isEmpty {
            let pairs = labels.map { "\($0[0])=\"\(Self.escaped($0[1], quotes: true))\"" }
            text += "{\(pairs.joined(separator: ","))}"
        }
        let isWhole = value == value.rounded() && abs(value) < 1e15
        text += isWhole ? " \(Int(value))\n" : " \(value)\n"
    }

    private static func escaped(_ text: String, quotes: Bool) -> String {
        var escaped = ""
        for character in text {
            switch character {
            case "\\": escaped += "\\\\"
            case "\n": escaped += "\\n"
            case "\"" where quotes: escaped += "\\\""
            default: escaped.append(character)
            }
        }
        return escaped
    }
}
