import Files
import Foundation
import StandardStreams

/// Tells how far a run is: a bar on a terminal, a line for each photo elsewhere.
struct Progress {
    private let total: Int
    private let isQuiet: Bool
    private let isTerminal = Progress.isTerminal
    private let clock = ContinuousClock()
    private let start = ContinuousClock().now
    private var done = 0
    private var failed = 0

    /// Whether standard error is a terminal.
    static var isTerminal: Bool { isatty(STDERR_FILENO) == 1 }

    init(total: Int, isQuiet: Bool) {
        self.total = total
        self.isQuiet = isQuiet
        if isTerminal && !isQuiet { write("\(bar) ") }
    }

    /// One more photo is finished.
    mutating func finished(_ path: String, problem: String? = nil) {
        done += 1
        if problem != nil { failed += 1 }
        guard !isQuiet else { return }
        if isTerminal {
            let state = "\(bar) \(rate) "
            write("\r\u{1b}[K\(state)\(shortened(path, to: columns - 1 - state.count))")
        } else {
            write("\(done)/\(total) \(path)\(problem.map { ": \($0)" } ?? "")\n")
        }
    }

    /// Clears the bar.
    func end() {
        if isTerminal && !isQuiet { write("\r\u{1b}[K") }
    }

    /// Whether no photo is left.
    var isComplete: Bool { done == total }

    /// `3 of 10 photos`
    var extent: String { "\(done) of \(total.counted("photo"))" }

    /// `12 photos in 3.4 s (3.5 per second)`
    var summary: String {
        "\((done - failed).counted("photo")) in \(format(seconds)) s"
            + (done > 1 ? " (\(format(speed)) per second)" : "")
    }

    private var seconds: Double {
        let elapsed = clock.now - start
        return Double(elapsed.components.seconds) + Double(elapsed.components.attoseconds) * 1e-18
    }

    private var speed: Double { Double(done) / max(seconds, 1e-9) }

    private var bar: String {
        let width = 16
        let filled = total > 0 ? done * width / total : width
        let cells = String(repeating: "█", count: filled) + String(repeating: "░", count: width - filled)
        return "\(cells) \(done)/\(total)"
    }

    private var rate: String {
        let left = Int((Double(total - done) / speed).rounded())
        let clock = String(format: "%d:%02d:%02d", left / 3600, left / 60 % 60, left % 60)
        return "\(format(speed))/s, \(clock) left"
    }

    private func format(_ value: Double) -> String { String(format: value < 10 ? "%.2f" : "%.1f", value) }

    /// The width of the terminal.
    private var columns: Int {
        var size = winsize()
        let status = ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size)
        return status == 0 && size.ws_col > 0 ? Int(size.ws_col) : 80
    }

    /// The end of a long path.
    private func shortened(_ path: String, to width: Int) -> String {
        if path.count <= width { return path }
        return width > 8 ? "…" + path.suffix(width - 1) : ""
    }

    private func write(_ text: String) { LineWriter.standardError.write(text) }
}
