import Images
import TestSupport
import Testing

@Suite("Limits")
struct LimitTests {
    private let decoder = ImageDecoder()

    @Test("a PNG header that announces too many pixels is refused by both calls")
    func pixelBomb() {
        let file =
            PNGBytes.signature + PNGBytes.header(30_000, 30_000, depth: 1, color: 0) + PNGBytes.data([0])
        let expected = ImageError.overLimit(.pixels, maximum: 100_000_000, found: 900_000_000)
        #expect(throws: expected) { try decoder.header(of: file) }
        #expect(throws: expected) { try decoder.decode(file) }
    }

    @Test("a PNG header with the longest possible sides is refused by its sides")
    func sideBomb() {
        let file =
            PNGBytes.signature + PNGBytes.header(0x7FFF_FFFF, 0x7FFF_FFFF, depth: 16, color: 6)
            + PNGBytes.data([0])
        let expected = ImageError.overLimit(.side, maximum: 65_500, found: 0x7FFF_FFFF)
        #expect(throws: expected) { try decoder.decode(file) }
    }

    @Test("limits whose product overflows still refuse")
    func unlimited() {
        let decoder = ImageDecoder(limits: ImageLimits(maximumPixels: Int.max - 1, maximumSide: Int.max))
        let size = PixelSize(width: Int.max / 2, height: 5)
        #expect(throws: ImageError.overLimit(.pixels, maximum: Int.max - 1, found: Int.max)) {
            try decoder.limits.check(size)
        }
    }

    @Test("a PNG with a side of 0 is corrupt, a JPEG with one unsupported")
    func empty() throws {
        let file = PNGBytes.signature + PNGBytes.header(0, 0, depth: 8, color: 2) + PNGBytes.data([0])
        #expect(throws: ImageError.corrupt(.png, detail: "Invalid IHDR data")) { try decoder.decode(file) }
        let jpeg = try JPEGBytes.resized(fixtureBytes("images/jpeg/ycc-420.jpg"), width: 45, height: 0)
        #expect(throws: ImageError.unsupported(.jpeg, detail: "Empty JPEG image (DNL not supported)")) {
            try decoder.decode(jpeg)
        }
    }

    @Test("a JPEG header that announces too many pixels, or sides beyond libjpeg's, is refused")
    func jpegBombs() throws {
        let file = try fixtureBytes("images/jpeg/ycc-420.jpg")
        #expect(throws: ImageError.overLimit(.pixels, maximum: 100_000_000, found: 65_500 * 65_500)) {
            try decoder.decode(JPEGBytes.resized(file, width: 65_500, height: 65_500))
        }
        let generous = ImageDecoder(limits: ImageLimits(maximumPixels: Int.max, maximumSide: Int.max))
        #expect(throws: ImageError.overLimit(.codecSide, maximum: 65_500, found: 65_535)) {
            try generous.decode(JPEGBytes.resized(file, width: 65_535, height: 10))
        }
    }

    @Test("a file is refused by its length before it is looked at")
    func bytes() {
        let decoder = ImageDecoder(limits: ImageLimits(maximumBytes: 10))
        #expect(throws: ImageError.overLimit(.bytes, maximum: 10, found: 11)) {
            try decoder.decode([UInt8](repeating: 0, count: 11))
        }
    }

    @Test("an image exactly at the limits decodes, one pixel less and it is refused")
    func boundary() throws {
        let file = try fixtureBytes("images/png/rgb-8.png")
        let exact = ImageLimits(maximumBytes: file.count, maximumPixels: 13 * 9, maximumSide: 13)
        #expect(try ImageDecoder(limits: exact).decode(file).size == PixelSize(width: 13, height: 9))
        let tight = ImageLimits(maximumPixels: 13 * 9 - 1)
        #expect(throws: ImageError.overLimit(.pixels, maximum: 116, found: 117)) {
            try ImageDecoder(limits: tight).decode(file)
        }
    }

    @Test("a JPEG of endless scans is stopped, one at the limit is not")
    func scans() throws {
        let file = try fixtureBytes("images/jpeg/scans.jpg")
        let decoder = ImageDecoder(limits: ImageLimits(maximumScans: 20))
        #expect(try decoder.decode(JPEGBytes.repeatingLastScan(of: file, times: 17)).width == 45)
        #expect(throws: ImageError.overLimit(.scans, maximum: 20, found: nil)) {
            try decoder.decode(JPEGBytes.repeatingLastScan(of: file, times: 18))
        }
    }

    @Test("a progressive JPEG whose coefficients exceed the working memory is refused, a baseline one is not")
    func workingMemory() throws {
        // 4:2:0 has 1.5 samples per pixel, two bytes each: 48 MB.
        let size = (width: 4000, height: 4000)
        let progressive = try JPEGBytes.resized(
            fixtureBytes("images/jpeg/progressive.jpg"), width: size.width, height: size.height)
        let baseline = try JPEGBytes.resized(
            fixtureBytes("images/jpeg/ycc-420.jpg"), width: size.width, height: size.height)
        let tight = ImageDecoder(limits: ImageLimits(maximumWorkingBytes: 47_000_000))
        let wide = ImageDecoder(limits: ImageLimits(maximumWorkingBytes: 49_000_000))
        #expect(throws: ImageError.overLimit(.workingBytes, maximum: 47_000_000, found: nil)) {
            try tight.decode(progressive)
        }
        // With the memory granted, the decoder gets as far as the missing data.
        for (decoder, file) in [(wide, progressive), (tight, baseline)] {
            let error = #expect(throws: ImageError.self) { try decoder.decode(file) }
            #expect(error?.isCorrupt == true || error?.isTruncated == true)
        }
    }

    @Test("what a WebP or TIFF file takes beside its image is refused before it is decoded")
    func workingMemoryOfOthers() throws {
        // 45x31 pixels: RGB and ARGB; RGBA, ARGB and alpha; one strip of four inks.
        let needs = [
            ("webp/lossy.webp", 3), ("webp/lossless.webp", 7), ("webp/lossy-alpha.webp", 9),
            ("tiff/cmyk.tif", 4),
        ]
        for (path, bytes) in needs {
            let file = try fixtureBytes("images/" + path)
            let need = 45 * 31 * bytes
            let wide = ImageDecoder(limits: ImageLimits(maximumWorkingBytes: need))
            #expect(try wide.decode(file).width == 45, "\(path)")
            let tight = ImageDecoder(limits: ImageLimits(maximumWorkingBytes: need - 1))
            #expect(throws: ImageError.overLimit(.workingBytes, maximum: need - 1, found: need), "\(path)") {
                try tight.decode(file)
            }
        }
    }

    @Test("the header of a WebP or TIFF file that announces too many pixels is refused")
    func bombsOfOthers() throws {
        // A VP8X header may announce 2^24 pixels a side, whatever the picture inside says.
        var webp = try fixtureBytes("images/webp/lossy-alpha.webp")
        webp.replaceSubrange(24..<30, with: [0xFF, 0xFF, 0, 0xFF, 0xFF, 0])
        let error = #expect(throws: ImageError.self) { try decoder.decode(webp) }
        #expect(error?.isCorrupt == true || error == .overLimit(.side, maximum: 65_500, found: 65_536))
        var tiff = try fixtureBytes("images/tiff/rgb-8-none.tif")
        let width = try #require(
            tiff.indices.dropLast(2).first { tiff[$0] == 0 && tiff[$0 + 1] == 1 && tiff[$0 + 2] == 4 })
        tiff.replaceSubrange(width + 8..<width + 12, with: [0, 0, 1, 0])
        #expect(throws: ImageError.overLimit(.side, maximum: 65_500, found: 65_536)) {
            try decoder.decode(tiff)
        }
    }
}
