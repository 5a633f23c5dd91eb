/// Why bytes could not be decoded into an image.
public enum ImageError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The first bytes belong to no format that can be read.
    case unrecognisedFormat(ForeignFile)

    /// A limit of ``ImageLimits`` is exceeded. For `scans`, and for `workingBytes` of a JPEG, the true figure is
    /// not known when decoding stops, and `found` is nil.
    case overLimit(ImageLimit, maximum: Int, found: Int?)

    /// The file ends before its image does.
    case truncated(ImageFormat, detail: String)

    /// The file is damaged; `detail` is the codec's own message.
    case corrupt(ImageFormat, detail: String)

    /// The file is of a variant that is not decoded; `detail` says of which, `wayOut` how to convert it.
    case unsupported(
        ImageFormat, detail: String, wayOut: String = "convert it to an 8-bit PNG or baseline JPEG")

    /// The system refused the memory that decoding needs.
    case outOfMemory(ImageFormat)

    /// What was expected, what was found, and the way out, in one line.
    public var description: String {
        switch self {
        case .unrecognisedFormat(let file):
            "expected a \(ImageFormat.list) image, found \(file.name); \(file.wayOut)"
        case .overLimit(let limit, let maximum, let found):
            limit.explain(maximum: maximum, found: found)
        case .truncated(let format, let detail):
            "expected a whole \(format) file, found one that ends early (\(detail)); "
                + "copy or download it again"
        case .corrupt(let format, let detail):
            "expected an intact \(format) file, found damage (\(detail)); "
                + "copy it again or export it anew from its source"
        case .unsupported(let format, let detail, let wayOut):
            "expected a \(format) file of a common kind, found one that cannot be decoded (\(detail)); \(wayOut)"
        case .outOfMemory(let format):
            "expected enough memory to decode this \(format) file, found none left; "
                + "lower the load or scale the image down"
        }
    }
}

extension ImageLimit {
    /// The options are those of the command line; the server's have the same names.
    fileprivate func explain(maximum: Int, found: Int?) -> String {
        let number = found.map { "\($0)" } ?? "more"
        return switch self {
        case .bytes:
            "expected a file of at most \(maximum) bytes, found \(number); "
                + "compress the image or raise --max-bytes"
        case .pixels:
            "expected at most \(maximum) pixels, found \(number); scale the image down or raise --max-pixels"
        case .side:
            "expected sides of at most \(maximum) pixels, found \(number); "
                + "scale the image down or raise --max-side"
        case .codecSide:
            "expected sides of at most \(maximum) pixels, the most that the format's decoder takes, "
                + "found \(number); scale the image down"
        case .workingBytes:
            "expected to decode in at most \(maximum) bytes of working memory, found that it takes \(number); "
                + "save the image as a baseline JPEG or PNG, or raise --max-pixels, with which the memory grows"
        case .scans:
            "expected at most \(maximum) scans in a JPEG file, found \(number); "
                + "save the image as a baseline JPEG"
        }
    }
}
