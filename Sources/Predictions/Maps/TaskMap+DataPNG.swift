import Images

extension TaskMap {
    static let encoder = PNGEncoder()

    /// The values as a PNG, with what is needed to read them in text chunks.
    ///
    /// - segmentation: 8-bit palette, pixel = class id
    /// - depth: 16-bit grey, pixel = depth times a scale, rounded; 0 where there is none. What is too large
    ///   for 16 bits is 65535, what is too small 0
    /// - normals: 8-bit RGB, channel = 127.5 · (component + 1), rounded; no direction is (128, 128, 128)
    ///
    /// - Parameter depthScale: the scale of depth; nil for the model's.
    /// - Returns: The file, and how depth was written.
    func dataPNG(_ depthScale: DepthScale? = nil) throws -> (bytes: [UInt8], depth: DepthEncoding?) {
        if case .depth(let unit, let scale) = task.output {
            let scale = DepthScale.resolve(depthScale, model: scale, values: output.elements)
            return try depthPNG(unit, scale)
        }
        return (try plainPNG(), nil)
    }

    private func plainPNG() throws -> [UInt8] {
        let rows = rows()
        switch task.output {
        case .segmentation(let labels, let palette):
            let legend = labels.enumerated().map { "\($0) \($1)" }.joined(separator: "\n")
            return try Self.encoder.encodePalette(
                size: size, colors: palette,
                text: [.madeByMTAN, PNGText("Task", "segmentation"), PNGText("Labels", legend)]
            ) { y, row in rows.classes(row: y, into: row) }
        case .depth: preconditionFailure("depth has a scale")
        case .normals(let axes):
            return try Self.encoder.encodeRGB(
                size: size,
                text: [
                    .madeByMTAN, PNGText("Task", "normals"), PNGText("Encoding", "127.5 * (n + 1)"),
                    PNGText("Axes", axes.joined(separator: ", ")),
                ]
            ) { y, row in
                rows.withVectors(y) { vectors in
                    for index in row.indices { row[index] = Self.byte(127.5 * (vectors[index] + 1)) }
                }
            }
        }
    }

    private func depthPNG(_ unit: DepthUnit, _ scale: Double) throws -> ([UInt8], DepthEncoding) {
        let text = [
            .madeByMTAN, PNGText("Task", "depth"), PNGText("Unit", unit.pngName),
            PNGText("Scale", scale.plain),
        ]
        let rows = rows()
        var encoding = DepthEncoding(scale: scale)
        let bytes = try Self.encoder.encodeGrey16(size: size, text: text) { y, row in
            rows.depthSteps(row: y, encoding: &encoding, into: row)
        }
        return (bytes, encoding)
    }

    /// Rounds to 0...255; a NaN becomes 0.
    static func byte(_ value: Float) -> UInt8 {
        value > 0 ? UInt8(min(value + 0.5, 255)) : 0
    }
}

extension DepthUnit {
    /// What the text chunk `Unit` of a depth map says.
    package var pngName: String { self == .metric ? "metre" : "inverse depth" }
}
