import Tensors

/// Resizes planes of floats from one size to another, one output row at a time.
///
/// The filter is that of ``ImageResampler``. Each output row depends on the plane alone, so rows can be
/// computed in any order, by any number of threads, and dropped as soon as they are used: bringing thirteen
/// planes of scores to the size of a photo takes memory for a few rows of each.
public struct PlaneResampler: Sendable {
    /// The size of the planes it takes.
    public let inputSize: PixelSize

    /// The size that it makes of them.
    public let outputSize: PixelSize

    let columns: ResampleWeights
    let rows: ResampleWeights

    /// A resampler between two sizes, all sides at least 1. Takes time and memory in proportion to the sides.
    public init(from inputSize: PixelSize, to outputSize: PixelSize) {
        self.inputSize = inputSize
        self.outputSize = outputSize
        columns = ResampleWeights(from: inputSize.width, to: outputSize.width)
        rows = ResampleWeights(from: inputSize.height, to: outputSize.height)
    }

    /// Resizes all channels of a tensor `[1, C, h, w]` at once.
    public func resample(_ tensor: Tensor) -> Tensor {
        Tensor(shape: [1, tensor.shape[1], outputSize.height, outputSize.width]) { output in
            resample(tensor, rows: 0..<outputSize.height, into: output)
        }
    }

    /// Computes some rows of all channels of a tensor `[1, C, h, w]`, and leaves the others as they are.
    ///
    /// `planes` holds `C * outputSize.area` floats. Calls for different rows may run at the same time.
    public func resample(
        _ tensor: Tensor, rows range: Range<Int>, into planes: UnsafeMutableBufferPointer<Float>
    ) {
        let shape = tensor.shape
        precondition(
            shape.rank == 4 && shape[0] == 1 && shape[2] == inputSize.height && shape[3] == inputSize.width,
            "planes of the shape \(shape) for a resampler of \(inputSize)")
        precondition(planes.count == shape[1] * outputSize.area)
        tensor.withUnsafeElements { input in
            for channel in 0..<shape[1] {
                var rows = ResampledRows(self)
                let start = channel * inputSize.area
                let plane = UnsafeBufferPointer(rebasing: input[start..<start + inputSize.area])
                for y in range {
                    let line = (channel * outputSize.height + y) * outputSize.width
                    rows.row(
                        y, of: plane,
                        into: UnsafeMutableBufferPointer(rebasing: planes[line..<line + outputSize.width]))
                }
            }
        }
    }
}
