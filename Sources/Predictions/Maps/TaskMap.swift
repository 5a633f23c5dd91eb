import Images
import Tensors

/// One task's output at the size that is wanted, computed row by row as it is asked for, so that large photos
/// take no more memory than small ones.
public struct TaskMap: Sendable {
    /// What the map shows.
    public let task: TaskDescription

    /// The network's output, `[1, C, h, w]`.
    public let output: Tensor

    /// The size of the map.
    public let size: PixelSize

    private let resampler: PlaneResampler

    /// A map of `size` from an output of any size.
    public init(task: TaskDescription, output: Tensor, size: PixelSize) {
        self.task = task
        self.output = output
        self.size = size
        resampler = PlaneResampler(
            from: PixelSize(width: output.shape[3], height: output.shape[2]), to: size)
    }

    /// The number of channels of the output.
    public var channels: Int { output.shape[1] }

    /// Writes a row of one channel, `size.width` floats.
    public func values(row y: Int, channel: Int, into row: UnsafeMutableBufferPointer<Float>) {
        let area = resampler.inputSize.area
        output.withUnsafeElements { elements in
            resampler.row(
                y, of: UnsafeBufferPointer(rebasing: elements[channel * area..<(channel + 1) * area]),
                into: row)
        }
    }

    /// Writes for each pixel of a row the class with the highest score, the first of several.
    ///
    /// Scores are enlarged before they are compared, so that boundaries are smooth.
    public func classes(row y: Int, into classes: UnsafeMutableBufferPointer<UInt8>) {
        classes.update(repeating: 0)
        withRows(2) { best, scores in
            values(row: y, channel: 0, into: best)
            for channel in 1..<max(channels, 1) {
                values(row: y, channel: channel, into: scores)
                for x in 0..<size.width where scores[x] > best[x] {
                    best[x] = scores[x]
                    classes[x] = UInt8(truncatingIfNeeded: channel)
                }
            }
        }
    }

    /// Writes the unit vectors of a row, x, y and z of each pixel in turn; zeros where there is no direction.
    public func normals(row y: Int, into vectors: UnsafeMutableBufferPointer<Float>) {
        withRows(1) { row, _ in
            for channel in 0..<3 {
                values(row: y, channel: channel, into: row)
                for x in 0..<size.width { vectors[3 * x + channel] = row[x] }
            }
        }
        for x in 0..<size.width {
            let (nx, ny, nz) = (vectors[3 * x], vectors[3 * x + 1], vectors[3 * x + 2])
            let length = (nx * nx + ny * ny + nz * nz).squareRoot()
            let scale = length > 0 && length.isFinite ? 1 / length : 0
            for channel in 0..<3 {
                vectors[3 * x + channel] = scale == 0 ? 0 : vectors[3 * x + channel] * scale
            }
        }
    }

    /// Scratch memory for one or two rows.
    private func withRows(
        _ count: Int, _ body: (UnsafeMutableBufferPointer<Float>, UnsafeMutableBufferPointer<Float>) -> Void
    ) {
        withUnsafeTemporaryAllocation(of: Float.self, capacity: count * size.width) { rows in
            rows.initialize(repeating: 0)
            body(
                UnsafeMutableBufferPointer(rebasing: rows[..<size.width]),
                UnsafeMutableBufferPointer(rebasing: rows[(count - 1) * size.width..<count * size.width]))
        }
    }
}
