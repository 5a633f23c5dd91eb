/// How stored pixels have to be turned to stand upright: the EXIF tag 0x0112, by its own numbers.
public enum Orientation: Int, Sendable, CaseIterable {
    /// As stored.
    case upright = 1
    /// Mirror left and right.
    case mirrored = 2
    /// Turn by 180 degrees.
    case upsideDown = 3
    /// Mirror top and bottom.
    case flipped = 4
    /// Mirror at the diagonal from top left to bottom right.
    case transposed = 5
    /// Turn by 90 degrees clockwise.
    case turnRight = 6
    /// Mirror at the diagonal from top right to bottom left.
    case transversed = 7
    /// Turn by 90 degrees anticlockwise.
    case turnLeft = 8

    /// Whether the upright width is the stored height.
    public var swapsSides: Bool { rawValue >= 5 }
}

/// The memory of an upright image, written in stored order: where pixels land is an affine function of
/// their stored column and row, so turning costs neither a second buffer nor a second pass.
struct UprightCanvas {
    private let base: UnsafeMutablePointer<UInt8>
    private let columnStep: Int
    private let rowStep: Int
    private let limit: Int

    /// A canvas over `3 * size.area` bytes, for pixels stored with `size` and `orientation`.
    init(_ memory: UnsafeMutableBufferPointer<UInt8>, storedSize size: PixelSize, orientation: Orientation) {
        guard let start = memory.baseAddress, memory.count == 3 * size.area else {
            preconditionFailure("\(memory.count) bytes for an image of \(size)")
        }
        let stride = orientation.swapsSides ? size.height : size.width
        let (column, row) =
            switch orientation {
            case .upright: (1, stride)
            case .mirrored: (-1, stride)
            case .upsideDown: (-1, -stride)
            case .flipped: (1, -stride)
            case .transposed: (stride, 1)
            case .turnRight: (stride, -1)
            case .transversed: (-stride, -1)
            case .turnLeft: (-stride, 1)
            }
        let origin = (column < 0 ? -column * (size.width - 1) : 0) + (row < 0 ? -row * (size.height - 1) : 0)
        base = start + 3 * origin
        columnStep = 3 * column
        rowStep = 3 * row
        limit = size.width
    }

    /// Writes `count` RGB pixels that are stored in row `y`, at the columns `first`, `first + spacing`, ...
    func write(_ source: UnsafePointer<UInt8>, count: Int, y: Int, first: Int = 0, spacing: Int = 1) {
        precondition(count > 0 && first + (count - 1) * spacing < limit)
        var target = base + y * rowStep + first * columnStep
        let step = spacing * columnStep
        guard step != 3 else { return target.update(from: source, count: 3 * count) }
        for index in 0..<count {
            target[0] = source[3 * index]
            target[1] = source[3 * index + 1]
            target[2] = source[3 * index + 2]
            target += step
        }
    }
}
