/// JPEG files changed by hand, for what no encoder would write.
enum JPEGBytes {
    /// The file with other sides in its frame header, and the same scans.
    static func resized(_ file: [UInt8], width: Int, height: Int) -> [UInt8] {
        var file = file
        let frame = segments(of: file).first { (0xC0...0xC2).contains($0.marker) }
        guard let start = frame?.range.lowerBound else { preconditionFailure("a JPEG without a frame") }
        file.replaceSubrange(start + 5..<start + 7, with: [UInt8(height >> 8), UInt8(height & 0xFF)])
        file.replaceSubrange(start + 7..<start + 9, with: [UInt8(width >> 8), UInt8(width & 0xFF)])
        return file
    }

    /// The file with its last scan, header and data, once more for each of `times`.
    static func repeatingLastScan(of file: [UInt8], times: Int) -> [UInt8] {
        guard let start = segments(of: file).last(where: { $0.marker == 0xDA })?.range.lowerBound else {
            preconditionFailure("a JPEG without a scan")
        }
        let scan = Array(file[start..<file.count - 2])
        return Array(file.dropLast(2)) + [[UInt8]](repeating: scan, count: times).joined() + [0xFF, 0xD9]
    }

    /// The segments of a valid file with a length, from their marker to their end.
    static func segments(of file: [UInt8]) -> [(marker: UInt8, range: Range<Int>)] {
        var segments: [(UInt8, Range<Int>)] = []
        var offset = 2
        while offset + 4 <= file.count {
            let marker = file[offset + 1]
            guard file[offset] == 0xFF, marker >= 0xC0, marker != 0xFF, !(0xD0...0xD9).contains(marker) else {
                offset += 1
                continue
            }
            let end = offset + 2 + Int(file[offset + 2]) << 8 + Int(file[offset + 3])
            segments.append((marker, offset..<end))
            offset = end
        }
        return segments
    }
}
