/// The rows of one resized plane. Rows of the plane that were brought to the new width are kept as long as the rows
/// after them may need them: going through an enlarged plane row by row, each is widened once.
public struct ResampledRows {
    private let resampler: PlaneResampler

    /// As many rows as make one, each `outputSize.width` floats.
    private var widened: [Float]

    /// Which row of the plane each of them is; -1 for none.
    private var held: [Int]

    /// No row of any plane yet.
    public init(_ resampler: PlaneResampler) {
        self.resampler = resampler
        let count = resampler.rows.windows.reduce(1) { max($0, $1.count) }
        widened = [Float](repeating: 0, count: count * resampler.outputSize.width)
        held = [Int](repeating: -1, count: count)
    }

    /// Computes row `y` of the resized plane, which must be the same at every call.
    ///
    /// `plane` holds `inputSize.area` floats, `result` takes `outputSize.width` of them.
    public mutating func row(
        _ y: Int, of plane: UnsafeBufferPointer<Float>, into result: UnsafeMutableBufferPointer<Float>
    ) {
        let (input, output) = (resampler.inputSize, resampler.outputSize)
        precondition(plane.count == input.area, "\(plane.count) floats for a plane of \(input)")
        precondition(result.count == output.width && y >= 0 && y < output.height)
        let window = resampler.rows.windows[y]
        for row in window.first..<window.end where held[row % held.count] != row {
            widen(UnsafeBufferPointer(rebasing: plane[row * input.width..<(row + 1) * input.width]), row: row)
        }
        blend(window, into: result)
    }

    /// Brings a row of the plane to the new width.
    private mutating func widen(_ source: UnsafeBufferPointer<Float>, row: Int) {
        let (slot, width) = (row % held.count, resampler.outputSize.width)
        held[slot] = row
        widened.withUnsafeMutableBufferPointer { widened in
            let result = UnsafeMutableBufferPointer(rebasing: widened[slot * width..<(slot + 1) * width])
            resampler.columns.blend(source, into: result)
        }
    }

    /// Adds up the widened rows of a window.
    private func blend(_ window: ResampleWeights.Window, into result: UnsafeMutableBufferPointer<Float>) {
        let width = result.count
        widened.withUnsafeBufferPointer { widened in
            for index in 0..<window.count {
                let weight = resampler.rows.weights[window.offset + index]
                let slot = (window.first + index) % held.count
                let source = UnsafeBufferPointer(rebasing: widened[slot * width..<(slot + 1) * width])
                if index == 0 {
                    for x in 0..<width { result[x] = weight * source[x] }
                } else {
                    for x in 0..<width { result[x] += weight * source[x] }
                }
            }
        }
    }
}

extension ResampleWeights {
    /// Makes each output of the inputs in its window.
    fileprivate func blend(
        _ input: UnsafeBufferPointer<Float>, into output: UnsafeMutableBufferPointer<Float>
    ) {
        weights.withUnsafeBufferPointer { weights in
            windows.withUnsafeBufferPointer { windows in
                for x in windows.indices {
                    let window = windows[x]
                    var sum = weights[window.offset] * input[window.first]
                    for index in 1..<max(window.count, 1) {
                        sum += weights[window.offset + index] * input[window.first + index]
                    }
                    output[x] = sum
                }
            }
        }
    }
}
