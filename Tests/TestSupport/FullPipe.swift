import Foundation

/// A pipe that holds all it can, and that nobody reads until a test does.
public final class FullPipe: Sendable {
    /// The descriptor to read from.
    public let readEnd: Int32

    /// The descriptor to write to.
    public let writeEnd: Int32

    /// What is in it.
    public let content: String

    /// Makes a pipe, and fills it.
    ///
    /// - Parameter isNonblocking: whether a write finds an error in place of waiting.
    public init(isNonblocking: Bool) throws {
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { throw POSIXError(.EMFILE) }
        (readEnd, writeEnd) = (ends[0], ends[1])
        let flags = fcntl(writeEnd, F_GETFL)
        _ = fcntl(writeEnd, F_SETFL, flags | O_NONBLOCK)
        let page = String(repeating: "-", count: 4096)
        var count = 0
        while write(writeEnd, page, 4096) == 4096 { count += 1 }
        content = String(repeating: page, count: count)
        if !isNonblocking { _ = fcntl(writeEnd, F_SETFL, flags) }
    }

    deinit {
        close(readEnd)
        close(writeEnd)
    }
}
