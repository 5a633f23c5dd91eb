/// Reads forward through a part of a file, little-endian, and never past its end.
struct ByteCursor {
    /// The file read from.
    let file: MappedFile

    /// What is being read, for error messages: "data.pkl".
    let part: String

    /// The offset of the next byte, from the start of the file.
    private(set) var position: Int

    /// The offset after the last byte of the part.
    let end: Int

    init(_ file: MappedFile, in range: Range<Int>, part: String) {
        precondition(range.lowerBound >= 0 && range.upperBound <= file.count)
        self.file = file
        self.part = part
        position = range.lowerBound
        end = range.upperBound
    }

    /// Reads one integer.
    mutating func read<Integer: FixedWidthInteger & BitwiseCopyable>(
        _ type: Integer.Type = Integer.self
    ) throws(CheckpointError) -> Integer {
        let range = try readRange(UInt64(MemoryLayout<Integer>.size))
        return file.integer(type, at: range.lowerBound)
    }

    /// Steps over `count` bytes and returns where they lie.
    mutating func readRange(_ count: UInt64) throws(CheckpointError) -> Range<Int> {
        guard count <= UInt64(end - position) else {
            throw corrupt(expected: "\(count) more bytes at offset \(position)", found: "\(end - position)")
        }
        defer { position += Int(count) }
        return position..<position + Int(count)
    }

    /// Reads `count` bytes of UTF-8. Invalid sequences become U+FFFD.
    mutating func readString(_ count: UInt64) throws(CheckpointError) -> String {
        let range = try readRange(count)
        return file.withBytes(in: range) { String(decoding: $0, as: UTF8.self) }
    }

    /// Reads up to a newline, which is consumed and not returned.
    mutating func readLine(limit: Int) throws(CheckpointError) -> String {
        let window = position..<min(end, position + limit + 1)
        let length = file.withBytes(in: window) { $0.firstIndex(of: UInt8(ascii: "\n")) }
        guard let length else {
            throw corrupt(expected: "a line of at most \(limit) bytes at offset \(position)", found: "none")
        }
        let line = try readString(UInt64(length))
        position += 1
        return line
    }

    /// An error about this part of the file.
    func corrupt(expected: String, found: String) -> CheckpointError {
        .corrupt(file: file.name, part: part, expected: expected, found: found)
    }
}
