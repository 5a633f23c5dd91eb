import Foundation
import TestSupport
import Testing

@testable import Images

@Suite("PNG as numbers")
struct SampleTests {
    private func samples(_ name: String) throws -> PNGSamples {
        try ImageDecoder().samples(ofPNG: fixtureBytes("images/png/\(name).png"))
    }

    @Test(
        "interlaced files hold the samples of the others",
        arguments: [
            "grey-1", "grey-2", "grey-4", "grey-8", "grey-16", "grey-alpha-8", "grey-alpha-16", "palette-1",
            "palette-2", "palette-4", "palette-8", "rgb-8", "rgb-16", "rgba-8", "rgba-16",
        ])
    func kinds(name: String) throws {
        let plain = try samples(name)
        #expect(try samples("\(name)-adam7") == plain)
        #expect(plain.values.count == plain.size.area * plain.channels)
        #expect(
            plain.channels
                == (name.hasPrefix("rgba") ? 4 : name.hasPrefix("rgb") ? 3 : name.contains("alpha") ? 2 : 1))
        #expect(plain.bits == (name.hasSuffix("16") ? 16 : 8))
        let bits = name.split(separator: "-").last.flatMap { Int($0) } ?? 0
        let largest = try #require(plain.values.max())
        #expect(Int(largest) < 1 << bits)
    }

    @Test("what was written is read: indices, 16-bit values and texts of both kinds")
    func roundTrip() throws {
        let size = PixelSize(width: 5, height: 3)
        let texts = [
            PNGText("Scale", "1000"), PNGText("Axes", "→, ↑"), PNGText("Scale", "7"), PNGText("Note", "é"),
        ]
        let depth = try PNGEncoder().encodeGrey16(size: size, text: texts) { y, row in
            for x in row.indices { row[x] = UInt16(y * 20_000 + x) }
        }
        let found = try ImageDecoder().samples(ofPNG: depth)
        let depths: [UInt16] = [0, 1, 2, 3, 4].flatMap { [$0, $0 + 20_000, $0 + 40_000] }.sorted()
        #expect(found.values == depths)
        #expect(PNGText.texts(in: depth) == ["Scale": "1000", "Axes": "→, ↑", "Note": "é"])
        let classes = try PNGEncoder().encodePalette(
            size: size, colors: [RGBColor](repeating: .white, count: 200)
        ) { y, row in
            for x in row.indices { row[x] = UInt8(y * 60 + x) }
        }
        let indices: [UInt16] = [0, 1, 2, 3, 4].flatMap { [$0, $0 + 60, $0 + 120] }.sorted()
        #expect(try ImageDecoder().samples(ofPNG: classes).values == indices)
    }

    @Test("a JPEG, a file above the limits and a truncated one are refused")
    func refusals() throws {
        let jpeg = try fixtureBytes("images/jpeg/rgb.jpg")
        let expected = ImageError.unsupported(
            .jpeg, detail: "only PNG is read as numbers", wayOut: "store the values as PNG")
        #expect(throws: expected) {
            try ImageDecoder().samples(ofPNG: jpeg)
        }
        let bytes = try fixtureBytes("images/png/grey-16.png")
        let decoder = ImageDecoder(limits: ImageLimits(maximumPixels: 1))
        #expect(throws: ImageError.self) { try decoder.samples(ofPNG: bytes) }
        #expect(throws: ImageError.self) { try ImageDecoder().samples(ofPNG: bytes.dropLast(20)) }
    }

    @Test("texts of damaged files are passed over without harm")
    func damagedTexts() throws {
        let texts = [PNGText("Scale", "1000"), PNGText("Axes", "→, ↑")]
        let bytes = try PNGEncoder().encodeRGB(size: PixelSize(width: 1, height: 1), text: texts) { _, row in
            row.update(repeating: 1)
        }
        for copy in mutations(of: bytes, count: 5000, seed: 3) { _ = PNGText.texts(in: copy) }
        for prefix in prefixes(of: bytes, dense: 1000, step: 1) { _ = PNGText.texts(in: prefix) }
        #expect(PNGText.texts(in: []).isEmpty)
    }
}
