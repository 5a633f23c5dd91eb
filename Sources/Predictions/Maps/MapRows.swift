import Images

/// The rows of a map, at the map's size. Not for several threads at a time.
public final class MapRows {
    private let map: TaskMap
    private var planes: [ResampledRows]

    init(_ map: TaskMap, _ resampler: PlaneResampler) {
        self.map = map
        planes = (0..<map.channels).map { _ in ResampledRows(resampler) }
    }

    /// Writes a row of one channel, `map.size.width` floats.
    public func values(row y: Int, channel: Int, into row: UnsafeMutableBufferPointer<Float>) {
        let output = map.output
        let area = output.shape[2] * output.shape[3]
        output.withUnsafeElements { elements in
            planes[channel].row(
                y, of: UnsafeBufferPointer(rebasing: elements[channel * area..<(channel + 1) * area]),
                into: row)
        }
    }

    /// Writes for each pixel of a row the class with the highest score, the first of several.
    ///
    /// Scores are enlarged before they are compared, so that boundaries are smooth.
    public func classes(row y: Int, into classes: UnsafeMutableBufferPointer<UInt8>) {
        classes.update(repeating: 0)
        withUnsafeTemporaryAllocation(of: Float.self, capacity: 2 * map.size.width) { rows in
            rows.initialize(repeating: 0)
            let best = UnsafeMutableBufferPointer(rebasing: rows[..<map.size.width])
            let scores = UnsafeMutableBufferPointer(rebasing: rows[map.size.width...])
            values(row: y, channel: 0, into: best)
            for channel in 1..<max(planes.count, 1) {
                values(row: y, channel: channel, into: scores)
                let label = UInt8(truncatingIfNeeded: channel)
                // Without branches: neighbours often differ, and processors guess badly.
                for x in 0..<map.size.width {
                    let isBetter = scores[x] > best[x]
                    best[x] = isBetter ? scores[x] : best[x]
                    classes[x] = isBetter ? label : classes[x]
                }
            }
        }
    }

    /// Writes the unit vectors of a row, x, y and z of each pixel in turn; zeros where there is no direction.
    public func normals(row y: Int, into vectors: UnsafeMutableBufferPointer<Float>) {
        let width = map.size.width
        withUnsafeTemporaryAllocation(of: Float.self, capacity: 3 * width) { parts in
            parts.initialize(repeating: 0)
            for channel in 0..<3 {
                values(
                    row: y, channel: channel,
                    into: UnsafeMutableBufferPointer(rebasing: parts[channel * width..<(channel + 1) * width])
                )
            }
            for x in 0..<width {
                let (nx, ny, nz) = (parts[x], parts[width + x], parts[2 * width + x])
                let length = (nx * nx + ny * ny + nz * nz).squareRoot()
                let isDirection = length > 0 && length.isFinite
                let scale = 1 / length
                vectors[3 * x] = isDirection ? nx * scale : 0
                vectors[3 * x + 1] = isDirection ? ny * scale : 0
                vectors[3 * x + 2] = isDirection ? nz * scale : 0
            }
        }
    }

    /// Writes the depth of a row times the scale of an encoding, rounded to 0...65535; 0 where there is none.
    /// Counts in the encoding what does not fit.
    func depthSteps(
        row y: Int, encoding: inout DepthEncoding, into row: UnsafeMutableBufferPointer<UInt16>
    ) {
        withUnsafeTemporaryAllocation(of: Float.self, capacity: map.size.width) { values in
            values.initialize(repeating: 0)
            self.values(row: y, channel: 0, into: values)
            for x in row.indices {
                let exact = Double(values[x]) * encoding.scale + 0.5
                // A NaN fails the comparison too.
                let step = exact > 0 ? UInt16(min(exact, DepthEncoding.maximumStep)) : 0
                row[x] = step
                encoding.saturatedPixels += exact >= DepthEncoding.maximumStep + 1 ? 1 : 0
                encoding.lostPixels += step == 0 && values[x] != 0 ? 1 : 0
            }
        }
    }

    /// Lends the unit vectors of a row.
    func withVectors(_ y: Int, _ body: (UnsafeMutableBufferPointer<Float>) -> Void) {
        withUnsafeTemporaryAllocation(of: Float.self, capacity: 3 * map.size.width) { vectors in
            vectors.initialize(repeating: 0)
            normals(row: y, into: vectors)
            body(vectors)
        }
    }
}
