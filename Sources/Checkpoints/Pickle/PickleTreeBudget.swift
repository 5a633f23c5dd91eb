/// What walking a pickle for tensors may still cost. Shared containers can unfold to any number of names.
struct PickleTreeBudget {
    private let file: String
    private var tensorsLeft = CheckpointLimits.tensors
    private var entriesLeft = CheckpointLimits.walkedEntries
    private var pathBytesLeft = CheckpointLimits.descriptionBytes

    init(file: String) { self.file = file }

    /// Counts a tensor under one of its names.
    mutating func spendTensor() throws(CheckpointError) {
        guard tensorsLeft > 0 else {
            throw overLimit("the number of names of tensors", CheckpointLimits.tensors)
        }
        tensorsLeft -= 1
    }

    /// Counts the entries of a container, each time that it is walked.
    mutating func spendEntries(_ count: Int) throws(CheckpointError) {
        guard count <= entriesLeft else {
            throw overLimit("the number of entries beside tensors", CheckpointLimits.walkedEntries)
        }
        entriesLeft -= count
    }

    /// Counts the bytes of a path.
    mutating func spendPath(_ length: Int, depth: Int) throws(CheckpointError) {
        guard depth <= CheckpointLimits.wrapperDepth else {
            throw overLimit("the depth of containers with tensors", CheckpointLimits.wrapperDepth)
        }
        guard length <= CheckpointLimits.pathBytes else {
            throw overLimit("the length of a tensor's path", CheckpointLimits.pathBytes)
        }
        guard length <= pathBytesLeft else {
            throw overLimit("the length of all paths", CheckpointLimits.descriptionBytes)
        }
        pathBytesLeft -= length
    }

    private func overLimit(_ what: String, _ limit: Int) -> CheckpointError {
        .overLimit(file: file, what: what, limit: limit, found: "larger")
    }
}

/// A container of a pickle, by its place in the heap.
enum PickleContainer: Hashable {
    case dictionary(Int)
    case list(Int)
    case tuple(Int)
    case object(Int)

    /// Nil for values that contain nothing.
    init?(_ value: PickleValue) {
        switch value {
        case .dictionary(let index): self = .dictionary(index)
        case .list(let index): self = .list(index)
        case .tuple(let index): self = .tuple(index)
        case .object(let index): self = .object(index)
        default: return nil
        }
    }
}
