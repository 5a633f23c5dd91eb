/// Counts frames into batches.
struct BatchCounter: Sendable {
    /// The frames of a batch, or nil for one batch of all.
    let size: Int?

    private var count = 0

    init(size: Int?) {
        precondition(size ?? 1 > 0)
        self.size = size
    }

    /// Counts a frame; whether the batch ends with it.
    mutating func add() -> Bool {
        count += 1
        guard count == size else { return false }
        count = 0
        return true
    }
}
