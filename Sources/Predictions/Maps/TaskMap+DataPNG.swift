import Images

extension TaskMap {
    static let encoder = PNGEncoder()

    /// The values as a PNG, with what is needed to read them in text chunks.
    ///
    /// - segmentation: 8-bit palette, pixel = class id
    /// - depth: 16-bit grey, pixel = depth times the scale of the model, rounded; 0 where there is none
    /// - normals: 8-bit RGB, channel = 127.5 · (component + 1), rounded; no direction is (128, 128, 128)
    func dataPNG() throws -> [UInt8] {
        let rows = rows()
        switch task.output {
        case .segmentation(let labels, let palette):
            let legend = labels.enumerated().map { "\($0) \($1)" }.joined(separator: "\n")
            return try Self.encoder.encodePalette(
                size: size, colors: palette,
                text: [.madeByMTAN, PNGText("Task", "segmentation"), PNGText("Labels", legend)]
            ) { y, row in rows.classes(row: y, into: row) }
        case .depth(let unit, let scale): return try depthPNG(unit, scale, rows)
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

    private func depthPNG(_ unit: DepthUnit, _ scale: Double, _ rows: MapRows) throws -> [UInt8] {
        let text = [
            .madeByMTAN, PNGText("Task", "depth"),
            PNGText("Unit", unit.pngName),
            PNGText("Scale", scale.rounded() == scale ? "\(Int(scale))" : "\(scale)"),
        ]
        return try Self.encoder.encodeGrey16(size: size, text: text) { y, row in
            rows.depthSteps(row: y, scale: scale, into: row)
        }
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
