import Synchronization

/// Room for some images. It is given back once, at the latest when nobody holds it any more.
final class Place: Sendable {
    private let leave: Mutex<(@Sendable () -> Void)?>

    init(leave: @escaping @Sendable () -> Void) { self.leave = Mutex(leave) }

    deinit { giveBack() }

    /// Gives the room back.
    func giveBack() {
        let leave = leave.withLock { leave in
            defer { leave = nil }
            return leave
        }
        leave?()
    }
}
