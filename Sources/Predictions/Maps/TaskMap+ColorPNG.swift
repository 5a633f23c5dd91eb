import Images

extension TaskMap {
    /// The map as a picture for people, 8-bit RGB.
    ///
    /// - segmentation: the palette's colours
    /// - depth: near is yellow, far is dark blue, between the 2nd and 98th percentile of the image
    /// - normals: red is right, green is up and blue faces the camera, as is usual for normal maps
    func colorPNG() throws -> [UInt8] {
        let rows = rows()
        return switch task.output {
        case .segmentation(_, let palette):
            try Self.encoder.encodeRGB(size: size, text: [.madeByMTAN]) { y, row in
                rows.paint(y, palette: palette, into: row)
            }
        case .depth(let unit, _): try depthColorPNG(unit, rows)
        case .normals:
            try Self.encoder.encodeRGB(size: size, text: [.madeByMTAN]) { y, row in
                rows.withVectors(y) { vectors in
                    for x in 0..<size.width {
                        row[3 * x] = Self.byte(127.5 * (1 + vectors[3 * x]))
                        row[3 * x + 1] = Self.byte(127.5 * (1 + vectors[3 * x + 2]))
                        row[3 * x + 2] = Self.byte(127.5 * (1 - vectors[3 * x + 1]))
                    }
                }
            }
        }
    }

    private func depthColorPNG(_ unit: DepthUnit, _ rows: MapRows) throws -> [UInt8] {
        let (low, high) = percentiles(0.02, 0.98)
        let scale = high > low ? 1 / (high - low) : 0
        let range = PNGText("Range", "\(low) to \(high) \(unit == .metric ? "metres" : "inverse depth")")
        return try Self.encoder.encodeRGB(size: size, text: [.madeByMTAN, range]) { y, row in
            withUnsafeTemporaryAllocation(of: Float.self, capacity: size.width) { values in
                values.initialize(repeating: 0)
                rows.values(row: y, channel: 0, into: values)
                for x in 0..<size.width {
                    let position = (values[x] - low) * scale
                    row.set(x, to: ColorScale.viridis(unit == .metric ? 1 - position : position))
                }
            }
        }
    }

    /// The values below which two fractions of the output's finite values lie.
    private func percentiles(_ first: Float, _ second: Float) -> (Float, Float) {
        let values = output.elements.filter(\.isFinite).sorted()
        guard let last = values.indices.last else { return (0, 0) }
        return (values[Int(Float(last) * first)], values[Int(Float(last) * second)])
    }
}

extension MapRows {
    /// Writes the colours of a row's classes.
    fileprivate func paint(_ y: Int, palette: [RGBColor], into row: UnsafeMutableBufferPointer<UInt8>) {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: row.count / 3) { classes in
            classes.initialize(repeating: 0)
            self.classes(row: y, into: classes)
            for x in 0..<classes.count { row.set(x, to: palette[Int(classes[x])]) }
        }
    }
}

extension UnsafeMutableBufferPointer<UInt8> {
    /// Writes one pixel of a row of interleaved RGB.
    fileprivate func set(_ x: Int, to color: RGBColor) {
        self[3 * x] = color.red
        self[3 * x + 1] = color.green
        self[3 * x + 2] = color.blue
    }
}

/// Colours along a scale from 0 to 1.
enum ColorScale {
    /// Ten equidistant colours of matplotlib's viridis (Smith and van der Walt, CC0), which is perceptually
    /// uniform and readable without colour vision.
    private static let anchors: [(Float, Float, Float)] = [
        (68, 1, 84), (72, 40, 120), (62, 73, 137), (49, 104, 142), (38, 130, 142), (31, 158, 137),
        (53, 183, 121), (110, 206, 88), (181, 222, 43), (253, 231, 37),
    ]

    /// The colour at a position, which is clamped to 0...1; a NaN is black.
    static func viridis(_ position: Float) -> RGBColor {
        guard !position.isNaN else { return .black }
        let place = min(max(position, 0), 1) * Float(anchors.count - 1)
        let index = min(Int(place), anchors.count - 2)
        let (low, high, fraction) = (anchors[index], anchors[index + 1], place - Float(index))
        return RGBColor(
            red: TaskMap.byte(low.0 + (high.0 - low.0) * fraction),
            green: TaskMap.byte(low.1 + (high.1 - low.1) * fraction),
            blue: TaskMap.byte(low.2 + (high.2 - low.2) * fraction))
    }
}
