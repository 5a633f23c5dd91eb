/// Little-endian TIFF files put together by hand, for what no encoder would write.
enum TIFFBytes {
    /// A field with its values as bytes.
    struct Field {
        let tag: UInt16
        let type: UInt16
        let count: Int
        let values: [UInt8]

        init(_ tag: UInt16, _ shorts: [Int]) {
            (self.tag, type, count) = (tag, 3, shorts.count)
            values = shorts.flatMap { littleEndian($0, 2) }
        }

        init(_ tag: UInt16, long value: Int) {
            (self.tag, type, count) = (tag, 4, 1)
            values = littleEndian(value, 4)
        }

        init(_ tag: UInt16, undefined bytes: [UInt8]) {
            (self.tag, type, count, values) = (tag, 7, bytes.count, bytes)
        }

        /// Bytes that are said to lie somewhere, whether they do or not.
        init(_ tag: UInt16, undefined count: Int, at offset: Int) {
            (self.tag, type, self.count) = (tag, 7, count)
            values = littleEndian(offset, 4)
        }
    }

    /// A file of one block, a strip or the tile of a size: the block, long values, and last the directory.
    static func file(
        _ width: Int, _ height: Int, samples: Int = 1, bits: Int = 8, compression: Int = 1,
        photometric: Int = 1, tile: (width: Int, height: Int)? = nil, extra: [Field] = [], block: [UInt8]
    ) -> [UInt8] {
        let depths = [Int](repeating: bits, count: samples)
        var fields = [
            Field(256, long: width), Field(257, long: height), Field(258, depths),
            Field(259, [compression]), Field(262, [photometric]), Field(277, [samples]),
        ]
        if let tile {
            fields += [Field(322, long: tile.width), Field(323, long: tile.height)]
            fields += [Field(324, long: 8), Field(325, long: block.count)]
        } else {
            fields += [Field(273, long: 8), Field(278, long: height), Field(279, long: block.count)]
        }
        fields = (fields + extra).sorted { $0.tag < $1.tag }
        var body = block + [UInt8](repeating: 0, count: block.count % 2)
        let entries = fields.flatMap { field in
            var place = field.values
            if place.count > 4 {
                place = littleEndian(8 + body.count, 4)
                body += field.values
            }
            place += [UInt8](repeating: 0, count: 4 - place.count)
            return littleEndian(Int(field.tag), 2) + littleEndian(Int(field.type), 2)
                + littleEndian(field.count, 4) + place
        }
        let head = Array("II".utf8) + [42, 0] + littleEndian(8 + body.count, 4)
        return head + body + littleEndian(fields.count, 2) + entries + [0, 0, 0, 0]
    }

    /// Codes of 9 bits, the first in the low or the high bits.
    static func codes(_ codes: [Int], lowFirst: Bool) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: (codes.count * 9 + 7) / 8)
        for bit in 0..<codes.count * 9 {
            let place = lowFirst ? bit % 9 : 8 - bit % 9
            let value = UInt8(codes[bit / 9] >> place & 1)
            bytes[bit / 8] |= value << UInt8(lowFirst ? bit % 8 : 7 - bit % 8)
        }
        return bytes
    }

    private static func littleEndian(_ value: Int, _ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }
}
