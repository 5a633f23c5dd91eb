import ArgumentParser
import StandardStreams

/// What the process ends with, beside 0 for success and 64 for wrong usage. The values are those of sysexits.h,
/// and for signals those of shells.
extension ExitCode {
    /// Some inputs failed; the others are done.
    static let someInputsFailed = ExitCode(65)
    /// A server cannot listen, or is not ready.
    static let cannotServe = ExitCode(69)
    /// The outputs cannot be written.
    static let cannotWrite = ExitCode(73)
    /// The model cannot be used.
    static let modelUnusable = ExitCode(78)
    /// The reader of standard output closed it, as `head` does.
    static let readerGone = ExitCode(128 + 13)
}

/// Writes a line to standard error. Waits for a slow reader, but not for a stalled one.
func report(_ line: String) {
    LineWriter.standardError.writeWhenRoom("\(line)\n")
}

/// Writes lines to standard output.
///
/// - Throws: `ExitCode.cannotWrite`, after saying why, or `ExitCode.readerGone`.
func show(_ text: String) throws(ExitCode) {
    do {
        try StandardOutput.write("\(text)\n")
    } catch {
        switch error {
        case .readerGone: throw .readerGone
        case .failed(let reason): throw failure(reason, .cannotWrite)
        }
    }
}

/// Reports wrong usage that only shows when the command runs, and returns the code to leave with.
func usageError(_ message: String) -> ExitCode {
    report("mtan: \(message)")
    return .validationFailure
}

/// Reports an error and returns the code to leave with.
func failure(_ error: any Error, _ code: ExitCode) -> ExitCode {
    failure("\(error)", code)
}

/// Reports a failure in words and returns the code to leave with.
func failure(_ message: String, _ code: ExitCode) -> ExitCode {
    report("mtan: \(message)")
    return code
}
