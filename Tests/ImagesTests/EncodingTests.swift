import CImageCodecs
import Images
import TestSupport
import Testing

@Suite("Encoding")
struct EncodingTests {
    private let decoder = ImageDecoder()

    private func noise(_ size: PixelSize, seed: UInt64) -> Image {
        var generator = SplitMix64(seed: seed)
        let pixels = (0..<3 * size.area).map { _ in UInt8.random(in: 0...255, using: &generator) }
        return Image(size: size, pixels: pixels)
    }

    /// Width, height, depth and colour type from the file's header.
    private func format(_ file: [UInt8]) -> [UInt8]? {
        PNGBytes.content("IHDR", in: file).map { Array($0[8...9]) }
    }

    @Test("an RGB image comes back as it was", arguments: 0...12)
    func rgb(level: Int) throws {
        for (width, height) in [(1, 1), (1, 9), (9, 1), (37, 23)] {
            let image = noise(PixelSize(width: width, height: height), seed: UInt64(level))
            let file = try PNGEncoder(compressionLevel: level).encode(image)
            #expect(try decoder.decode(file) == image)
            #expect(format(file) == [8, 2])
        }
    }

    @Test(
        "indices come back as the colours of their palette, 8 bits even for two colours",
        arguments: [2, 13, 256])
    func palette(count: Int) throws {
        let size = PixelSize(width: 33, height: 21)
        let ramp = (1..<UInt8(count - 1)).map { RGBColor(red: $0, green: 255 - $0, blue: $0 &* 7) }
        let colors = [.black] + ramp + [.white]
        let file = try PNGEncoder().encodePalette(size: size, colors: colors) { y, indices in
            for x in indices.indices { indices[x] = UInt8((x * y + x) % count) }
        }
        #expect(format(file) == [8, 3])
        let image = try decoder.decode(file)
        for y in 0..<size.height {
            for x in 0..<size.width {
                let color = colors[(x * y + x) % count]
                let pixel = Array(image.pixels.dropFirst(3 * (y * size.width + x)).prefix(3))
                #expect(pixel == [color.red, color.green, color.blue])
            }
        }
    }

    @Test("16-bit grey comes back with all its bits")
    func grey16() throws {
        let size = PixelSize(width: 300, height: 40)
        var generator = SplitMix64(seed: 9)
        let values = (0..<size.area).map { _ in UInt16.random(in: 0...UInt16.max, using: &generator) }
        let file = try PNGEncoder().encodeGrey16(size: size) { y, row in
            let start = y * size.width
            for x in row.indices { row[x] = values[start + x] }
        }
        #expect(format(file) == [16, 0])
        #expect(redSamples16(file) == values)
        let image = try decoder.decode(file)
        for (index, value) in values.enumerated() {
            #expect(image.pixels[3 * index] == UInt8((Double(value) / 257).rounded()))
        }
    }

    /// The red samples of a 16-bit file, by the codec itself, which the decoder would reduce to 8 bits.
    private func redSamples16(_ file: [UInt8]) -> [UInt16] {
        file.withUnsafeBufferPointer { bytes in
            let reader = mtan_png_reader_create(bytes.baseAddress, bytes.count)
            defer { mtan_png_reader_destroy(reader) }
            var (header, layout) = (mtan_png_header(), mtan_png_layout())
            guard mtan_png_reader_read_header(reader, &header) == MTAN_CODEC_OK,
                mtan_png_reader_start(reader, &layout) == MTAN_CODEC_OK, layout.bits == 16
            else { return [] }
            var row = [UInt8](repeating: 0, count: layout.row_bytes)
            var samples: [UInt16] = []
            for _ in 0..<header.height {
                guard mtan_png_reader_read_row(reader, &row) == MTAN_CODEC_OK else { return [] }
                for x in 0..<Int(header.width) {
                    samples.append(UInt16(row[6 * x]) << 8 | UInt16(row[6 * x + 1]))
                }
            }
            return samples
        }
    }

    @Test("the same input gives the same bytes")
    func deterministic() throws {
        let image = noise(PixelSize(width: 64, height: 64), seed: 1)
        let text = [PNGText("Description", "metres x 1000")]
        #expect(try PNGEncoder().encode(image, text: text) == PNGEncoder().encode(image, text: text))
    }

    @Test("a text of Latin-1 is stored as tEXt, any other as iTXt in UTF-8, and both before the pixels")
    func text() throws {
        let image = noise(PixelSize(width: 2, height: 2), seed: 2)
        let text = [PNGText("Description", "1 m ± 1 cm"), PNGText("Title", "深さ")]
        let file = try PNGEncoder().encode(image, text: text)
        #expect(PNGBytes.chunks(of: file).map(\.type) == ["IHDR", "tEXt", "iTXt", "IDAT", "IEND"])
        let latin1 = Array("Description\01 m ".utf8) + [0xB1] + Array(" 1 cm".utf8)
        #expect(PNGBytes.content("tEXt", in: file) == latin1)
        #expect(PNGBytes.content("iTXt", in: file) == Array("Title\0\0\0\0\0深さ".utf8))
        #expect(try decoder.decode(file) == image)
    }

    @Test(
        "a keyword that PNG does not allow is refused",
        arguments: ["", " a", "a ", "a  b", "a\nb", "深", String(repeating: "a", count: 80)])
    func keyword(keyword: String) {
        let image = noise(PixelSize(width: 2, height: 2), seed: 2)
        #expect(throws: PNGEncodingError.keyword(keyword)) {
            try PNGEncoder().encode(image, text: [PNGText(keyword, "text")])
        }
    }

    @Test("a text with a NUL, an empty palette, an index beyond the palette and an empty image are refused")
    func refusals() {
        let size = PixelSize(width: 2, height: 2)
        #expect(throws: PNGEncodingError.text(keyword: "Title")) {
            try PNGEncoder().encode(noise(size, seed: 2), text: [PNGText("Title", "a\0b")])
        }
        #expect(throws: PNGEncodingError.paletteCount(0)) {
            try PNGEncoder().encodePalette(size: size, colors: []) { _, _ in }
        }
        #expect(throws: PNGEncodingError.indexOutOfRange(1, colors: 1)) {
            try PNGEncoder().encodePalette(size: size, colors: [.black]) { y, row in row[1] = UInt8(y) }
        }
        #expect(throws: PNGEncodingError.size(PixelSize(width: 0, height: 2))) {
            try PNGEncoder().encodeRGB(size: PixelSize(width: 0, height: 2)) { _, _ in }
        }
    }

    @Test("an error thrown while a row is made comes out as it was thrown")
    func rowFailure() {
        #expect(throws: ImageError.outOfMemory(.png)) {
            try PNGEncoder().encodeRGB(size: PixelSize(width: 2, height: 2)) { y, _ in
                if y == 1 { throw ImageError.outOfMemory(.png) }
            }
        }
    }
}
