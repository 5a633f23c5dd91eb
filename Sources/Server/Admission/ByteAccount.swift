import Synchronization

/// The bytes that one request holds in the queue of a model.
final class ByteAccount: Sendable {
    private let admission: Admission
    private let model: String
    private let bytes = Mutex(0)

    init(_ admission: Admission, _ model: String) {
        self.admission = admission
        self.model = model
    }

    /// - Throws: ``ServerError/queueFull(retryAfter:)``
    func add(_ count: Int) throws(ServerError) {
        try admission.hold(count, for: model)
        bytes.withLock { $0 += count }
    }

    /// Gives all of them back.
    func close() {
        let held = bytes.withLock { bytes in
            defer { bytes = 0 }
            return bytes
        }
        admission.release(held, for: model)
    }
}
