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
    ///
    /// - Parameter depthScale: the scale of depth in PNG; nil for the model's.
    func encode(_ map: TaskMap, depthScale: DepthScale? = nil) throws -> OutputFile {
        let suffix = suffix(for: map.task)
        switch self {
        case .data:
            let (bytes, depth) = try map.dataPNG(depthScale)
            return OutputFile(
                suffix: suffix, task: map.task.name, bytes: bytes, depth: depth,
                warning: depth?.warning(map.task.name))
        case .color: return OutputFile(suffix: suffix, task: map.task.name, bytes: try map.colorPNG())
        case .npy:
            return OutputFile(
                suffix: suffix, task: map.task.name, bytes: NPYEncoder.encode(map.output))
        }
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

    /// The name of the task that it shows.
    public let task: String

    /// The contents.
    public let bytes: [UInt8]

    /// How depth was written, if this is a PNG of depth.
    public var depth: DepthEncoding?

    /// What the file cannot hold of its map, in one line.
    public var warning: String?
}

extension OutputFile {
    /// How much of a PNG file ``isMap(_:)`` needs: the mark comes before the pixels, and before longer texts.
    public static let markLength = 4096

    /// Whether the beginning of a file is that of a PNG that was made here, which carries a text chunk that
    /// says so. Such files are no photos.
    public static func isMap(_ start: [UInt8]) -> Bool {
        let signature: [UInt8] = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]
        guard start.starts(with: signature) else { return false }
        let mark = Array("tEXt\(PNGText.madeByMTAN.keyword)\0\(PNGText.madeByMTAN.text)".utf8)
        var position = signature.count
        while position + 8 <= start.count {
            let length = start[position..<position + 4].reduce(0) { $0 << 8 | Int($1) }
            if length == mark.count - 4, start[(position + 4)...].starts(with: mark) { return true }
            position += 12 + length
        }
        return false
    }
}

extension OutputFile {
    /// Whether the beginning of a file is that of a NumPy file as maps are written: float32 of four axes, the
    /// first of them 1. NumPy files have no place for a mark.
    public static func isArray(_ start: [UInt8]) -> Bool {
        let fixed = NPYEncoder.encode(Tensor(zeros: [1, 1, 1, 1])).prefix { $0 != UInt8(ascii: "(") }
        return start.starts(with: fixed + Array("(1, ".utf8))
    }
}

extension PNGText {
    /// The mark of the files that are made here.
    static let madeByMTAN = PNGText("Software", "mtan")
}
