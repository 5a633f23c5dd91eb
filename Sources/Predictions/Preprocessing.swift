import Engine
import Images
import Tensors

extension InputDescription {
    /// An image as the network was trained to see it, `[1, 3, size.height, size.width]`:
    /// resized, black and white moved to the ends of ``range``, then normalised by mean and deviation.
    func tensor(of image: Image, at size: PixelSize, on pool: ThreadPool) -> Tensor {
        let resampler = ImageResampler(from: image.size, to: size)
        return tensor(of: size, on: pool) { rows, planes in
            resampler.resample(image, rows: rows, into: planes)
        }
    }

    /// The same for an image in floats, red, green and blue in 0...1, `[1, 3, H, W]`.
    func tensor(of image: Tensor, at size: PixelSize, on pool: ThreadPool) -> Tensor {
        let resampler = PlaneResampler(
            from: PixelSize(width: image.shape[3], height: image.shape[2]), to: size)
        return tensor(of: size, on: pool) { rows, planes in
            resampler.resample(image, rows: rows, into: planes)
        }
    }

    /// Fills a tensor `[1, 3, size.height, size.width]` by `resample`, some rows at a time, and normalises it.
    private func tensor(
        of size: PixelSize, on pool: ThreadPool,
        resample: @Sendable (_ rows: Range<Int>, _ planes: UnsafeMutableBufferPointer<Float>) -> Void
    ) -> Tensor {
        Tensor(shape: [1, 3, size.height, size.width]) { planes in
            // Each item writes rows of its own, and the pool is done with them before the buffer is.
            nonisolated(unsafe) let planes = planes
            let rowsPerItem = 32
            pool.forEach((size.height + rowsPerItem - 1) / rowsPerItem) { item, _ in
                let rows = item * rowsPerItem..<min((item + 1) * rowsPerItem, size.height)
                resample(rows, planes)
                normalize(planes, rows: rows, size: size)
            }
        }
    }

    private func normalize(_ planes: UnsafeMutableBufferPointer<Float>, rows: Range<Int>, size: PixelSize) {
        for channel in 0..<3 {
            let scale = (range.upperBound - range.lowerBound) / standardDeviation[channel]
            let shift = (range.lowerBound - mean[channel]) / standardDeviation[channel]
            guard scale != 1 || shift != 0 else { continue }
            let start = channel * size.area
            for index in start + rows.lowerBound * size.width..<start + rows.upperBound * size.width {
                planes[index] = planes[index] * scale + shift
            }
        }
    }
}
