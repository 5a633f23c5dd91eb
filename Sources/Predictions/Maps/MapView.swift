import Images
import Tensors

/// A file that is made of a map.
public enum MapView: String, Sendable, CaseIterable {
    /// The values, in PNG: class ids with a palette, 16-bit depth, 8-bit normals.
    case data
    /// A picture for people, in RGB.
    case color
    /// The network's own floats, in NumPy's format: scores, depth or vectors, `[1, C, h, w]`.
    case npy

    /// Makes the file.
    func encode(_ map: TaskMap) throws -> OutputFile {
        let bytes =
            switch self {
            case .data: try map.dataPNG()
            case .color: try map.colorPNG()
            case .npy: NPYEncoder.encode(map.output)
            }
        return OutputFile(suffix: suffix(for: map.task), bytes: bytes)
    }

    /// The end of the name of the file that it makes of a task's map.
    public func suffix(for task: TaskDescription) -> String {
        switch self {
        case .data: "\(task.name).png"
        case .color: "\(task.name).color.png"
        case .npy: "\(task.name).npy"
        }
    }
}

/// A file to write: `kitchen.` + `depth.png` for `kitchen.jpg`.
public struct OutputFile: Sendable, Equatable {
    /// What follows the photo's name and a dot.
    public let suffix: String

    /// The contents.
    public let bytes: [UInt8]
}
