import Engine
import Images
import Tensors

extension InputDescription {
    /// An image as the network was trained to see it, `[1, 3, size.height, size.width]`:
    /// resized, black and white moved to the ends of ``range``, then normalised by mean and deviation.
    func tensor(of image: Image, at size: PixelSize, on pool: ThreadPool) -> Tensor {
        let resampler = ImageResampler(from: image.size, to: size)
        return Tensor(shape: [1, 3, size.height, size.width]) { planes in
            // Each item writes rows of its own, and the pool is done with them before the buffer is.
            nonisolated(unsafe) let planes = planes
            let rowsPerItem = 32
            pool.forEach((size.height + rowsPerItem - 1) / rowsPerItem) { item, _ in
                let rows = item * rowsPerItem..<min((item + 1) * rowsPerItem, size.height)
                resampler.resample(image, rows: rows, into: planes)
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
