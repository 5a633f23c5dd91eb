import Files

/// An input that failed.
struct Problem {
    let path: String
    let reason: String

    /// The input as it may be printed, and what is wrong.
    var line: String { "  \(path.shown()): \(reason.shown())" }

    init(path: String, reason: String) {
        self.path = path
        self.reason = reason
    }

    init(path: String, _ error: any Error) {
        let file = error as? FileError
        self.init(path: path, reason: file?.path == path ? file?.reason ?? "" : "\(error)")
    }
}
