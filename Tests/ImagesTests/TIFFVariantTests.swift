import Images
import TestSupport
import Testing

/// What is let pass in TIFF files because every pixel is there, and what is not.
@Suite("TIFF variants")
struct TIFFVariantTests {
    private let decoder = ImageDecoder()

    private let grey = (0..<64 * 64).map { UInt8(truncatingIfNeeded: $0 * 7) }

    @Test("a private field beyond the end, and no end of the directory, leave a file with all its pixels")
    func incomplete() throws {
        let makerNote = TIFFBytes.Field(37500, undefined: 100, at: 1 << 20)
        let profile = TIFFBytes.Field(34675, undefined: 100, at: 1 << 20)
        let expected = grey.flatMap { [$0, $0, $0] }
        for extra in [[], [makerNote], [profile], [profile, makerNote]] {
            let file = TIFFBytes.file(64, 64, extra: extra, block: grey)
            #expect(try decoder.decode(file).pixels == expected)
            #expect(try decoder.decode(file.dropLast(4)).pixels == expected)
            #expect(failure(of: file.dropLast(5))?.isTruncated == true)
        }
    }

    @Test("a field beyond the end that pixels need is truncation", arguments: [320, 338, 347])
    func needed(tag: UInt16) {
        let extra = [TIFFBytes.Field(tag, undefined: 100, at: 1 << 20)]
        #expect(failure(of: TIFFBytes.file(64, 64, extra: extra, block: grey))?.isTruncated == true)
    }

    @Test("a tile that is much larger than its image is refused, one of a usual size is not")
    func tiles() throws {
        let black = [UInt8](repeating: 0, count: 1024 * 1024)
        let usual = TIFFBytes.file(1, 1, tile: (1024, 1024), block: black)
        #expect(try decoder.decode(usual).pixels == [0, 0, 0])
        for limits in [ImageLimits(), ImageLimits(maximumPixels: Int.max >> 8)] {
            let file = TIFFBytes.file(1, 1, tile: (5056, 960), block: black)
            guard
                case .unsupported(.tiff, "tiles of 5056x960 for an image of 1x1", _)? =
                    failure(of: file, by: ImageDecoder(limits: limits))
            else {
                Issue.record("not refused")
                continue
            }
        }
    }

    @Test("four samples beside the colours are passed over, more are refused")
    func samples() throws {
        for (photometric, colors) in [(1, 1), (2, 3)] {
            func file(_ others: Int) -> [UInt8] {
                let extra = [TIFFBytes.Field(338, [Int](repeating: 0, count: others))]
                let pixel = [UInt8](repeating: 9, count: colors) + [UInt8](repeating: 77, count: others)
                return TIFFBytes.file(
                    2, 1, samples: colors + others, photometric: photometric, extra: extra,
                    block: pixel + pixel)
            }
            #expect(try decoder.decode(file(4)).pixels == [UInt8](repeating: 9, count: 6))
            guard case .unsupported(.tiff, let detail, _)? = failure(of: file(5)) else {
                Issue.record("not refused")
                continue
            }
            #expect(detail.contains("\(colors + 5) samples per pixel, of which \(colors) are colour"))
        }
    }

    @Test("LZW of old writers, and without an end code, is what libtiff only warns of")
    func lzw() throws {
        let values = (0..<16).map { $0 * 13 }
        let (clear, end) = (256, 257)
        let expected = values.flatMap { [UInt8($0), UInt8($0), UInt8($0)] }
        for codes in [
            TIFFBytes.codes([clear] + values + [end], lowFirst: false),
            TIFFBytes.codes([clear] + values, lowFirst: false),
            TIFFBytes.codes([clear] + values + [end], lowFirst: true),
        ] {
            #expect(try decoder.decode(TIFFBytes.file(4, 4, compression: 5, block: codes)).pixels == expected)
        }
    }

    @Test("where libtiff refuses to take memory, the limit is named and the file is not called damaged")
    func memory() throws {
        let file = try fixtureBytes("images/tiff/cmyk.tif")
        for limit in [1, 100, 500] {
            let tight = ImageDecoder(limits: ImageLimits(maximumWorkingBytes: limit))
            #expect(
                failure(of: file, by: tight) == .overLimit(.workingBytes, maximum: limit, found: nil))
        }
    }
}

/// JPEG inside of TIFF is judged as JPEG is.
@Suite("JPEG in TIFF")
struct JPEGInTIFFTests {
    private let decoder = ImageDecoder()

    /// A TIFF file with a JPEG file as its strip, or with the tables of it apart.
    private func wrapped(_ jpeg: [UInt8], tables: [UInt8]? = nil) throws -> [UInt8] {
        let frame = try #require(JPEGBytes.segments(of: jpeg).first { (0xC0...0xC2).contains($0.marker) })
        let start = frame.range.lowerBound
        let samples = Int(jpeg[start + 9])
        let sampling = jpeg[start + 11]
        var extra = tables.map { [TIFFBytes.Field(347, undefined: $0)] } ?? []
        if samples == 3 { extra.append(TIFFBytes.Field(530, [Int(sampling >> 4), Int(sampling & 15)])) }
        return TIFFBytes.file(
            Int(jpeg[start + 7]) << 8 + Int(jpeg[start + 8]),
            Int(jpeg[start + 5]) << 8 + Int(jpeg[start + 6]), samples: samples, compression: 7,
            photometric: samples == 3 ? 6 : 1, extra: extra, block: jpeg)
    }

    private func inserting(_ bytes: [UInt8], at place: Int, of file: [UInt8]) -> [UInt8] {
        Array(file[..<place]) + bytes + Array(file[place...])
    }

    @Test("what changes no pixel of a JPEG changes none inside of TIFF")
    func harmless() throws {
        let plain = try fixtureBytes("images/jpeg/ycc-420.jpg")
        let tables = try #require(JPEGBytes.segments(of: plain).first { $0.marker == 0xDB }).range.lowerBound
        var version = plain
        let jfif = try #require(JPEGBytes.segments(of: plain).first { $0.marker == 0xE0 }).range
        version[jfif.lowerBound + 9] = 9
        let adobe = [0xFF, 0xEE, 0, 14] + Array("Adobe".utf8) + [0, 100, 0, 0, 0, 0, 7]
        let transform = Array(plain[..<jfif.lowerBound]) + adobe + Array(plain[jfif.upperBound...])
        let variants = [
            plain, version, transform, inserting([1, 2, 3], at: tables, of: plain),
        ]
        for (index, jpeg) in variants.enumerated() {
            #expect(try decoder.decode(wrapped(jpeg)) == decoder.decode(jpeg), "variant \(index)")
        }
    }

    @Test("stray bytes before restart markers are judged as in JPEG")
    func restarts() throws {
        let file = try fixtureBytes("images/jpeg/restarts.jpg")
        let markers = file.indices.dropLast().filter {
            file[$0] == 0xFF && (0xD0...0xD7).contains(file[$0 + 1])
        }
        let first = try #require(markers.first)
        let stray = inserting([0x12, 0x34], at: first, of: file)
        #expect(try decoder.decode(wrapped(stray)) == decoder.decode(file))
        let more = inserting([0x12, 0x34, 0x56, 0x78, 0x12, 0x34, 0x56, 0x78], at: first, of: file)
        #expect(failure(of: try wrapped(more))?.isCorrupt == true)
    }

    @Test("damage is found also behind a harmless warning, the only one of a stream that libtiff hands on")
    func hidden() throws {
        let file = try fixtureBytes("images/jpeg/restarts.jpg")
        let markers = file.indices.dropLast().filter {
            file[$0] == 0xFF && (0xD0...0xD7).contains(file[$0 + 1])
        }
        var damaged = file
        damaged.removeSubrange(markers[2] - 6..<markers[2])
        let tables = try #require(JPEGBytes.segments(of: file).first { $0.marker == 0xDB }).range.lowerBound
        for jpeg in [damaged, inserting([1, 2, 3], at: tables, of: damaged)] {
            #expect(failure(of: jpeg)?.isCorrupt == true)
            #expect(failure(of: try wrapped(jpeg))?.isCorrupt == true)
        }
        let harmless = inserting([1, 2, 3], at: tables, of: file)
        #expect(try decoder.decode(wrapped(harmless)) == decoder.decode(file))
    }

    @Test("a stream whose tables lie apart is judged in the same way")
    func tables() throws {
        let file = try fixtureBytes("images/jpeg/ycc-420.jpg")
        var (stream, tables) = (file, [UInt8]())
        for segment in JPEGBytes.segments(of: file).reversed() where [0xC4, 0xDB].contains(segment.marker) {
            tables = file[segment.range] + tables
            stream.removeSubrange(segment.range)
        }
        tables = [0xFF, 0xD8] + tables + [0xFF, 0xD9]
        let scan = try #require(JPEGBytes.segments(of: stream).first { $0.marker == 0xDA }).range.lowerBound
        for bytes in [[], [1, 2, 3]] as [[UInt8]] {
            let wrapped = try wrapped(inserting(bytes, at: scan, of: stream), tables: tables)
            #expect(try decoder.decode(wrapped) == decoder.decode(file))
        }
    }
}
