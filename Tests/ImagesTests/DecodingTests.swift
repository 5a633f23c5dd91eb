import Foundation
import Images
import TestSupport
import Testing

/// What make_images.py says that a file of Tests/Fixtures/images decodes to.
struct ExpectedImage: Sendable, CustomTestStringConvertible {
    let path: String
    let image: Image

    var testDescription: String { path }

    /// Every image with what Pillow makes of it.
    static func all() throws -> [ExpectedImage] {
        let data = try Data(contentsOf: fixtureURL("images/expected.json"))
        let table = try JSONDecoder().decode([String: Entry].self, from: data)
        return table.sorted { $0.key < $1.key }.map { ExpectedImage(path: $0.key, image: $0.value.image) }
    }

    static func inFolder(_ folder: String) throws -> [ExpectedImage] {
        try all().filter { $0.path.hasPrefix(folder + "/") }
    }

    private struct Entry: Decodable {
        let image: Image

        init(from decoder: any Decoder) throws {
            var values = try decoder.unkeyedContainer()
            let size = try PixelSize(width: values.decode(Int.self), height: values.decode(Int.self))
            image = try Image(size: size, pixels: [UInt8](values.decode(Data.self)))
        }
    }
}

/// The largest difference between samples, or nil if the sizes differ.
func largestDifference(_ a: Image, _ b: Image) -> Int? {
    guard a.size == b.size else { return nil }
    return zip(a.pixels, b.pixels).map { abs(Int($0) - Int($1)) }.max()
}

@Suite("Decoding")
struct DecodingTests {
    @Test(
        "a PNG of any colour type, depth, interlace and transparency has the pixels that the standard says",
        arguments: try ExpectedImage.inFolder("png"))
    func png(expected: ExpectedImage) throws {
        let image = try ImageDecoder().decode(fixtureBytes("images/" + expected.path))
        #expect(image == expected.image)
    }

    @Test(
        "a JPEG of any colour space and coding has Pillow's pixels",
        arguments: try ExpectedImage.inFolder("jpeg"))
    func jpeg(expected: ExpectedImage) throws {
        let image = try ImageDecoder().decode(fixtureBytes("images/" + expected.path))
        // Versions of libjpeg-turbo may round differently by one.
        #expect(try #require(largestDifference(image, expected.image)) <= 1)
    }

    @Test(
        "a WebP file, lossy or lossless, has Pillow's pixels", arguments: try ExpectedImage.inFolder("webp"))
    func webp(expected: ExpectedImage) throws {
        let image = try ImageDecoder().decode(fixtureBytes("images/" + expected.path))
        // Alpha is laid over white from pixels that may be rounded differently by one.
        #expect(try #require(largestDifference(image, expected.image)) <= 1)
    }

    @Test(
        "a TIFF of any colour, depth, compression and arrangement has the pixels that its samples stand for",
        arguments: try ExpectedImage.inFolder("tiff"))
    func tiff(expected: ExpectedImage) throws {
        let image = try ImageDecoder().decode(fixtureBytes("images/" + expected.path))
        let tolerance = expected.path.contains("jpeg") ? 1 : 0
        #expect(try #require(largestDifference(image, expected.image)) <= tolerance)
    }

    @Test(
        "the orientation is applied that Pillow finds in EXIF, text chunks and XMP, before or after the pixels",
        arguments: try ExpectedImage.inFolder("exif"))
    func orientation(expected: ExpectedImage) throws {
        let image = try ImageDecoder().decode(fixtureBytes("images/" + expected.path))
        #expect(try #require(largestDifference(image, expected.image)) <= 1)
    }

    @Test(
        "a header tells format, orientation and upright size of every file",
        arguments: try ExpectedImage.all())
    func header(expected: ExpectedImage) throws {
        let header = try ImageDecoder().header(of: fixtureBytes("images/" + expected.path))
        #expect(header.size == expected.image.size)
        let fileExtension = String(expected.path.split(separator: ".").last ?? "")
        #expect(header.format.fileExtensions.contains(fileExtension))
    }

    @Test("transparent pixels show the background that was asked for, rounded to nearest")
    func background() throws {
        let bytes = try fixtureBytes("images/png/rgba-8.png")
        let color = RGBColor(red: 10, green: 200, blue: 77)
        let white = try ImageDecoder().decode(bytes)
        let black = try ImageDecoder(background: .black).decode(bytes)
        let image = try ImageDecoder(background: color).decode(bytes)
        for index in image.pixels.indices {
            // white - black is 255 - alpha, up to the rounding of both.
            let through = Double(white.pixels[index]) - Double(black.pixels[index])
            let backdrop = Double([color.red, color.green, color.blue][index % 3])
            let exact = Double(black.pixels[index]) + through * backdrop / 255
            #expect(abs(Double(image.pixels[index]) - exact) <= 2)
        }
    }

    @Test("a palette index without a colour is black, and bytes behind the end of a PNG are ignored")
    func lenience() throws {
        let file =
            PNGBytes.signature + PNGBytes.header(3, 1, depth: 8, color: 3)
            + PNGBytes.chunk("PLTE", [9, 8, 7, 6, 5, 4]) + PNGBytes.data([0, 1, 2, 0]) + PNGBytes.end
        #expect(try ImageDecoder().decode(file + [1, 2, 3]).pixels == [6, 5, 4, 0, 0, 0, 9, 8, 7])
    }

    @Test("the counts of fixtures are those that the script makes")
    func fixtures() throws {
        #expect(try ExpectedImage.inFolder("png").count == 60)
        #expect(try ExpectedImage.inFolder("jpeg").count == 15)
        #expect(try ExpectedImage.inFolder("exif").count == 41)
        #expect(try ExpectedImage.inFolder("webp").count == 7)
        #expect(try ExpectedImage.inFolder("tiff").count == 28)
    }
}
