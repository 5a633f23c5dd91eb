import Dispatch
import Files
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Writes lines to a descriptor that may be slow, stalled, full or without a reader, and never fails or blocks
/// its callers for it.
///
/// Lines wait in a queue of bounded size for a thread that writes them in order. Those that find the queue full,
/// or that cannot be written, are dropped and counted; the count is written as a line of its own, at their
/// place, as soon as writing works again.
public final class LineWriter: Sendable {
    /// The writer of this process's standard error.
    public static let standardError = LineWriter(descriptor: STDERR_FILENO)

    /// The size of the queue in bytes.
    public static let capacity = 256 << 10

    fileprivate enum Entry: Sendable {
        case text(String)
        case dropped(lines: Int)
        case fence(DispatchSemaphore)
    }

    fileprivate struct State {
        var entries: [Entry] = []
        /// The bytes of text that are queued or being written.
        var byteCount = 0
        var droppedLines = 0
        /// Grows with every entry that is done with.
        var progress = 0
        /// Whether a caller has waited in vain since the last progress.
        var isStalled = false
        var isRunning = false
        var notice: @Sendable (Int) -> String = { count in
            "mtan: \(count.counted("log line")) dropped\n"
        }
    }

    /// What the writing thread knows of the descriptor.
    private struct Output {
        /// Dropped lines of which no notice has been written yet.
        var unsaidLines = 0
        /// Whether a line was cut short by an error.
        var isLineOpen = false
    }

    private static let idleTime = DispatchTimeInterval.seconds(1)
    private static let stallTime = DispatchTimeInterval.seconds(1)
    private static let flushTime = Duration.seconds(10)

    private let descriptor: Int32
    private let state = Mutex(State())
    private let output = Mutex(Output())
    private let work = DispatchSemaphore(value: 0)

    /// A writer to a descriptor, which must stay open.
    init(descriptor: Int32) { self.descriptor = descriptor }

    /// The number of lines that were dropped so far.
    public var droppedLineCount: Int { state.withLock { $0.droppedLines } }

    /// Says how the line is formed that tells of a number of dropped lines; it ends with a line feed.
    public func setNotice(_ notice: @escaping @Sendable (_ count: Int) -> String) {
        state.withLock { $0.notice = notice }
    }

    /// Queues text and returns at once: a line with its line feed, or what moves within a line on a terminal,
    /// which is not counted when it is dropped.
    public func write(_ text: String) {
        state.withLock { state in
            let wasEmpty = state.entries.isEmpty
            let size = text.utf8.count
            if state.hasRoom(for: size) {
                state.byteCount += size
                state.entries.append(.text(text))
            } else {
                state.drop(text.lineCount)
            }
            wakeThread(&state, wasEmpty: wasEmpty)
        }
    }

    /// Queues text. If the queue is full, waits while the reader takes some of it, as ``flush()`` does: for
    /// reports that are written in one go and would overtake any reader.
    public func writeWhenRoom(_ text: String) {
        if state.withLock({ !$0.hasRoom(for: text.utf8.count) }) { flush() }
        write(text)
    }

    /// Waits until everything queued is written, or dropped for an error. Gives up after a second in which the
    /// reader took nothing, and after ten seconds in any case.
    ///
    /// - Returns: whether the queue was done with, so that nothing more is written before the next call.
    @discardableResult public func flush() -> Bool {
        let fence = DispatchSemaphore(value: 0)
        let start: Int? = state.withLock { state in
            guard !state.isStalled else { return nil }
            let wasEmpty = state.entries.isEmpty
            state.entries.append(.fence(fence))
            wakeThread(&state, wasEmpty: wasEmpty)
            return state.progress
        }
        guard var progress = start else { return false }
        let end = ContinuousClock.now + Self.flushTime
        while fence.wait(timeout: .now() + Self.stallTime) == .timedOut {
            let isHopeless = state.withLock { state in
                state.isStalled = state.progress == progress
                progress = state.progress
                return state.isStalled || ContinuousClock.now >= end
            }
            if isHopeless { return false }
        }
        return true
    }
}

extension LineWriter.State {
    /// A text larger than the queue is taken when nothing else is there.
    fileprivate func hasRoom(for size: Int) -> Bool {
        byteCount == 0 || byteCount + size <= LineWriter.capacity
    }

    fileprivate mutating func drop(_ lines: Int) {
        guard lines > 0 else { return }
        droppedLines += lines
        if case .dropped(let earlier) = entries.last {
            entries[entries.count - 1] = .dropped(lines: earlier + lines)
        } else {
            entries.append(.dropped(lines: lines))
        }
    }
}

extension LineWriter {
    /// Tells the thread of the first entry in an empty queue, and starts it unless it runs. If the system
    /// refuses it, the next line tries again.
    private func wakeThread(_ state: inout State, wasEmpty: Bool) {
        if wasEmpty && !state.entries.isEmpty { work.signal() }
        guard !state.isRunning else { return }
        let writer = Unmanaged.passRetained(self)
        var thread = pthread_t()
        guard pthread_create(&thread, nil, writeLines, writer.toOpaque()) == 0 else {
            return writer.release()
        }
        pthread_detach(thread)
        state.isRunning = true
    }

    /// The thread's work, until there has been nothing to write for a while.
    fileprivate func run() {
        output.withLock { output in
            while let entries = nextEntries() {
                for entry in entries { finish(entry, &output) }
                // More lines may have been dropped meanwhile; one notice tells of all.
                if case .dropped = entries.last, state.withLock({ $0.entries.isEmpty }) {
                    _ = sayDropped(&output)
                }
            }
        }
    }

    /// What was queued meanwhile; nil to end the thread.
    private func nextEntries() -> [Entry]? {
        let isIdle = work.wait(timeout: .now() + Self.idleTime) == .timedOut
        return state.withLock { state in
            if isIdle && state.entries.isEmpty {
                state.isRunning = false
                return nil
            }
            let entries = state.entries
            state.entries = []
            return entries
        }
    }

    private func finish(_ entry: Entry, _ output: inout Output) {
        var (size, lost) = (0, 0)
        switch entry {
        case .text(let text):
            size = text.utf8.count
            if !sayDropped(&output) || !write(text, &output) { lost = text.lineCount }
            output.unsaidLines += lost
        case .dropped(let lines):
            output.unsaidLines += lines
        case .fence(let fence):
            _ = sayDropped(&output)
            fence.signal()
        }
        state.withLock { state in
            state.byteCount -= size
            state.droppedLines += lost
            state.progress += 1
            state.isStalled = false
        }
    }

    /// Whether no dropped line is without a notice now.
    private func sayDropped(_ output: inout Output) -> Bool {
        guard output.unsaidLines > 0 else { return true }
        let notice = state.withLock { $0.notice }
        guard write(notice(output.unsaidLines), &output) else { return false }
        output.unsaidLines = 0
        return true
    }

    private func write(_ text: String, _ output: inout Output) -> Bool {
        let bytes = Array("\(output.isLineOpen ? "\n" : "")\(text)".utf8)
        let (written, error) = bytes.withUnsafeBytes { Descriptor.write($0, to: descriptor) }
        if written > 0 { output.isLineOpen = error != 0 && bytes[written - 1] != UInt8(ascii: "\n") }
        return error == 0
    }
}

extension String {
    fileprivate var lineCount: Int { utf8.count { $0 == UInt8(ascii: "\n") } }
}

private func writeLines(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let argument else { return nil }
    Unmanaged<LineWriter>.fromOpaque(argument).takeRetainedValue().run()
    return nil
}
