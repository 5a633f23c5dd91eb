import Checkpoints
import Files
import Images
import Networks

/// The truth for one task and frame.
struct TruthMap: Sendable {
    let size: PixelSize

    /// Row by row one value for each pixel, or three for normals: class ids, negative where there is none;
    /// depths, 0 where there is none; x, y and z, zero where there is no direction.
    let values: [Float]

    init(size: PixelSize, values: [Float]) {
        precondition(!values.isEmpty && values.count % size.area == 0)
        self.size = size
        self.values = values
    }

    /// Calls `body` with each row: its number, memory for predictions as many as the row has values, and the
    /// row's values.
    func forEachRow<Element: BitwiseCopyable & ExpressibleByIntegerLiteral>(
        of type: Element.Type,
        _ body: (_ y: Int, _ row: UnsafeMutableBufferPointer<Element>, _ truth: ArraySlice<Float>) -> Void
    ) {
        let length = values.count / size.height
        withUnsafeTemporaryAllocation(of: type, capacity: length) { row in
            row.initialize(repeating: 0)
            for y in 0..<size.height { body(y, row, values[y * length..<(y + 1) * length]) }
        }
    }
}

extension TruthMap {
    /// The truth in an array: labels and depths `[H, W]` or `[H, W, 1]`, normals `[H, W, 3]`.
    ///
    /// - Throws: `FileError` that names the file, what was expected and what was found.
    init(_ array: StoredTensor, of kind: TaskKind, file: String) throws {
        let (shape, channels) = (array.shape, kind == .normals ? 3 : 1)
        guard shape.rank == 3 && shape[2] == channels || shape.rank == 2 && channels == 1 else {
            throw FileError(
                path: file,
                reason: "expected \(kind.rawValue) of the shape [H, W, \(channels)]"
                    + (channels == 1 ? " or [H, W]" : "") + ", found \(shape)")
        }
        self.init(size: PixelSize(width: shape[1], height: shape[0]), values: array.floats())
        guard kind == .segmentation, let value = values.first(where: { $0.rounded() != $0 || !$0.isFinite })
        else { return }
        throw FileError(path: file, reason: "expected whole numbers as class ids, found \(value)")
    }
}
