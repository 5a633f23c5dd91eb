import Images
import TestSupport
import Testing

/// Damaged files must give an image within the limits or a typed error, quickly. The compiler sees to the
/// type; a crash, a hang, or memory touched out of bounds (under the address sanitizer) fails the run.
@Suite("Hostile files", .timeLimit(.minutes(5)))
struct HostileTests {
    private static let limits = ImageLimits(maximumPixels: 300_000, maximumSide: 4000)
    private static let decoder = ImageDecoder(limits: limits)

    private static let files = [
        "png/rgb-8.png", "png/rgba-16-adam7.png", "png/palette-4-trns.png", "png/palette-2-adam7.png",
        "png/grey-1.png", "png/grey-16-trns-adam7.png", "png/rgb-8-adam7-3x5.png", "exif/png-6.png",
        "jpeg/grey.jpg", "jpeg/ycc-420.jpg", "jpeg/progressive.jpg", "jpeg/cmyk.jpg", "jpeg/restarts.jpg",
        "jpeg/arithmetic.jpg", "jpeg/arithmetic-progressive.jpg", "jpeg/scans.jpg", "exif/jpeg-8.jpg",
        "exif/jpeg-xmp.jpg", "exif/png-packed-text.png", "exif/png-packed-xmp.png", "exif/webp-xmp-8.webp",
        "webp/lossy.webp", "webp/lossless.webp", "webp/lossy-alpha.webp", "webp/lossless-alpha.webp",
        "webp/palette.webp", "webp/one-pixel.webp",
        "tiff/rgb-8-lzw.tif", "tiff/rgb-8-deflate.tif", "tiff/rgb-8-packbits.tif", "tiff/rgb-8-zstd.tif",
        "tiff/jpeg.tif", "tiff/rgb-16-predictor.tif", "tiff/rgb-8-planes-tiles.tif",
        "tiff/bilevel-group3.tif",
        "tiff/bilevel-group4.tif", "tiff/palette.tif", "tiff/cmyk.tif", "tiff/bigtiff.tif", "tiff/grey-2.tif",
        "tiff/rgba-8-premultiplied.tif",
    ]

    /// Decodes one input; whether it was an image.
    private func survives(_ bytes: [UInt8]) -> Bool { survivor(of: bytes) != nil }

    /// Decodes one input; the image if it was one.
    private func survivor(of bytes: [UInt8]) -> Image? {
        var header: ImageHeader?
        do throws(ImageError) {
            header = try Self.decoder.header(of: bytes)
            let image = try Self.decoder.decode(bytes)
            #expect(image.size.area <= Self.limits.maximumPixels)
            #expect(header?.size == image.size)
            return image
        } catch {
            if header == nil { #expect(throws: error) { try Self.decoder.decode(bytes) } }
            #expect(!"\(error)".isEmpty)
            return nil
        }
    }

    /// Of a TIFF file, what no pixel needs may lie at the end.
    @Test("no beginning of a file is an image, or it is the whole image", arguments: files)
    func prefixes(path: String) throws {
        let file = try fixtureBytes("images/" + path)
        let whole = try #require(survivor(of: file))
        for prefix in TestSupport.prefixes(of: file, dense: 700, step: 5) {
            let image = survivor(of: prefix)
            #expect(
                image == nil || path.hasSuffix(".tif") && image == whole, "the first \(prefix.count) bytes")
        }
    }

    @Test("random damage gives an image or an error", arguments: files)
    func damage(path: String) throws {
        let file = try fixtureBytes("images/" + path)
        let survivors = mutations(of: file, count: 1000, seed: 1).count { survives($0) }
        #expect(survivors < 1000)
    }

    @Test("random damage behind right check sums gives an image or an error", arguments: files)
    func repairedDamage(path: String) throws {
        guard path.hasSuffix(".png") else { return }
        let file = try fixtureBytes("images/" + path)
        let survivors = mutations(of: file, count: 1000, seed: 2).count { survives(PNGBytes.repaired($0)) }
        #expect(survivors > 0 && survivors < 1000)
    }

    @Test("random scan lines of every kind of PNG give an image or an error")
    func scanLines() {
        var generator = SplitMix64(seed: 3)
        var survivors = 0
        let depths = [0: [1, 2, 4, 8, 16], 2: [8, 16], 3: [1, 2, 4, 8], 4: [8, 16], 6: [8, 16]]
        for color in depths.keys.sorted() {
            for depth in depths[color] ?? [] {
                for _ in 0..<50 {
                    survivors += survives(randomPNG(color: color, depth: depth, using: &generator)) ? 1 : 0
                }
            }
        }
        #expect(survivors > 50)
    }

    /// Any size, palette, transparency and pixels; the amount of data is right, more or less.
    private func randomPNG(color: Int, depth: Int, using generator: inout SplitMix64) -> [UInt8] {
        func bytes(_ count: Int) -> [UInt8] {
            (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
        }
        let width = UInt32.random(in: 1...20, using: &generator)
        let height = UInt32.random(in: 1...20, using: &generator)
        let interlaced = Bool.random(using: &generator)
        var file =
            PNGBytes.signature
            + PNGBytes.header(
                width, height, depth: UInt8(depth), color: UInt8(color), interlace: interlaced ? 1 : 0)
        let colors = Int.random(in: 0...min(300, 2 << depth), using: &generator)
        if color == 3 || Bool.random(using: &generator) { file += PNGBytes.chunk("PLTE", bytes(3 * colors)) }
        if Bool.random(using: &generator) {
            file += PNGBytes.chunk("tRNS", bytes(Int.random(in: 0...8, using: &generator)))
        }
        let bits = [0: 1, 2: 3, 3: 1, 4: 2, 6: 4][color, default: 1] * depth * Int(width)
        var lines: [UInt8] = []
        for _ in 0..<Int(height) * (interlaced ? 3 : 1) + Int.random(in: -1...1, using: &generator) {
            lines += [UInt8.random(in: 0...4, using: &generator)] + bytes((bits + 7) / 8)
        }
        return file + PNGBytes.data(lines) + PNGBytes.end
    }

    @Test("random EXIF blocks never keep an image from being decoded")
    func exif() {
        let block: [UInt8] =
            Array("MM".utf8) + [0, 42, 0, 0, 0, 8, 0, 1, 1, 0x12, 0, 3, 0, 0, 0, 1, 0, 6, 0, 0, 0, 0, 0, 0]
        let header = PNGBytes.signature + PNGBytes.header(2, 1, depth: 8, color: 2)
        let pixels = PNGBytes.data([0, 1, 2, 3, 4, 5, 6]) + PNGBytes.end
        for damaged in mutations(of: block, count: 2000, seed: 4) {
            #expect(survives(header + PNGBytes.chunk("eXIf", damaged) + pixels))
        }
    }
}
