import Images
import TestSupport
import Testing

@Suite("EXIF")
struct EXIFTests {
    /// The orientation that a PNG with this eXIf chunk is decoded with.
    private func orientation(_ block: [UInt8]) throws -> Orientation {
        let file =
            PNGBytes.signature + PNGBytes.header(1, 1, depth: 8, color: 2) + PNGBytes.chunk("eXIf", block)
            + PNGBytes.data([0, 1, 2, 3]) + PNGBytes.end
        #expect(try ImageDecoder().decode(file).pixels == [1, 2, 3])
        return try ImageDecoder().header(of: file).orientation
    }

    private static let little: [UInt8] =
        Array("II".utf8) + [42, 0, 8, 0, 0, 0, 1, 0, 0x12, 1, 3, 0, 1, 0, 0, 0, 6, 0, 0, 0, 0, 0, 0, 0]
    private static let big: [UInt8] =
        Array("MM".utf8) + [0, 42, 0, 0, 0, 8, 0, 1, 1, 0x12, 0, 3, 0, 0, 0, 1, 0, 8, 0, 0, 0, 0, 0, 0]

    @Test("both byte orders are read, with and without JPEG's prefix")
    func orders() throws {
        #expect(try orientation(Self.little) == .turnRight)
        #expect(try orientation(Self.big) == .turnLeft)
        #expect(try orientation(Array("Exif\0\0".utf8) + Self.big) == .turnLeft)
    }

    @Test("an orientation written as a LONG is read")
    func long() throws {
        var block = Self.big
        block.replaceSubrange(12..<14, with: [0, 4])
        block.replaceSubrange(18..<22, with: [0, 0, 0, 5])
        #expect(try orientation(block) == .transposed)
    }

    @Test(
        "an orientation that makes no sense is ignored and the image stands as stored",
        arguments: [
            (18, 0), (18, 9), (19, 1), (10, 0x13), (12, 2), (14, 2), (2, 43), (4, 200), (7, 255), (0, 0x4D),
        ])
    func nonsense(offset: Int, value: UInt8) throws {
        var block = Self.little
        block[offset] = value
        #expect(try orientation(block) == .upright)
    }

    @Test("a block cut anywhere before its value is ignored")
    func cut() throws {
        for count in 0..<20 {
            #expect(try orientation(Array(Self.little.prefix(count))) == .upright, "cut to \(count)")
        }
    }

    @Test("a directory that claims more entries than there are bytes ends with the bytes")
    func endlessDirectory() throws {
        let block = Array("II".utf8) + [42, 0, 8, 0, 0, 0, 0xFF, 0xFF] + [UInt8](repeating: 1, count: 50)
        #expect(try orientation(block) == .upright)
    }

    /// The orientation of a PNG with these chunks before its pixels.
    private func orientation(chunks: [UInt8]) throws -> Orientation {
        let file =
            PNGBytes.signature + PNGBytes.header(1, 1, depth: 8, color: 2) + chunks
            + PNGBytes.data([0, 1, 2, 3]) + PNGBytes.end
        return try ImageDecoder().header(of: file).orientation
    }

    @Test("a profile of anything but digits, and a text beyond a megabyte, are passed over")
    func profiles() throws {
        let digits = Self.big.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        func text(_ content: String) -> [UInt8] {
            PNGBytes.chunk("tEXt", Array("Raw profile type exif\0\(content)".utf8))
        }
        #expect(try orientation(chunks: text("\nexif\n  26\n\(digits)\n")) == .turnLeft)
        #expect(try orientation(chunks: text("\nexif\n  26\n\(digits.uppercased())")) == .turnLeft)
        for wrong in ["", "\n\n", "\nexif\n26\n\(digits)0", "\nexif\n26\nx\(digits)", digits] {
            #expect(try orientation(chunks: text(wrong)) == .upright, "\(wrong.debugDescription)")
        }
        let space = String(repeating: " ", count: 1 << 20)
        #expect(try orientation(chunks: text("\nexif\n  26\n\(digits)\(space)")) == .upright)
    }

    @Test(
        "XMP is searched by its text: a digit after the name counts, other forms do not",
        arguments: [
            ("tiff:Orientation=\"6\"", 6), ("<tiff:Orientation>8</tiff:Orientation>", 8),
            ("tiff:Orientation='6'", 1), ("tiff:Orientation=\"x\"", 1), ("tiff:Orientation=\"9\"", 1),
            ("ttiff:Orientation=\"tiff:Orientation=\"3\"", 3), ("tiff:Orientation", 1),
            ("tiff:Orientation>", 1),
        ])
    func xmp(text: String, expected: Int) throws {
        let chunk = PNGBytes.chunk("iTXt", Array("XML:com.adobe.xmp\0\0\0\0\0\(text)".utf8))
        #expect(try orientation(chunks: chunk).rawValue == expected)
    }

    @Test("of several EXIF segments the first counts, and other APP1 segments are passed over")
    func segments() throws {
        func segment(_ content: [UInt8]) -> [UInt8] {
            [0xFF, 0xE1, 0, UInt8(content.count + 2)] + content
        }
        let file = try fixtureBytes("images/jpeg/one-column.jpg")
        let exif = Array("Exif\0\0".utf8)
        let segments =
            segment(Array("http://ns.adobe.com/xap/1.0/\0".utf8)) + segment(exif + Self.big)
            + segment(exif + Self.little)
        let turned = file.prefix(2) + segments + file.dropFirst(2)
        #expect(try ImageDecoder().header(of: Array(turned)).orientation == .turnLeft)
        #expect(try ImageDecoder().decode(Array(turned)).size == PixelSize(width: 31, height: 1))
    }
}
