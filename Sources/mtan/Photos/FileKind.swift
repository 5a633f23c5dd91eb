import Files
import Images

/// What a file in a folder is, by its extension.
enum FileKind: Equatable {
    /// A picture of a format that is read.
    case photo
    /// A picture of a format that is not read, with its extension: `heic`.
    case otherPicture(String)
    /// A video.
    case video

    /// Nil for a file that is neither a picture nor a video, or has no extension.
    init?(name: String) {
        guard let fileExtension = name.fileExtension else { return nil }
        if Self.photos.contains(fileExtension) {
            self = .photo
        } else if Self.otherPictures.contains(fileExtension) {
            self = .otherPicture(fileExtension)
        } else if Self.videos.contains(fileExtension) {
            self = .video
        } else {
            return nil
        }
    }

    private static let photos = Set(ImageFormat.allCases.flatMap(\.fileExtensions))

    private static let otherPictures: Set<String> = [
        "gif", "bmp", "heic", "heif", "avif", "jxl", "jp2", "j2k", "ppm", "pgm", "pbm", "pnm", "exr", "hdr",
        "psd",
        "svg", "ico", "dng", "cr2", "cr3", "nef", "arw", "raf", "orf", "rw2", "pef", "srw", "x3f",
    ]

    private static let videos: Set<String> = [
        "mp4", "m4v", "mov", "avi", "mkv", "webm", "mpg", "mpeg", "wmv", "flv", "mts", "m2ts", "3gp", "ogv",
    ]
}

/// What was found in folders and is not predicted, by number.
struct PassedOver {
    private var videos = 0
    private var pictures: [String: Int] = [:]
    private var links = 0

    /// One more file.
    mutating func add(_ kind: FileKind) {
        switch kind {
        case .photo: break
        case .otherPicture(let fileExtension): pictures[fileExtension, default: 0] += 1
        case .video: videos += 1
        }
    }

    /// Links to folders.
    mutating func add(links count: Int) { links += count }

    /// `3 videos, 2 .heic, 1 link to a folder`, or nil if there is nothing.
    var text: String? {
        var parts: [String] = []
        if videos > 0 { parts.append(videos.counted("video")) }
        parts += pictures.sorted { $0.key < $1.key }.map { "\($0.value) .\($0.key)" }
        if links > 0 { parts.append(links.counted("link to a folder", plural: "links to folders")) }
        return parts.isEmpty ? nil : parts.joined(separator: ", ")
    }
}
