import Files
import Predictions
import StandardStreams

/// Writes the files of photos to where `--output` leads. What mtan did not make is not replaced.
struct MapWriter {
    let destination: Destination

    /// Whether to wait until each file is on the disk.
    let isSynced: Bool

    /// Makes the folder to write to, and looks whether a file may be written, before the work begins.
    ///
    /// - Throws: `FileError`
    func prepare() throws(FileError) {
        switch destination {
        case .folder(let folder): try Folder.make(folder)
        case .file(let path):
            try Folder.make(path.deletingLastPathComponent)
            try protectForeignFile(path)
        case .standardOutput: break
        }
    }

    /// Writes the files of one photo.
    ///
    /// - Throws: `FileError`, a fatal one where there is but one place to write to; `ZipSizeError`;
    ///   `StandardOutputError.readerGone`
    func write(_ files: [OutputFile], of photo: Photo) throws {
        switch destination {
        case .folder(let folder):
            let stem = Folder.join(folder, photo.stem)
            try Folder.make(stem.deletingLastPathComponent)
            for file in files {
                let path = "\(stem).\(file.suffix)"
                try protectForeignFile(path)
                try AtomicFile.write(file.bytes, to: path, isSynced: isSynced)
            }
        case .file(let path):
            precondition(files.count == 1, "\(files.count) files for one name")
            do {
                try protectForeignFile(path)
                try AtomicFile.write(files[0].bytes, to: path, isSynced: isSynced)
            } catch {
                throw error.asFatal
            }
        case .standardOutput: try writeToStandardOutput(files)
        }
    }

    /// The one file, or else a zip archive of all.
    private func writeToStandardOutput(_ files: [OutputFile]) throws {
        let parts =
            files.count == 1 ? [files[0].bytes] : try ZipWriter(files.map { ($0.suffix, $0.bytes) }).parts
        do {
            for part in parts { try StandardOutput.write(part) }
        } catch {
            switch error {
            case .failed(let reason): throw reason.asFatal
            case .readerGone: throw error
            }
        }
    }

    /// Whether a PNG file was made by mtan.
    static func isMap(_ path: String) -> Bool {
        guard path.fileExtension == "png", let start = beginning(of: path) else { return false }
        return OutputFile.isMap(start)
    }

    private static func beginning(of path: String) -> [UInt8]? {
        let length = OutputFile.markLength
        return try? BoundedFile.read(path, limit: length, prefix: length)
    }

    /// PNG and NumPy files that mtan did not make are not replaced.
    private func protectForeignFile(_ path: String) throws(FileError) {
        guard Folder.identity(of: path) != nil else { return }
        let isOwn = Self.beginning(of: path).map { start in
            path.fileExtension == "npy" ? OutputFile.isArray(start) : OutputFile.isMap(start)
        }
        guard isOwn ?? false else {
            let place = destination == .file(path) ? "name" : "output folder"
            throw FileError(
                path: path,
                reason: "is there already and was not made by mtan; choose another \(place)")
        }
    }
}
