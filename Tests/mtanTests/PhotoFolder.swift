import Foundation
import Images
import TestSupport

/// A folder with photos to predict, for tests of `mtan predict`.
struct PhotoFolder {
    let folder: TemporaryFolder

    /// A model of three tasks: segmentation, depth and normals.
    static let model = fixtureURL("networks/narrow.pth").path

    /// Makes a folder with some photos of 80x60 pixels.
    init(_ names: String...) throws {
        folder = try TemporaryFolder()
        for name in names { try add(name) }
    }

    /// Writes another photo.
    func add(_ name: String, width: Int = 80, height: Int = 60) throws {
        let pixels = (0..<3 * width * height).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 / 97 &* 7) }
        let photo = try PNGEncoder().encode(
            Image(size: PixelSize(width: width, height: height), pixels: pixels))
        let url = folder.url(name)
        try FileManager.default.createDirectory(
            at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(photo).write(to: url)
    }

    /// Runs `mtan predict` in it.
    ///
    /// - Parameter input: the name of a file to give as standard input.
    func predict(_ arguments: String..., input: String? = nil) throws -> CommandRun {
        try CommandRun(
            arguments: ["predict", "-m", Self.model] + arguments, in: folder.path,
            input: input.map(folder.url))
    }

    /// Runs a line of shell in it, in which `mtan` is the program and `$MODEL` the model.
    func run(_ line: String) throws -> (status: Int32, output: String) {
        try shell(
            "mtan() { '\(CommandRun.executable.path)' \"$@\"; }; MODEL='\(Self.model)'; set +e; \(line)",
            in: folder)
    }

    /// The contents of a file in it.
    func bytes(_ name: String) throws -> [UInt8] { Array(try Data(contentsOf: folder.url(name))) }
}
