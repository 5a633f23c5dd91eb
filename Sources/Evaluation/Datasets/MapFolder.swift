import Files
import Images
import Networks
import Predictions

/// Photos `N.png` or `N.jpg` with maps as `mtan predict` writes them: `N.TASK.png` for the tasks of the model.
///
/// - segmentation: a palette or grey PNG, pixel = class id; ids that the model has no class for are void
/// - depth: a 16-bit grey PNG, pixel = depth times the text chunk `Scale`, or the model's scale; 0 is no value
/// - normals: an RGB PNG, channel = (n + 1) / 2 of its range; vectors far from unit length are no direction, as
///   mid-grey, black and white are
///
/// Text chunks that name another unit or other axes than the model's are errors.
struct MapFolder: FrameSource {
    let imagePath: String

    /// The file of each task's truth, nil where there is none.
    private let truthPaths: [String?]

    static func frames(
        in folder: String, photos: [String], files: Set<String>, tasks: [TaskDescription]
    ) -> [any FrameSource] {
        photos.compactMap { photo in
            let maps = tasks.map { "\(photo.withoutExtension).\($0.name).png" }
            let truths = maps.map { files.contains($0) ? Folder.join(folder, $0) : nil }
            guard truths.contains(where: { $0 != nil }) else { return nil }
            return MapFolder(imagePath: Folder.join(folder, photo), truthPaths: truths)
        }
    }

    func image(_ decoder: ImageDecoder) throws -> FrameImage { try FrameImage(photo: imagePath, decoder) }

    func truths(of tasks: [TaskDescription], _ decoder: ImageDecoder) throws -> [TruthMap?] {
        try zip(tasks, truthPaths).map { task, path in
            guard let path else { return nil }
            let bytes = try readFile(path, decoder)
            do {
                let text = PNGText.texts(in: bytes)
                return try TruthMap(decoder.samples(ofPNG: bytes), text: text, of: task)
            } catch {
                throw FileError(path: path, reason: "\(error)")
            }
        }
    }
}

/// What is wrong with a map, in words.
private struct MapError: Error, CustomStringConvertible {
    let description: String

    init(expected: String, found: String) { description = "expected \(expected), found \(found)" }
}

extension TruthMap {
    /// The truth in a PNG.
    fileprivate init(_ samples: PNGSamples, text: [String: String], of task: TaskDescription) throws {
        let found = "\(samples.channels) channels of \(samples.bits) bits"
        switch task.output {
        case .segmentation:
            guard samples.channels == 1 else {
                throw MapError(expected: "a palette or grey PNG of class ids", found: found)
            }
            self.init(size: samples.size, values: samples.values.map { Float($0) })
        case .depth(let unit, let scale):
            guard samples.channels == 1, samples.bits == 16 else {
                throw MapError(expected: "a 16-bit grey PNG", found: found)
            }
            try Self.check("Unit", unit.pngName, in: text)
            let scale = try Self.scale(in: text) ?? scale
            self.init(size: samples.size, values: samples.values.map { Float(Double($0) / scale) })
        case .normals(let axes):
            guard samples.channels == 3 else { throw MapError(expected: "an RGB PNG", found: found) }
            try Self.check("Axes", axes.joined(separator: ", "), in: text)
            self.init(size: samples.size, values: Self.normals(samples))
        }
    }

    private static func check(_ keyword: String, _ expected: String, in text: [String: String]) throws {
        guard let found = text[keyword], found != expected else { return }
        throw MapError(
            expected: "the text \(keyword) to be \"\(expected)\" as of the model", found: "\"\(found)\"")
    }

    private static func scale(in text: [String: String]) throws -> Double? {
        guard let text = text["Scale"] else { return nil }
        guard let scale = Double(text), scale > 0, scale.isFinite else {
            throw MapError(expected: "a positive number in the text Scale", found: "\"\(text.prefix(40))\"")
        }
        return scale
    }

    /// Unit vectors, since 8 bits leave a vector's length a hundredth off.
    private static func normals(_ samples: PNGSamples) -> [Float] {
        let half = Double((1 << samples.bits) - 1) / 2
        var normals = samples.values.map { Double($0) / half - 1 }
        for start in stride(from: 0, to: normals.count, by: 3) {
            let vector = SIMD3(normals[start], normals[start + 1], normals[start + 2])
            let length = vector.dot(vector).squareRoot()
            let unit = (0.5...1.5).contains(length) ? vector / length : .zero
            for axis in 0..<3 { normals[start + axis] = unit[axis] }
        }
        return normals.map { Float($0) }
    }
}
