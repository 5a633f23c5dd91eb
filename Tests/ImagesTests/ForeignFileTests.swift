import Images
import TestSupport
import Testing

@Suite("Files that are no pictures")
struct ForeignFileTests {
    /// What is said of a file with these bytes.
    private func refusal(of bytes: [UInt8]) -> String? {
        guard let error = failure(of: bytes), case .unrecognisedFormat = error else { return nil }
        return "\(error)"
    }

    @Test(
        "a file of another format is named, with a command that makes a picture of it",
        arguments: [
            ("GIF89a", "a GIF file", "magick 'in.gif[0]' out.png"), ("BM6", "a BMP file", "magick in.bmp"),
            ("\0\0\0\u{20}ftypheic\0\0\0\0mif1heic", "a HEIC file (HEIF)", "heif-convert"),
            ("\0\0\0\u{18}ftypmif1\0\0\0\0heicmif1", "a HEIC file (HEIF)", "heif-convert"),
            ("\0\0\0\u{1c}ftypavif\0\0\0\0avifmif1miaf", "an AVIF file", "magick in.avif"),
            ("\0\0\0\u{1c}ftypmif1\0\0\0\0avifmif1miaf", "an AVIF file", "magick in.avif"),
            ("\0\0\0\u{18}ftypcrx \0\0\0\u{1}crx isom", "a camera raw file (CR3)", "darktable-cli"),
            ("\0\0\0\u{20}ftypisom\0\0\u{2}\0isommp41", "a video (MP4)", "ffmpeg -i in.mp4 frame-%05d.png"),
            ("\0\0\0\u{14}ftypqt  \0\0\0\0qt  ", "a video (QuickTime, MOV)", "ffmpeg"),
            ("\0\0\0\u{8}wide\0\0\0\0mdat", "a video (QuickTime)", "ffmpeg"),
            ("RIFF\0\0\0\0AVI LIST", "a video (AVI)", "ffmpeg"),
            ("RIFF\0\0\0\0WAVE", "a RIFF file", "picture"),
            ("\0\0\0\u{c}JXL \r\n", "a JPEG XL file", "djxl"),
            ("\0\0\0\u{c}jP  \r\n", "a JPEG 2000 file", "opj_"),
            ("8BPS\0\u{1}", "a Photoshop file (PSD)", "magick"), ("%PDF-1.7", "a PDF file", "pdftoppm"),
            ("<?xml version=\"1.0\"?>\n<svg xmlns=\"\">", "an SVG drawing", "rsvg-convert"),
            ("\n <!DOCTYPE html><title>404", "an HTML page, as failed downloads leave it", "download"),
            ("<HTML>", "an HTML page", "download"),
            ("FUJIFILMCCD-RAW 0201", "a camera raw file (RAF)", "darktable"),
            ("IIU\0", "a camera raw file (RW2)", "darktable-cli"),
            ("P6\n3 2\n255\n", "a Netpbm file", "magick"), ("P5 3 2 255\n", "a Netpbm file", "magick"),
            ("P1\t3", "a Netpbm file", "magick"), ("P3\r\n3", "a Netpbm file", "magick"),
            ("P60 is no image", "text that starts with", "download"),
            ("{\"error\": \"not found\"}", "text that starts with \"{\"error\"", "download"),
            ("hello", "text that starts with \"hello\"", "download"), ("PK\u{3}\u{4}", "a ZIP file", "unzip"),
            ("version https://git-lfs.github.com/spec/v1", "a pointer of Git LFS", "git lfs pull"),
            ("", "an empty file", "copy or download it again"),
            ("\u{1}\u{2}abc", "the bytes 01 02 61 62 63", "convert"),
        ])
    func named(start: String, found: String, wayOut: String) throws {
        let text = try #require(refusal(of: Array(start.utf8)))
        #expect(text.hasPrefix("expected a PNG, JPEG, WebP or TIFF image, found ") && text.contains(found))
        let parts = text.split(separator: "; ")
        #expect(parts.count == 2 && parts[1].contains(wayOut), "\(text)")
    }

    @Test("formats that are no text are told by their bytes")
    func binary() throws {
        let files: [([UInt8], String)] = [
            ([0xFF, 0x0A, 0xFA], "a JPEG XL file"), ([0xFF, 0x4F, 0xFF, 0x51, 0], "a JPEG 2000 file"),
            ([0x76, 0x2F, 0x31, 0x01, 2], "an OpenEXR file"),
            ([0x1A, 0x45, 0xDF, 0xA3] + Array("\u{1}B\u{82}webm".utf8), "a video (WebM)"),
            ([0x1A, 0x45, 0xDF, 0xA3] + Array("matroska".utf8), "a video (Matroska)"),
            ([0x1F, 0x8B, 8], "a gzip file"),
            ([0x47] + [UInt8](repeating: 0, count: 187) + [0x47], "a video (MPEG transport stream)"),
            ([0x80, 0xFF, 0], "the bytes 80 ff 00"),
        ]
        for (bytes, name) in files { #expect(try #require(refusal(of: bytes)).contains(name)) }
    }

    @Test("Apple's variant of PNG is named, though it has a PNG's signature")
    func apple() throws {
        let file =
            PNGBytes.signature + PNGBytes.chunk("CgBI", [0x50, 0, 0x20, 2])
            + PNGBytes.header(1, 1, depth: 8, color: 6) + PNGBytes.end
        #expect(try #require(refusal(of: file)).contains("Apple's CgBI variant"))
    }

    /// A little-endian TIFF with one directory of SHORT values.
    private func tiff(_ tags: [(UInt16, UInt16)], marker: [UInt8] = []) -> [UInt8] {
        func bytes(_ value: UInt16) -> [UInt8] { [UInt8(value & 0xFF), UInt8(value >> 8)] }
        let start = UInt8(8 + marker.count)
        let head = Array("II".utf8) + [42, 0, start, 0, 0, 0] + marker + bytes(UInt16(tags.count))
        let entries = tags.flatMap { bytes($0.0) + bytes(3) + [1, 0, 0, 0] + bytes($0.1) + [0, 0] }
        return head + entries + [0, 0, 0, 0]
    }

    @Test("a camera raw file is refused as one, though it is a TIFF with a preview that could be decoded")
    func raws() throws {
        #expect(
            try #require(refusal(of: tiff([(254, 1), (330, 99)]))).contains("a camera raw file (NEF, ARW"))
        #expect(try #require(refusal(of: tiff([(262, 32803)]))).contains("a camera raw file"))
        #expect(try #require(refusal(of: tiff([(50706, 1)]))).contains("a camera raw file (DNG)"))
        #expect(
            try #require(refusal(of: tiff([], marker: Array("CR\u{2}\0".utf8)))).contains("raw file (CR2)"))
        #expect(refusal(of: tiff([(254, 0), (262, 2)])) == nil && refusal(of: tiff([(254, 1)])) == nil)
    }

    @Test("beginnings of files are told without the rest, and without harm")
    func beginnings() throws {
        for path in ["tiff/rgb-8-lzw.tif", "webp/lossy.webp", "png/rgb-8.png", "jpeg/rgb.jpg"] {
            let file = try fixtureBytes("images/" + path)
            for count in [12, 64, 200] {
                let isForeign = file.prefix(count).withUnsafeBytes { ForeignFile($0) != nil }
                #expect(!isForeign, "the first \(count) bytes of \(path)")
            }
        }
    }
}
