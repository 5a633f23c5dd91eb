import Files
import Predictions

/// Where `--output` leads.
enum Destination: Equatable {
    /// A folder, which need not be there yet.
    case folder(String)
    /// One PNG or NumPy file.
    case file(String)
    /// Standard output, which takes one file or a zip archive.
    case standardOutput

    /// Endings that somebody who means a file writes.
    private static let fileExtensions: Set<String> = [
        "png", "npy", "npz", "jpg", "jpeg", "webp", "gif", "bmp", "tif", "tiff", "exr", "pfm", "pgm", "ppm",
        "zip", "tar", "gz", "json", "csv", "txt", "pdf",
    ]

    /// Reads `--output`: `-`, a folder that is there, a name with the extension of the one file that is asked
    /// for, or else the name of a folder.
    ///
    /// - Parameters:
    ///   - photos: how many photos there are.
    ///   - suffixes: the ends of the names of the files of each photo, such as `depth.png`.
    /// - Throws: ``DestinationError``
    init(_ output: String, photos: Int, suffixes: [String]) throws(DestinationError) {
        if output == "-" {
            guard photos <= 1 else {
                throw DestinationError(
                    "-o - takes one photo, found \(photos.counted("photo")); give -o a folder for several")
            }
            self = .standardOutput
            return
        }
        let ending = output.fileExtension
        if Folder.isFolder(output) || output.utf8.last == UInt8(ascii: "/") {
            self = .folder(output)
        } else if let ending, Self.fileExtensions.contains(ending) {
            try Self.check(output, ending, photos: photos, suffixes: suffixes)
            self = .file(output)
        } else if Folder.identity(of: output) != nil {
            throw DestinationError(
                "\(output.shown()): expected a folder to write to, or a name for a new one, found a file",
                code: .cannotWrite)
        } else {
            self = .folder(output)
        }
    }

    private static func check(
        _ output: String, _ ending: String, photos: Int, suffixes: [String]
    ) throws(DestinationError) {
        let name = output.shown()
        guard ["png", "npy"].contains(ending) else {
            throw DestinationError(
                "-o \(name): maps are PNG files, or NumPy files with --view npy; name a folder, .png or .npy "
                    + "for one map of one photo, or - for standard output")
        }
        guard photos <= 1, let suffix = suffixes.first, suffixes.count == 1 else {
            let files = (photos * suffixes.count).counted("file")
            throw DestinationError(
                "-o \(name) names one file, found \(files) to write (\(suffixes.joined(separator: ", ")) of "
                    + "\(photos.counted("photo"))); choose one by --tasks and --view, or name a folder")
        }
        guard suffix.fileExtension == ending else {
            throw DestinationError(
                "-o \(name): expected a name in .\(suffix.fileExtension ?? "") for \(suffix); "
                    + "--view data and color write PNG files, --view npy NumPy files")
        }
    }
}

/// Why `--output` cannot be followed.
struct DestinationError: Error, Equatable {
    let message: String
    let code: Code

    /// The ways to end.
    enum Code { case usage, cannotWrite }

    init(_ message: String, code: Code = .usage) {
        self.message = message
        self.code = code
    }
}

extension String {
    /// What follows the last dot of a name, in small letters; nil for names without a dot after their first
    /// letter.
    var fileExtension: String? {
        let name = lastPathComponent.utf8
        guard let dot = name.lastIndex(of: UInt8(ascii: ".")), dot > name.startIndex else { return nil }
        return String(decoding: name[name.index(after: dot)...], as: UTF8.self).lowercased()
    }
}
