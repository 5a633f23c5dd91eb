/// The first directory of a TIFF file or of an EXIF block, in place. Reading it takes time and memory for nothing
/// but the fields that are asked for.
struct TIFFDirectory {
    /// A field: its values lie in the entry or elsewhere in the file.
    struct Field {
        let tag: Int
        let type: Int
        let count: Int
        /// Where the values begin.
        let offset: Int

        /// The length of the values in bytes, or nil if it overflows or the type is unknown.
        var length: Int? {
            guard Self.lengths.indices.contains(type), Self.lengths[type] > 0 else { return nil }
            let (length, overflow) = count.multipliedReportingOverflow(by: Self.lengths[type])
            return overflow ? nil : length
        }

        /// The bytes of one value by its type.
        private static let lengths = [0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4, 0, 0, 8, 8, 8]
    }

    private let fields: FieldReader
    private let isBig: Bool
    private let start: Int
    private let count: Int

    /// Nil if the bytes do not begin as TIFF or BigTIFF does, or end before the directory's number of entries.
    init?(_ bytes: UnsafeRawBufferPointer) {
        if bytes.starts(with: "II".utf8) {
            fields = FieldReader(block: bytes, bigEndian: false)
        } else if bytes.starts(with: "MM".utf8) {
            fields = FieldReader(block: bytes, bigEndian: true)
        } else {
            return nil
        }
        isBig = fields.uint16(at: 2) == 43
        guard isBig || fields.uint16(at: 2) == 42 else { return nil }
        guard let start = isBig ? fields.uint64(at: 8) : fields.uint32(at: 4),
            let count = isBig ? fields.uint64(at: start) : fields.uint16(at: start)
        else { return nil }
        self.start = start + (isBig ? 8 : 2)
        // No more entries than there is room for.
        self.count = min(count, bytes.count / 12)
    }

    private var entryLength: Int { isBig ? 20 : 12 }

    /// The field of an entry, or nil where the bytes end.
    private func field(at index: Int) -> Field? {
        let entry = start + index * entryLength
        guard let tag = fields.uint16(at: entry), let type = fields.uint16(at: entry + 2),
            let count = isBig ? fields.uint64(at: entry + 4) : fields.uint32(at: entry + 4)
        else { return nil }
        let place = entry + (isBig ? 12 : 8)
        let inside = Field(tag: tag, type: type, count: count, offset: place)
        guard let length = inside.length, length > (isBig ? 8 : 4) else { return inside }
        guard let offset = isBig ? fields.uint64(at: place) : fields.uint32(at: place) else { return nil }
        return Field(tag: tag, type: type, count: count, offset: offset)
    }

    /// The first field with a tag.
    func field(_ tag: Int) -> Field? {
        for index in 0..<count {
            guard let field = field(at: index) else { return nil }
            if field.tag == tag { return field }
        }
        return nil
    }

    /// The one value of a SHORT or LONG field, or nil.
    func number(of field: Field) -> Int? {
        guard field.count == 1 else { return nil }
        return switch field.type {
        case 3: fields.uint16(at: field.offset)
        case 4: fields.uint32(at: field.offset)
        default: nil
        }
    }

    /// The one value of the first field with a tag, or nil.
    func number(_ tag: Int) -> Int? { field(tag).flatMap(number(of:)) }

    /// The bytes of a field, or nil if it is absent or reaches beyond the file.
    func content(of tag: Int) -> UnsafeRawBufferPointer? {
        guard let field = field(tag), let length = field.length,
            length <= fields.block.count, field.offset <= fields.block.count - length
        else { return nil }
        return UnsafeRawBufferPointer(rebasing: fields.block[field.offset..<field.offset + length])
    }

    /// Whether the file has all entries of the directory, and the values of those with some tags. Fields of
    /// unknown types have no length that could be checked.
    func isWhole(for tags: Set<Int>) -> Bool {
        guard start + count * entryLength <= fields.block.count else { return false }
        for index in 0..<count {
            guard let field = field(at: index) else { return false }
            guard tags.contains(field.tag), let length = field.length else { continue }
            guard length <= fields.block.count, field.offset <= fields.block.count - length else {
                return false
            }
        }
        return true
    }
}
