import Tensors

/// Resizes images of one size into floats of another, without ever holding the image as floats.
///
/// The filter is bilinear, widened when shrinking (antialiased), with half-pixel centres, equal to Pillow's
/// `resize` but for the rounding to 8 bits that Pillow does between its two passes. Every output row is
/// computed by the same operations in the same order however the rows are divided among calls.
public struct ImageResampler: Sendable {
    /// The size of the images it takes.
    public let inputSize: PixelSize

    /// The size that it makes of them.
    public let outputSize: PixelSize

    private let columns: ResampleWeights
    private let rows: ResampleWeights

    /// A resampler between two sizes, all sides at least 1. Takes time and memory in proportion to the sides.
    public init(from inputSize: PixelSize, to outputSize: PixelSize) {
        self.inputSize = inputSize
        self.outputSize = outputSize
        columns = ResampleWeights(from: inputSize.width, to: outputSize.width)
        rows = ResampleWeights(from: inputSize.height, to: outputSize.height)
    }

    /// Resizes a whole image into a tensor `[1, 3, height, width]` of values in 0...1.
    public func resample(_ image: Image) -> Tensor {
        Tensor(shape: [1, 3, outputSize.height, outputSize.width]) { planes in
            resample(image, rows: 0..<outputSize.height, into: planes)
        }
    }

    /// Computes some rows of the output, in each of its three planes, and leaves the others as they are.
    ///
    /// `planes` holds `3 * outputSize.area` floats: red, green, blue. Calls for different rows may run at the
    /// same time. Beside the output it takes memory for one row.
    public func resample(
        _ image: Image, rows range: Range<Int>, into planes: UnsafeMutableBufferPointer<Float>
    ) {
        precondition(image.size == inputSize, "an image of \(image.size) for a resampler of \(inputSize)")
        precondition(planes.count == 3 * outputSize.area)
        precondition(range.lowerBound >= 0 && range.upperBound <= outputSize.height)
        guard let output = planes.baseAddress, let first = range.first, let last = range.last else { return }
        var scratch = [Float](repeating: 0, count: 3 * outputSize.width)
        scratch.withUnsafeMutableBufferPointer { scratch in
            image.pixels.withUnsafeBufferPointer { pixels in
                guard let scratch = scratch.baseAddress, let pixels = pixels.baseAddress else { return }
                var oldest = first
                for y in rows.windows[first].first..<rows.windows[last].end {
                    blendColumns(of: pixels + 3 * y * inputSize.width, into: scratch)
                    while rows.windows[oldest].end <= y { oldest += 1 }
                    var target = oldest
                    while target <= last && rows.windows[target].first <= y {
                        add(scratch, of: y, to: target, in: output)
                        target += 1
                    }
                }
            }
        }
    }

    /// Resamples one input row along its width, in units of 8-bit values, into three rows of the output width.
    private func blendColumns(of row: UnsafePointer<UInt8>, into result: UnsafeMutablePointer<Float>) {
        let width = outputSize.width
        columns.weights.withUnsafeBufferPointer { weights in
            columns.windows.withUnsafeBufferPointer { windows in
                for x in 0..<width {
                    let window = windows[x]
                    var pixel = row + 3 * window.first
                    var (red, green, blue): (Float, Float, Float) = (0, 0, 0)
                    for index in window.offset..<window.offset + window.count {
                        let weight = weights[index]
                        red += weight * Float(pixel[0])
                        green += weight * Float(pixel[1])
                        blue += weight * Float(pixel[2])
                        pixel += 3
                    }
                    result[x] = red
                    result[width + x] = green
                    result[2 * width + x] = blue
                }
            }
        }
    }

    /// Adds the share of input row `y` to output row `target`; the last share brings the sum to 0...1.
    private func add(
        _ shares: UnsafePointer<Float>, of y: Int, to target: Int, in output: UnsafeMutablePointer<Float>
    ) {
        let width = outputSize.width
        let window = rows.windows[target]
        let weight = rows.weights[window.offset + y - window.first]
        for channel in 0..<3 {
            let share = shares + channel * width
            let result = output + channel * outputSize.area + target * width
            if y == window.first {
                for x in 0..<width { result[x] = weight * share[x] }
            } else {
                for x in 0..<width { result[x] += weight * share[x] }
            }
            guard y == window.end - 1 else { continue }
            for x in 0..<width { result[x] = min(result[x] / 255, 1) }
        }
    }
}

extension Image {
    /// The image resized to a tensor `[1, 3, height, width]` of values in 0...1, as ``ImageResampler`` does.
    public func tensor(resizedTo size: PixelSize) -> Tensor {
        ImageResampler(from: self.size, to: size).resample(self)
    }
}
