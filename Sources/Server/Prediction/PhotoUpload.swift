import Hummingbird
import Images
import NIOCore

/// The photo of a request: the body itself, or the field `image` of a form.
struct PhotoUpload: Sendable {
    /// What a body may call itself. What it is, its bytes say.
    private static let types = ImageFormat.allCases.map(\.mediaType) + ["image/jpg"]

    /// What a form may hold beside the photo.
    static let formOverhead = 64 << 10

    /// The boundary of the form; nil if the body is the photo.
    private let boundary: String?

    /// Checks the type of a body before it is read.
    ///
    /// - Throws: ``ServerError/unsupportedMediaType(found:expected:)``
    init(_ request: Request) throws(ServerError) {
        let type = request.headers[.contentType].map(HeaderParameters.init)
        if type == nil || Self.types.contains(type?.value ?? "") {
            boundary = nil
        } else if type?.value == "multipart/form-data", let text = type?.value("boundary"),
            (1...70).contains(text.utf8.count)
        {
            boundary = text
        } else {
            throw .unsupportedMediaType(
                found: request.headers[.contentType],
                expected:
                    ImageFormat.allCases.map(\.mediaType).joined(separator: ", ")
                    + ", or multipart/form-data with a boundary and a field \"image\"")
        }
    }

    /// The most bytes that the body may have.
    func bodyLimit(_ limits: ImageLimits) -> Int {
        limits.maximumBytes + (boundary == nil ? 0 : Self.formOverhead)
    }

    /// Refuses what is no image, or too large a one, by its beginning.
    ///
    /// - Throws: ``ServerError/prediction(_:)``
    func inspect(_ start: ByteBuffer, with decoder: ImageDecoder) throws {
        guard boundary == nil else { return }
        do {
            _ = try start.withUnsafeReadableBytes { bytes throws(ImageError) in try decoder.header(of: bytes)
            }
        } catch {
            // Other errors may only mean that the rest has not arrived yet.
            switch error {
            case .overLimit, .unrecognisedFormat: throw ServerError.prediction(.image(error))
            default: return
            }
        }
    }

    /// The photo in a body.
    ///
    /// - Throws: ``ServerError/malformedBody(_:)``
    func photo(in body: ByteBuffer) throws(ServerError) -> ByteBuffer {
        guard let boundary else { return body }
        return try MultipartForm(body, boundary: boundary).field("image")
    }
}
