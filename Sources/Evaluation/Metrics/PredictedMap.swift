import Predictions

/// What a score asks of a prediction: its rows, at the size of the truth.
protocol PredictedMap {
    /// Writes the class of each pixel of a row.
    func classes(row y: Int, into classes: UnsafeMutableBufferPointer<UInt8>)

    /// Writes the depth of each pixel of a row.
    func depths(row y: Int, into depths: UnsafeMutableBufferPointer<Float>)

    /// Writes the unit vector of each pixel of a row, x, y and z in turn; zeros where there is no direction.
    func normals(row y: Int, into vectors: UnsafeMutableBufferPointer<Float>)
}

extension MapRows: PredictedMap {
    func depths(row y: Int, into depths: UnsafeMutableBufferPointer<Float>) {
        values(row: y, channel: 0, into: depths)
    }
}

/// The same answer for every pixel.
extension ConstantGuess: PredictedMap {
    func classes(row y: Int, into classes: UnsafeMutableBufferPointer<UInt8>) {
        if case .segmentation(let index) = self { classes.update(repeating: UInt8(index)) }
    }

    func depths(row y: Int, into depths: UnsafeMutableBufferPointer<Float>) {
        if case .depth(let depth) = self { depths.update(repeating: depth) }
    }

    func normals(row y: Int, into vectors: UnsafeMutableBufferPointer<Float>) {
        if case .normals(let normal) = self {
            for index in vectors.indices { vectors[index] = normal[index % 3] }
        }
    }
}
