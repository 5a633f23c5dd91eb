import Files
import Images
import Predictions
import Tensors

/// One image of a data set with its truth, which is read when it is asked for.
public struct Frame: Sendable {
    /// The path of the image.
    public var path: String { source.imagePath }

    private let source: any FrameSource

    init(_ source: any FrameSource) { self.source = source }

    /// The image.
    ///
    /// - Parameter decoder: what photos and files may cost.
    /// - Throws: `FileError`, naming the file and what is wrong.
    func image(_ decoder: ImageDecoder) throws -> FrameImage { try source.image(decoder) }

    /// The truth for each task, nil where the frame has none.
    ///
    /// - Throws: as ``image(_:)``.
    func truths(of tasks: [TaskDescription], _ decoder: ImageDecoder) throws -> [TruthMap?] {
        try source.truths(of: tasks, decoder)
    }
}

/// Where a layout keeps the image and the truth of one frame.
protocol FrameSource: Sendable {
    var imagePath: String { get }
    func image(_ decoder: ImageDecoder) throws -> FrameImage
    func truths(of tasks: [TaskDescription], _ decoder: ImageDecoder) throws -> [TruthMap?]
}

/// An image as its data set stores it.
enum FrameImage: Sendable {
    /// 8 bits for each channel, as decoded from a photo.
    case photo(Image)
    /// Red, green and blue in 0...1, `[1, 3, H, W]`.
    case planes(Tensor)

    var size: PixelSize {
        switch self {
        case .photo(let image): image.size
        case .planes(let tensor): PixelSize(width: tensor.shape[3], height: tensor.shape[2])
        }
    }

    /// Decodes a photo file.
    ///
    /// - Throws: `FileError`
    init(photo path: String, _ decoder: ImageDecoder) throws {
        let bytes = try readFile(path, decoder)
        do { self = .photo(try decoder.decode(bytes)) } catch {
            throw FileError(path: path, reason: "\(error)")
        }
    }
}

/// A file of at most the bytes that a photo may have.
///
/// - Throws: `FileError`
func readFile(_ path: String, _ decoder: ImageDecoder) throws(FileError) -> [UInt8] {
    try BoundedFile.read(path, limit: decoder.limits.maximumBytes, raise: "raise --max-bytes")
}
