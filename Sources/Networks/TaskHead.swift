/// What a task predicts, which decides how its output is read.
public enum TaskKind: String, Sendable, Codable, CaseIterable {
    /// `[1, classes, H, W]` logarithms of class probabilities.
    case segmentation
    /// `[1, 1, H, W]` distance along the optical axis in metres, or its inverse.
    case depth
    /// `[1, 3, H, W]` unit vectors; the zero vector where the network gave none.
    case normals

    /// The kind that a head's name tells, if it does.
    init?(named name: String) {
        let name = name.lowercased()
        if name.contains("seg") || name.contains("semantic") {
            self = .segmentation
        } else if name.contains("depth") || name.contains("disp") {
            self = .depth
        } else if name.contains("normal") {
            self = .normals
        } else {
            return nil
        }
    }

    /// The kind that a number of channels suggests, which is a guess.
    init(guessedFrom channels: Int) {
        self =
            switch channels {
            case 1: .depth
            case 3: .normals
            default: .segmentation
            }
    }
}

/// One output of a network.
public struct TaskHead: Sendable, Hashable {
    /// The name that outputs carry, such as `depth`.
    public var name: String

    /// What it predicts.
    public var kind: TaskKind

    /// The number of channels of the output.
    public var channels: Int

    /// A head of a network.
    public init(name: String, kind: TaskKind, channels: Int) {
        self.name = name
        self.kind = kind
        self.channels = channels
    }

    /// Whether outputs of this kind can have so many channels. Class ids are written in 8 bits; of one
    /// class there is nothing to tell.
    var hasExpectedChannels: Bool {
        switch kind {
        case .segmentation: (2...256).contains(channels)
        case .depth: channels == 1
        case .normals: channels == 3
        }
    }
}
