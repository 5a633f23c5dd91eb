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

extension PNGText {
    /// The mark of the files that are made here.
    static let madeByMTAN = PNGText("Software", "mtan")
}
