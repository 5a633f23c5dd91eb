import Files
import Hummingbird
import NIOCore
import Predictions

extension Response {
    /// Sends a prediction in a format.
    ///
    /// - Throws: ``ServerError/tooMuch(_:)`` if the files are too large for the format.
    init(
        _ prediction: Prediction, as format: ResponseFormat, of model: ServedModel, timings: Timings
    ) throws(ServerError) {
        switch format {
        case .file:
            let file = prediction.files[0]
            self.init(
                status: .ok,
                headers: [
                    .contentType: file.mediaType,
                    .contentDisposition: "inline; filename=\"\(file.suffix)\"",
                ], body: ResponseBody(parts: [ByteBuffer(bytes: file.bytes)]))
        case .zip:
            let archive: ZipWriter
            do { archive = try ZipWriter(prediction.files.map { ($0.suffix, $0.bytes) }) } catch {
                throw .tooMuch("\(error)")
            }
            self.init(
                status: .ok,
                headers: [
                    .contentType: format.rawValue,
                    .contentDisposition: "attachment; filename=\"\(model.name).zip\"",
                ], body: ResponseBody(parts: archive.parts.map(ByteBuffer.init(bytes:))))
        case .multipart:
            let boundary = "mtan-\(String(UInt64.random(in: .min ... .max), radix: 36))"
            self.init(
                status: .ok, headers: [.contentType: "multipart/mixed; boundary=\"\(boundary)\""],
                body: ResponseBody(parts: Self.multipart(prediction.files, boundary)))
        case .metadata: self = .json(PredictionMetadata(prediction, model, timings))
        }
        let warnings = prediction.files.compactMap(\.warning)
        if !warnings.isEmpty { headers[.warnings] = warnings.joined(separator: ". ") }
    }

    private static func multipart(_ files: [OutputFile], _ boundary: String) -> [ByteBuffer] {
        let parts = files.flatMap { file in
            [
                ByteBuffer(
                    string: """
                        --\(boundary)\r\nContent-Type: \(file.mediaType)\r\n\
                        Content-Disposition: attachment; filename="\(file.suffix)"\r\n\
                        Content-Length: \(file.bytes.count)\r\n\r\n
                        """),
                ByteBuffer(bytes: file.bytes), ByteBuffer(string: "\r\n"),
            ]
        }
        return parts + [ByteBuffer(string: "--\(boundary)--\r\n")]
    }
}

extension ResponseBody {
    /// Sends buffers in slices, each of which a client must take within the time for sending.
    init(parts: [ByteBuffer]) {
        let sliceLength = 256 << 10
        self.init(contentLength: parts.reduce(0) { $0 + $1.readableBytes }) { writer in
            for var part in parts {
                while let slice = part.readSlice(length: min(sliceLength, part.readableBytes)),
                    slice.readableBytes > 0
                {
                    try await writer.write(slice)
                }
            }
            try await writer.finish(nil)
        }
    }
}

extension OutputFile {
    /// The type of the contents.
    var mediaType: String { suffix.hasSuffix(".png") ? "image/png" : "application/octet-stream" }
}

/// What is known about a prediction beside its files.
struct PredictionMetadata: Encodable {
    struct Size: Encodable {
        let width: Int
        let height: Int
    }

    struct File: Encodable {
        let name: String
        let type: String
        let bytes: Int
        /// What depth was multiplied by.
        let scale: Double?
    }

    let model: String
    let version = ServedModel.version
    let image: Size
    let input: Size
    let tasks: [TaskDescription]
    let files: [File]
    let warnings: [String]
    let milliseconds: [String: Double]

    init(_ prediction: Prediction, _ model: ServedModel, _ timings: Timings) {
        self.model = model.name
        image = Size(width: prediction.photo.width, height: prediction.photo.height)
        input = Size(width: prediction.input.width, height: prediction.input.height)
        let scales = prediction.files.compactMap { file in file.depth.map { (file.task, $0.scale) } }
        tasks = model.description.tasks.map { $0.written(Dictionary(scales) { first, _ in first }) }
        files = prediction.files.map { file in
            File(
                name: file.suffix, type: file.mediaType, bytes: file.bytes.count, scale: file.depth?.scale)
        }
        warnings = prediction.files.compactMap(\.warning)
        milliseconds = Dictionary(
            uniqueKeysWithValues: timings.steps.map { ($0.name, $0.duration.milliseconds.rounded(to: 2)) })
    }
}

extension TaskDescription {
    /// The description with the scale that its depth was written with, by the names of tasks.
    fileprivate func written(_ scales: [String: Double]) -> TaskDescription {
        guard case .depth(let unit, _) = output, let scale = scales[name] else { return self }
        return TaskDescription(name: name, output: .depth(unit: unit, scale: scale))
    }
}
