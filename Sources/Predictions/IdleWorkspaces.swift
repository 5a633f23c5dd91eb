import Engine
import Synchronization

/// The workspaces that no run is using, the longest idle first. Never more than a fixed number.
final class IdleWorkspaces: Sendable {
    private let limit: Int
    private let kept = Mutex<[Workspace]>([])

    init(limit: Int) {
        precondition(limit > 0)
        self.limit = limit
    }

    /// Takes one of the right size out. Where there is none, the longest idle one is freed if the others and
    /// the new one would be too many.
    func take(height: Int, width: Int) -> Workspace? {
        kept.withLock { kept in
            let index = kept.lastIndex { $0.plan.height == height && $0.plan.width == width }
            if let index { return kept.remove(at: index) }
            if kept.count >= limit { kept.removeFirst() }
            return nil
        }
    }

    /// Puts one back after its run.
    func put(_ workspace: Workspace) {
        kept.withLock { kept in
            if kept.count >= limit { kept.removeFirst() }
            kept.append(workspace)
        }
    }
}
