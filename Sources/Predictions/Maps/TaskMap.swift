import Images
import Tensors

/// One task's output at the size that is wanted. Its rows are computed as they are asked for, so that large
/// photos take no more memory than small ones.
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

    /// Computes the map's values. Rows are cheapest from the top down.
    public func rows() -> MapRows { MapRows(self, resampler) }
}
