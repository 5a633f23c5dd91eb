import Images
import TestSupport
import Testing

@Suite("TIFF and WebP")
struct TIFFTests {
    private let decoder = ImageDecoder()

    /// A little-endian TIFF file with another value in one of the SHORT or LONG fields of its first directory.
    private func changed(_ name: String, tag: UInt16, to value: UInt32) throws -> [UInt8] {
        var file = try fixtureBytes("images/tiff/\(name).tif")
        func number(_ offset: Int, _ length: Int) -> Int {
            (0..<length).reversed().reduce(0) { $0 << 8 | Int(file[offset + $1]) }
        }
        let directory = number(4, 4)
        let entries = (0..<number(directory, 2)).map { directory + 2 + 12 * $0 }
        let entry = try #require(entries.first { number($0, 2) == tag })
        for index in 0..<4 {
            file[entry + 8 + index] = UInt8(truncatingIfNeeded: value >> (8 * UInt32(index)))
        }
        return file
    }

    @Test(
        "a kind of TIFF that is not decoded is named",
        arguments: [
            (259, 34925, "compression 34925, LZMA"), (259, 6, "compression 6, old-style JPEG"),
            (262, 8, "photometric interpretation 8, CIELab"),
            (262, 6, "interpretation 6, YCbCr that is not JPEG in one plane"),
        ])
    func unsupported(tag: UInt16, value: UInt32, detail: String) throws {
        let error = try #require(failure(of: changed("rgb-8-none", tag: tag, to: value)))
        guard case .unsupported(.tiff, let found, let wayOut) = error else {
            Issue.record("\(error)")
            return
        }
        #expect(found.contains(detail) && wayOut.contains("magick 'in.tif[0]'"), "\(error)")
    }

    @Test("a file whose first page is the preview of another is refused, not shown small")
    func preview() throws {
        let error = failure(of: try fixtureBytes("images/tiff/preview.tif"))
        guard case .unsupported(.tiff, "the first page is a preview of another one", _) = error else {
            Issue.record("\(error.map { "\($0)" } ?? "an image")")
            return
        }
    }

    @Test("tiles that are far larger than their image are refused before they are unpacked")
    func padding() throws {
        let error = failure(of: try changed("grey-16-tiles", tag: 323, to: 1 << 24))
        let detail = "tiles of 16x16777216 for an image of 45x31"
        guard case .unsupported(.tiff, detail, _) = error else {
            Issue.record("\(error.map { "\($0)" } ?? "an image")")
            return
        }
    }

    @Test("a strip beyond the end of the file is truncation, one that holds too little is damage")
    func strips() throws {
        let file = try fixtureBytes("images/tiff/palette.tif")
        #expect(
            failure(of: try changed("palette", tag: 273, to: UInt32(file.count - 100)))?.isTruncated == true)
        #expect(
            failure(of: try changed("palette", tag: 273, to: UInt32(file.count + 8)))?.isTruncated == true)
        let packed = try fixtureBytes("images/tiff/cmyk.tif")
        #expect(failure(of: packed) == nil)
        #expect(failure(of: try changed("cmyk", tag: 279, to: 40))?.isCorrupt == true)
    }

    @Test("damage that fax codecs only warn of is an error, not invented pixels")
    func fax() throws {
        let file = try fixtureBytes("images/tiff/bilevel-group4.tif")
        let failures = mutations(of: file, count: 300, seed: 9).count { failure(of: $0) != nil }
        #expect(failures > 200)
        #expect(failure(of: try changed("bilevel-group4", tag: 279, to: 20)) != nil)
    }

    @Test("transparent pixels of WebP and TIFF show the background that was asked for")
    func background() throws {
        for path in [
            "webp/lossless-alpha.webp", "tiff/rgba-8.tif", "tiff/rgba-16.tif", "tiff/grey-alpha.tif",
        ] {
            let file = try fixtureBytes("images/" + path)
            let white = try decoder.decode(file)
            let black = try ImageDecoder(background: .black).decode(file)
            let red = try ImageDecoder(background: RGBColor(red: 255, green: 0, blue: 0)).decode(file)
            #expect(white != black)
            for index in red.pixels.indices {
                #expect(red.pixels[index] == (index % 3 == 0 ? white : black).pixels[index])
            }
        }
    }

    @Test("an animated WebP file is refused with a way to take a frame of it")
    func animation() throws {
        let error = failure(of: try fixtureBytes("images/webp/animation.webp"))
        #expect(
            error
                == .unsupported(
                    .webp, detail: "an animation", wayOut: "take a frame of it: magick 'in.webp[0]' out.png"))
    }

    @Test(
        "bytes behind the end of a WebP or TIFF file are ignored, a WebP file shorter than it says is truncated"
    )
    func length() throws {
        for path in ["webp/lossy.webp", "webp/lossless-alpha.webp", "tiff/rgb-8-lzw.tif"] {
            let file = try fixtureBytes("images/" + path)
            #expect(try decoder.decode(file + [1, 2, 3]) == decoder.decode(file))
        }
        let file = try fixtureBytes("images/webp/lossy.webp")
        #expect(failure(of: file.dropLast(1))?.isTruncated == true)
        var long = file
        long[4] += 2
        #expect(failure(of: long)?.isTruncated == true)
    }
}
