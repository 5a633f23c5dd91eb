import Images
import TestSupport
import Testing

/// What cameras, webcams and interrupted downloads make of JPEG.
@Suite("JPEG variants")
struct JPEGVariantTests {
    private let decoder = ImageDecoder()

    /// Where the restart markers of a file are.
    private func restarts(in file: [UInt8]) -> [Int] {
        file.indices.dropLast().filter { file[$0] == 0xFF && (0xD0...0xD7).contains(file[$0 + 1]) }
    }

    @Test("a few stray bytes before restart markers, as webcams leave them, change no pixel")
    func strayBytes() throws {
        let file = try fixtureBytes("images/jpeg/restarts.jpg")
        let expected = try decoder.decode(file)
        for stray: [UInt8] in [[0], [0x12, 0x34], [0xFF], [1, 2, 3, 4, 5, 6, 7], [0xFF, 0, 0xFF, 0]] {
            var padded = file
            for marker in restarts(in: file).reversed() { padded.insert(contentsOf: stray, at: marker) }
            #expect(try decoder.decode(padded) == expected, "\(stray)")
        }
    }

    @Test("more bytes left over before a restart marker mean that the interval is damaged")
    func leftOver() throws {
        let file = try fixtureBytes("images/jpeg/restarts.jpg")
        for marker in restarts(in: file) {
            var damaged = file
            damaged.insert(contentsOf: [0x12, 0x34, 0x56, 0x78, 0x12, 0x34, 0x56, 0x78], at: marker)
            #expect(failure(of: damaged)?.isCorrupt == true)
        }
    }

    @Test("an interval that ends early, and a restart marker out of turn, are damage")
    func restartDamage() throws {
        let file = try fixtureBytes("images/jpeg/restarts.jpg")
        let markers = restarts(in: file)
        var short = file
        short.removeSubrange(markers[1] - 6..<markers[1])
        #expect(failure(of: short)?.isCorrupt == true)
        var exchanged = file
        exchanged[markers[1] + 1] = file[markers[2] + 1]
        #expect(failure(of: exchanged)?.isCorrupt == true)
    }

    @Test("a frame of Motion JPEG without Huffman tables is decoded by the standard ones")
    func standardTables() throws {
        let file = try fixtureBytes("images/jpeg/ycc-422.jpg")
        var frame = file
        for segment in JPEGBytes.segments(of: file).reversed() where segment.marker == 0xC4 {
            frame.removeSubrange(segment.range)
        }
        #expect(frame.count < file.count - 400)
        #expect(try decoder.decode(frame) == decoder.decode(file))
    }

    @Test(
        "a file of several scans that ends after any but the last is truncated, even with an end marker",
        arguments: ["jpeg/progressive.jpg", "jpeg/arithmetic-progressive.jpg", "jpeg/scans.jpg"])
    func missingScans(path: String) throws {
        let file = try fixtureBytes("images/" + path)
        let scans = JPEGBytes.segments(of: file).filter { $0.marker == 0xDA }.map(\.range.lowerBound)
        #expect(scans.count >= 3)
        for start in scans.dropFirst() {
            let tables = JPEGBytes.segments(of: file).last {
                $0.range.upperBound == start && $0.marker != 0xDA
            }
            let cut = Array(file[..<(tables?.range.lowerBound ?? start)]) + [0xFF, 0xD9]
            let expected = ImageError.truncated(.jpeg, detail: "the last scans are missing")
            #expect(failure(of: cut) == expected, "cut at \(start)")
        }
        #expect(failure(of: file) == nil)
    }
}
