import Files

/// The central directory of a zip archive, read as far as the files of PyTorch and NumPy need it: ZIP64, but no
/// encryption and no archives of several parts.
///
/// Written from PKWARE's APPNOTE.TXT 6.3.10, sections 4.3 and 4.5.3. Sizes and offsets come from the central
/// directory alone, since PyTorch leaves those of the local headers zero.
package struct ZipArchive {
    /// One file of the archive.
    package struct Entry {
        let name: String
        /// 0 is stored, 8 is deflated; all others are compressed too.
        package let method: UInt16
        let isEncrypted: Bool
        /// The checksum of the contents; 0 where the writer was told to leave it out.
        package let crc: UInt32
        let storedSize: UInt64
        package let size: UInt64
        let headerOffset: UInt64
    }

    /// The file that holds the archive.
    package let file: MappedFile

    /// All entries by name.
    package let entries: [String: Entry]

    /// What is unusual about the archive and does no harm, such as bytes after its end; mostly empty.
    let remarks: [String]

    /// The offset of the central directory, after all contents.
    private let directoryStart: Int

    /// Reads the central directory.
    ///
    /// - Throws: ``CheckpointError/corrupt(file:part:expected:found:)`` where a field points outside the file
    ///   and ``CheckpointError/duplicateName(file:name:)`` for two entries of one name.
    package init(_ file: MappedFile) throws(CheckpointError) {
        self.file = file
        let directory = try ZipDirectoryLocator(file).locate()
        directoryStart = directory.range.lowerBound
        remarks =
            directory.trailingBytes == 0
            ? [] : ["\(directory.trailingBytes.counted("byte")) after the end of the zip archive, not read"]
        var cursor = ByteCursor(file, in: directory.range, part: "the zip central directory")
        var entries: [String: Entry] = [:]
        for _ in 0..<directory.count {
            let entry = try Self.readEntry(&cursor)
            guard entries.updateValue(entry, forKey: entry.name) == nil else {
                throw .duplicateName(file: file.name, name: entry.name)
            }
        }
        self.entries = entries
    }

    /// Where the contents of a stored entry lie in the file.
    ///
    /// - Throws: ``CheckpointError/unsupported(file:what:remedy:)`` for compressed and encrypted entries, and
    ///   ``CheckpointError/corrupt(file:part:expected:found:)`` for one that reaches outside the file.
    package func contents(of entry: Entry) throws(CheckpointError) -> Range<Int> {
        guard entry.method == 0, !entry.isEncrypted else {
            throw .unsupported(
                file: file.name, what: "the compressed or encrypted zip entry \(entry.name)",
                remedy: "Unpack the archive and pack it again without compression (zip -0).")
        }
        guard entry.storedSize == entry.size else {
            throw .corrupt(
                file: file.name, part: "the zip entry \(entry.name)",
                expected: "equal sizes for a stored entry", found: "\(entry.storedSize) and \(entry.size)")
        }
        return try packedContents(of: entry)
    }

    /// Where the bytes of an entry lie in the file, packed by its method.
    ///
    /// - Throws: ``CheckpointError/unsupported(file:what:remedy:)`` for encrypted entries, and
    ///   ``CheckpointError/corrupt(file:part:expected:found:)`` for one that reaches outside the file.
    package func packedContents(of entry: Entry) throws(CheckpointError) -> Range<Int> {
        let part = "the zip entry \(entry.name)"
        guard !entry.isEncrypted else {
            throw .unsupported(
                file: file.name, what: "the encrypted zip entry \(entry.name)",
                remedy: "Save the file again without a password.")
        }
        guard entry.headerOffset < UInt64(directoryStart) else {
            throw .corrupt(
                file: file.name, part: part, expected: "a local header before offset \(directoryStart)",
                found: "\(entry.headerOffset)")
        }
        var cursor = ByteCursor(file, in: Int(entry.headerOffset)..<directoryStart, part: part)
        let signature: UInt32 = try cursor.read()
        guard signature == 0x0403_4b50 else {
            throw cursor.corrupt(expected: "a local header", found: "the number \(signature)")
        }
        _ = try cursor.readRange(22)
        let nameLength: UInt16 = try cursor.read()
        let extraLength: UInt16 = try cursor.read()
        _ = try cursor.readRange(UInt64(nameLength) + UInt64(extraLength))
        return try cursor.readRange(entry.storedSize)
    }

    /// Reads one header of the central directory.
    private static func readEntry(_ cursor: inout ByteCursor) throws(CheckpointError) -> Entry {
        let signature: UInt32 = try cursor.read()
        guard signature == 0x0201_4b50 else {
            throw cursor.corrupt(expected: "a central header", found: "the number \(signature)")
        }
        _ = try cursor.readRange(4)
        let flags: UInt16 = try cursor.read()
        let method: UInt16 = try cursor.read()
        _ = try cursor.readRange(4)
        let crc: UInt32 = try cursor.read()
        let storedSize: UInt32 = try cursor.read()
        let size: UInt32 = try cursor.read()
        let nameLength: UInt16 = try cursor.read()
        let extraLength: UInt16 = try cursor.read()
        let commentLength: UInt16 = try cursor.read()
        _ = try cursor.readRange(8)
        let headerOffset: UInt32 = try cursor.read()
        let name = try cursor.readString(UInt64(nameLength))
        let extra = try cursor.readRange(UInt64(extraLength))
        _ = try cursor.readRange(UInt64(commentLength))
        var wide = Zip64Fields(ByteCursor(cursor.file, in: extra, part: "the zip extra field of \(name)"))
        // The order of the wide fields is fixed: size, stored size, header offset.
        let realSize = try wide.value(of: size)
        let realStoredSize = try wide.value(of: storedSize)
        let realOffset = try wide.value(of: headerOffset)
        return Entry(
            name: name, method: method, isEncrypted: flags & 1 != 0, crc: crc, storedSize: realStoredSize,
            size: realSize, headerOffset: realOffset)
    }
}

/// The 64-bit fields of one central header, taken in order where the 32-bit ones are all ones.
private struct Zip64Fields {
    private var extra: ByteCursor
    private var block: ByteCursor?

    init(_ extra: ByteCursor) {
        self.extra = extra
    }

    /// The field itself, or its replacement from the ZIP64 extra block.
    mutating func value(of field: UInt32) throws(CheckpointError) -> UInt64 {
        guard field == UInt32.max else { return UInt64(field) }
        if block == nil { block = try findBlock() }
        guard var cursor = block else {
            throw extra.corrupt(expected: "a ZIP64 block for a field of all ones", found: "none")
        }
        let value: UInt64 = try cursor.read()
        block = cursor
        return value
    }

    private mutating func findBlock() throws(CheckpointError) -> ByteCursor? {
        while extra.position < extra.end {
            let tag: UInt16 = try extra.read()
            let length: UInt16 = try extra.read()
            let range = try extra.readRange(UInt64(length))
            if tag == 1 { return ByteCursor(extra.file, in: range, part: extra.part) }
        }
        return nil
    }
}
