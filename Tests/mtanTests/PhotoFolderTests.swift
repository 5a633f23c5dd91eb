import Foundation
import TestSupport
import Testing

@Suite("Folders of photos", .serialized)
struct PhotoFolderTests {
    private let photos: PhotoFolder
    private var folder: TemporaryFolder { photos.folder }
    private let model = PhotoFolder.model

    /// Two photos, one of them in a folder below.
    init() throws { photos = try PhotoFolder("photos/one.png", "photos/sub/two.png") }

    /// The names of the files below a folder.
    private func contents(_ name: String) -> [String] {
        folder.files().filter { $0.hasPrefix("\(name)/") }.map { String($0.dropFirst(name.count + 1)) }
    }

    @Test(
        "what a folder holds beside photos is counted, and pictures of other formats fail with their reason")
    func passedOver() throws {
        let others = ["a.mp4", "b.MOV", "c.mkv", "d.heic", "e.HEIC", "f.dng", "notes.txt", ".hidden.heic"]
        for name in others {
            try Data("\0\0\0\u{14}ftypheic\0\0\0\0heic".utf8).write(to: folder.url("photos/\(name)"))
        }
        try FileManager.default.createSymbolicLink(
            atPath: folder.url("photos/again").path, withDestinationPath: folder.url("photos").path)
        let run = try CommandRun("predict", "photos", "-o", "out", "-m", model, in: folder.path)
        #expect(run.status == 65)
        let counts = "passed over: 3 videos, 1 .dng, 2 .heic, 1 link to a folder\n"
        #expect(run.errors.contains(counts) && run.errors.contains("2 photos in"), "\(run.errors)")
        #expect(run.errors.contains("3 inputs failed"))
        #expect(
            run.errors.contains("photos/e.HEIC: expected a PNG, JPEG, WebP or TIFF image, found a HEIC file"))
        #expect(contents("out").count == 6)
    }

    @Test("a picture with another format's extension is told by its bytes, videos alone are no photos")
    func extensions() throws {
        try photos.add("named/really.heic")
        let run = try CommandRun("predict", "named", "-o", "out", "-m", model, in: folder.path)
        #expect(run.status == 0 && !run.errors.contains("passed over"), "\(run.errors)")
        #expect(contents("out").count == 3)
        try FileManager.default.moveItem(
            at: folder.url("named/really.heic"), to: folder.url("named/only.mp4"))
        let videos = try CommandRun("predict", "named", "-o", "out", "-m", model, in: folder.path)
        #expect(videos.status == 64)
        #expect(videos.errors.contains("no photos (PNG, JPEG, WebP or TIFF) in named; passed over: 1 video"))
    }

    @Test("WebP and TIFF files in a folder are photos")
    func otherFormats() throws {
        try FileManager.default.createDirectory(at: folder.url("more"), withIntermediateDirectories: true)
        for path in ["webp/lossy.webp", "tiff/rgb-8-lzw.tif"] {
            let name = path.split(separator: "/")[1]
            try Data(fixtureBytes("images/\(path)")).write(to: folder.url("more/\(name)"))
        }
        let run = try CommandRun("predict", "more", "-o", "out", "-m", model, in: folder.path)
        #expect(run.status == 0, "\(run.errors)")
        #expect(contents("out").contains("lossy.depth.png"))
    }
}
