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
        withUnsafeTemporaryAllocation(of: Float.self, capacity: 2 * size.width) { rows in
            rows.initialize(repeating: 0)
            let best = UnsafeMutableBufferPointer(rebasing: rows[..<size.width])
            let scores = UnsafeMutableBufferPointer(rebasing: rows[size.width...])
            values(row: y, channel: 0, into: best)
            for channel in 1..<max(channels, 1) {
                values(row: y, channel: channel, into: scores)
                let label = UInt8(truncatingIfNeeded: channel)
                // Without branches: neighbours often differ, and processors guess badly.
                for x in 0..<size.width {
                    let isBetter = scores[x] > best[x]
                    best[x] = isBetter ? scores[x] : best[x]
                    classes[x] = isBetter ? label : classes[x]
                }
            }
        }
    }

    /// Writes the unit vectors of a row, x, y and z of each pixel in turn; zeros where there is no direction.
    public func normals(row y: Int, into vectors: UnsafeMutableBufferPointer<Float>) {
        let width = size.width
        withUnsafeTemporaryAllocation(of: Float.self, capacity: 3 * width) { planes in
            planes.initialize(repeating: 0)
            for channel in 0..<3 {
                values(
                    row: y, channel: channel,
                    into: UnsafeMutableBufferPointer(rebasing: planes[channel * width..<(channel + 1) * width]))
            }
            for x in 0..<width {
                let (nx, ny, nz) = (planes[x], planes[width + x], planes[2 * width + x])
                let length = (nx * nx + ny * ny + nz * nz).squareRoot()
                let isDirection = length > 0 && length.isFinite
                let scale = 1 / length
                vectors[3 * x] = isDirection ? nx * scale : 0
                vectors[3 * x + 1] = isDirection ? ny * scale : 0
                vectors[3 * x + 2] = isDirection ? nz * scale : 0
            }
        }
    }
}
