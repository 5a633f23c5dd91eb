/// Finds the central directory of a zip archive from its end (APPNOTE.TXT 4.3.14 to 4.3.16).
struct ZipDirectoryLocator {
    private static let endRecordSize = 22
    private static let part = "the zip end record"
    private let file: MappedFile

    init(_ file: MappedFile) {
        self.file = file
    }

    /// The largest distance of an end record from the end of the file. Some writers and downloads leave bytes
    /// after the archive.
    private static let searched = 1 << 20

    /// The bytes of the central directory, its number of entries, and how many bytes follow the archive.
    typealias Directory = (range: Range<Int>, count: UInt64, trailingBytes: Int)

    /// Searches backwards for an end record whose comment ends with the file, and then for one that leads to a
    /// directory, with bytes of something else behind it.
    func locate() throws(CheckpointError) -> Directory {
        let records = endRecords()
        if let exact = records.first(where: { $0.end == file.count }) { return try directory(exact) }
        for record in records {
            guard let found = try? directory(record), leadsToHeader(found.range, found.count) else {
                continue
            }
            return found
        }
        throw .corrupt(
            file: file.name, part: Self.part,
            expected: "an end record within the last \(Self.searched) bytes of the file",
            found: "none, so the file is cut short, or something long was appended to it")
    }

    /// All places in the searched part that may be end records, the last first, and where their comments end.
    private func endRecords() -> [(offset: Int, end: Int)] {
        let last = file.count - Self.endRecordSize
        guard last >= 0 else { return [] }
        return stride(from: last, through: max(0, last - Self.searched), by: -1).compactMap { offset in
            guard file.integer(UInt32.self, at: offset) == 0x0605_4b50 else { return nil }
            let end = offset + Self.endRecordSize + Int(file.integer(UInt16.self, at: offset + 20))
            return end <= file.count ? (offset, end) : nil
        }
    }

    private func leadsToHeader(_ range: Range<Int>, _ count: UInt64) -> Bool {
        count > 0 && range.count >= 46 && file.integer(UInt32.self, at: range.lowerBound) == 0x0201_4b50
    }

    private func directory(_ record: (offset: Int, end: Int)) throws(CheckpointError) -> Directory {
        var cursor = ByteCursor(file, in: record.offset..<file.count, part: Self.part)
        _ = try cursor.readRange(4)
        let disks: UInt32 = try cursor.read()
        _ = try cursor.readRange(2)
        let count: UInt16 = try cursor.read()
        let size: UInt32 = try cursor.read()
        let offset: UInt32 = try cursor.read()
        let trailing = file.count - record.end
        if count == .max || size == .max || offset == .max, let wide = try locateWide(before: record.offset) {
            return (wide.0, wide.1, trailing)
        }
        guard disks == 0 else { throw cursor.corrupt(expected: "an archive of one part", found: "several") }
        let (range, entries) = try checked(UInt64(offset), UInt64(size), UInt64(count), before: record.offset)
        return (range, entries, trailing)
    }

    /// Reads the ZIP64 end record through its locator, which lies just before the end record.
    private func locateWide(before endRecord: Int) throws(CheckpointError) -> (Range<Int>, UInt64)? {
        let locator = endRecord - 20
        guard locator >= 0, file.integer(UInt32.self, at: locator) == 0x0706_4b50 else { return nil }
        let recordOffset = file.integer(UInt64.self, at: locator + 8)
        guard recordOffset <= UInt64(locator) else {
            throw .corrupt(
                file: file.name, part: Self.part, expected: "a ZIP64 end record before offset \(locator)",
                found: "\(recordOffset)")
        }
        var cursor = ByteCursor(file, in: Int(recordOffset)..<locator, part: "the ZIP64 end record")
        let signature: UInt32 = try cursor.read()
        guard signature == 0x0606_4b50 else {
            throw cursor.corrupt(expected: "its signature", found: "the number \(signature)")
        }
        _ = try cursor.readRange(28)
        let count: UInt64 = try cursor.read()
        let size: UInt64 = try cursor.read()
        let offset: UInt64 = try cursor.read()
        return try checked(offset, size, count, before: Int(recordOffset))
    }

    /// Checks that the directory lies before its end record and has room for its entries of 46 bytes each.
    private func checked(
        _ offset: UInt64, _ size: UInt64, _ count: UInt64, before end: Int
    ) throws(CheckpointError) -> (Range<Int>, UInt64) {
        let (stop, overflow) = offset.addingReportingOverflow(size)
        guard !overflow, stop <= UInt64(end) else {
            throw .corrupt(
                file: file.name, part: Self.part, expected: "a central directory before offset \(end)",
                found: "\(size) bytes at \(offset)")
        }
        guard count <= size / 46 else {
            throw .corrupt(
                file: file.name, part: Self.part, expected: "at most \(size / 46) entries in \(size) bytes",
                found: "\(count)")
        }
        return (Int(offset)..<Int(stop), count)
    }
}
