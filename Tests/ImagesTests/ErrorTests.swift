import Images
import TestSupport
import Testing

@Suite("Errors")
struct ErrorTests {
    private let decoder = ImageDecoder()

    @Test("a PNG is told by its bytes also when only they are right")
    func signatureOnly() {
        #expect(failure(of: PNGBytes.signature)?.isTruncated == true)
        #expect(failure(of: [0xFF, 0xD8, 0xFF])?.isTruncated == true)
    }

    @Test(
        "a file cut anywhere is truncated, even if only its end marker is missing",
        arguments: [
            "png/rgb-8.png", "png/palette-4-adam7.png", "jpeg/ycc-420.jpg", "jpeg/progressive.jpg",
            "webp/lossy.webp",
            "webp/lossless-alpha.webp", "tiff/rgb-8-lzw.tif", "tiff/rgb-8-deflate.tif",
            "tiff/bilevel-group4.tif",
            "tiff/bigtiff.tif", "tiff/jpeg.tif",
        ])
    func truncated(path: String) throws {
        let file = try fixtureBytes("images/" + path)
        // The directory is this one's last part; its link to a second page is not needed.
        let link = path == "tiff/bilevel-group4.tif" ? 4 : 0
        let end = file.count - link
        for count in [end - 1, end - 2, file.count - 12, file.count / 2, file.count / 4] {
            #expect(failure(of: Array(file.prefix(count)))?.isTruncated == true, "cut to \(count)")
        }
    }

    @Test("a wrong check sum is an error in every chunk of a PNG, needed or not")
    func checkSums() throws {
        let file = try fixtureBytes("images/png/ancillary.png")
        for (type, range) in PNGBytes.chunks(of: file) {
            var damaged = file
            damaged[range.upperBound - 1] ^= 1
            let error = try #require(failure(of: damaged), "the chunk \(type)")
            #expect(error.isCorrupt, "the chunk \(type): \(error)")
        }
    }

    @Test("pixels that contradict their own check sum are an error though the chunk's is right")
    func adler() throws {
        var lines = PNGBytes.data([0, 1, 2, 3])
        lines[lines.count - 6] ^= 1
        let header = PNGBytes.signature + PNGBytes.header(1, 1, depth: 8, color: 2)
        let valid = header + PNGBytes.data([0, 1, 2, 3]) + PNGBytes.end
        #expect(try decoder.decode(valid).pixels == [1, 2, 3])
        #expect(failure(of: PNGBytes.repaired(header + lines + PNGBytes.end))?.isCorrupt == true)
    }

    @Test("a PNG without pixels is corrupt, one whose line ends were converted is not recognised")
    func structure() throws {
        let file =
            PNGBytes.signature + PNGBytes.header(1, 1, depth: 8, color: 2) + PNGBytes.data([0, 1, 2, 3])
            + PNGBytes.end
        let chunks = PNGBytes.chunks(of: file)
        var empty = file
        empty.removeSubrange(chunks[1].range)
        #expect(failure(of: empty)?.isCorrupt == true)
        var converted = file
        converted.remove(at: 4)
        #expect("\(try #require(failure(of: converted)))".contains("a PNG whose signature is damaged"))
    }

    @Test(
        "a colour type or bit depth that PNG does not have is corrupt",
        arguments: [(1, 8), (9, 8), (2, 0), (2, 4), (2, 9), (3, 16), (4, 4), (6, 99)])
    func invalidHeader(color: UInt8, depth: UInt8) {
        let file = PNGBytes.signature + PNGBytes.header(1, 1, depth: depth, color: color) + PNGBytes.data([0])
        #expect(failure(of: file) == .corrupt(.png, detail: "Invalid IHDR data"))
    }

    @Test("an unknown chunk that calls itself critical is an error")
    func criticalChunk() {
        let file =
            PNGBytes.signature + PNGBytes.header(1, 1, depth: 8, color: 2) + PNGBytes.chunk("NEWs", [1])
            + PNGBytes.data([0, 1, 2, 3]) + PNGBytes.end
        #expect(failure(of: file)?.isCorrupt == true)
    }

    @Test("JPEG of 12 bits, and lossless JPEG, are unsupported")
    func unsupported() throws {
        let file = try fixtureBytes("images/jpeg/ycc-420.jpg")
        let frame = try #require(JPEGBytes.segments(of: file).first { $0.marker == 0xC0 }).range.lowerBound
        var deep = file
        deep[frame + 4] = 12
        #expect(failure(of: deep) == .unsupported(.jpeg, detail: "Unsupported JPEG data precision 12"))
        var lossless = file
        lossless[frame + 1] = 0xC3
        let detail = "Unsupported JPEG process: SOF type 0xc3"
        #expect(failure(of: lossless) == .unsupported(.jpeg, detail: detail))
    }

    @Test(
        "every error says what was expected, what was found and the way out",
        arguments: [
            ImageError.truncated(.png, detail: "?"),
            .corrupt(.jpeg, detail: "?"), .unsupported(.jpeg, detail: "?"), .outOfMemory(.png),
            .overLimit(.bytes, maximum: 4711, found: 4712), .overLimit(.pixels, maximum: 4711, found: 4712),
            .overLimit(.side, maximum: 4711, found: 4712), .overLimit(.codecSide, maximum: 4711, found: 4712),
            .overLimit(.scans, maximum: 4711, found: nil),
            .overLimit(.workingBytes, maximum: 4711, found: nil),
        ])
    func wording(error: ImageError) {
        let parts = "\(error)".split(separator: "; ")
        #expect(parts.count == 2)
        #expect(parts[0].hasPrefix("expected ") && parts[0].contains(", found "))
        if case .overLimit(let limit, _, _) = error {
            #expect(parts[0].contains("4711"))
            let options: [ImageLimit: Substring] = [
                .bytes: "raise --max-bytes", .pixels: "raise --max-pixels", .side: "raise --max-side",
                .workingBytes: "raise --max-pixels",
            ]
            if let option = options[limit] {
                #expect(parts[1].contains(option))
            } else {
                #expect(!parts[1].contains("raise"))
            }
        }
    }
}
