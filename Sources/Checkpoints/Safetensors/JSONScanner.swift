/// The few tokens of JSON (RFC 8259) that a safetensors header is made of.
struct JSONScanner {
    private var cursor: ByteCursor
    /// Whether the next key is the first of its object, so that no comma comes before it.
    private var isFirst = true

    init(_ cursor: ByteCursor) {
        self.cursor = cursor
    }

    /// The file being read.
    var file: String { cursor.file.name }

    /// Steps over white space and one given character.
    mutating func expect(_ character: Unicode.Scalar) throws(CheckpointError) {
        let found = try nextByte()
        guard found == UInt8(ascii: character) else {
            throw corrupt(expected: "“\(character)”", found: "the byte \(found)")
        }
        isFirst = character == "{"
    }

    /// The next key of the object being read, its colon consumed; nil at the end of the object.
    mutating func nextKey() throws(CheckpointError) -> String? {
        var byte = try nextByte()
        if byte == UInt8(ascii: "}") {
            isFirst = false
            return nil
        }
        if !isFirst {
            guard byte == UInt8(ascii: ",") else {
                throw corrupt(expected: "“,” or “}”", found: "the byte \(byte)")
            }
            byte = try nextByte()
        }
        isFirst = false
        guard byte == UInt8(ascii: "\"") else { throw corrupt(expected: "a key", found: "the byte \(byte)") }
        let key = try stringBody()
        try expect(":")
        return key
    }

    /// A string.
    mutating func string() throws(CheckpointError) -> String {
        try expect("\"")
        return try stringBody()
    }

    /// An array of at most `limit` integers from 0 to `Int.max`.
    mutating func integers(limit: Int) throws(CheckpointError) -> [Int] {
        try expect("[")
        var values: [Int] = []
        var byte = try nextByte()
        if byte == UInt8(ascii: "]") { return values }
        while true {
            guard values.count < limit else {
                throw corrupt(expected: "at most \(limit) numbers", found: "more")
            }
            values.append(try integer(from: &byte))
            if byte == UInt8(ascii: "]") { return values }
            guard byte == UInt8(ascii: ",") else {
                throw corrupt(expected: "“,” or “]”", found: "the byte \(byte)")
            }
            byte = try nextByte()
        }
    }

    /// Only white space may follow.
    mutating func expectEnd() throws(CheckpointError) {
        while cursor.position < cursor.end {
            guard Self.isSpace(try cursor.read()) else {
                throw corrupt(expected: "the end of the header", found: "more")
            }
        }
    }

    /// An error at the present position.
    func corrupt(expected: String, found: String) -> CheckpointError {
        cursor.corrupt(expected: "\(expected) at offset \(cursor.position)", found: found)
    }

    /// Reads the digits that begin with `byte` and leaves in it what follows, after white space.
    private mutating func integer(from byte: inout UInt8) throws(CheckpointError) -> Int {
        guard Self.isDigit(byte) else { throw corrupt(expected: "a number", found: "the byte \(byte)") }
        var value = 0
        while Self.isDigit(byte) {
            let (product, tooLarge) = value.multipliedReportingOverflow(by: 10)
            let (sum, overflow) = product.addingReportingOverflow(Int(byte - UInt8(ascii: "0")))
            guard !tooLarge, !overflow else {
                throw corrupt(expected: "a number below 2^63", found: "a larger one")
            }
            value = sum
            byte = try cursor.read()
        }
        if Self.isSpace(byte) { byte = try nextByte() }
        return value
    }

    /// The rest of a string after its opening quote.
    private mutating func stringBody() throws(CheckpointError) -> String {
        var bytes: [UInt8] = []
        while true {
            let byte: UInt8 = try cursor.read()
            switch byte {
            case UInt8(ascii: "\""):
                guard let text = String(validating: bytes, as: UTF8.self) else {
                    throw corrupt(expected: "UTF-8 in a string", found: "other bytes")
                }
                return text
            case UInt8(ascii: "\\"): bytes += try escape()
            case 0..<0x20: throw corrupt(expected: "no control character in a string", found: "\(byte)")
            default: bytes.append(byte)
            }
        }
    }

    /// The UTF-8 of an escape after its backslash.
    private mutating func escape() throws(CheckpointError) -> [UInt8] {
        let byte: UInt8 = try cursor.read()
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return [byte]
        case UInt8(ascii: "b"): return [0x08]
        case UInt8(ascii: "f"): return [0x0c]
        case UInt8(ascii: "n"): return [0x0a]
        case UInt8(ascii: "r"): return [0x0d]
        case UInt8(ascii: "t"): return [0x09]
        case UInt8(ascii: "u"): return Array(String(Character(try unicodeEscape())).utf8)
        default: throw corrupt(expected: "an escape", found: "the byte \(byte)")
        }
    }

    /// A scalar written as one or two groups of four hexadecimal digits.
    private mutating func unicodeEscape() throws(CheckpointError) -> Unicode.Scalar {
        var value = try hexadecimal()
        if (0xd800..<0xdc00).contains(value) {
            let isPair = try cursor.read(UInt16.self) == 0x755c
            let low = isPair ? try hexadecimal() : 0
            guard (0xdc00..<0xe000).contains(low) else {
                throw corrupt(expected: "the second half of a surrogate pair", found: "none")
            }
            value = 0x10000 + (value - 0xd800) << 10 + (low - 0xdc00)
        }
        guard let scalar = Unicode.Scalar(value) else {
            throw corrupt(expected: "a Unicode scalar", found: "a lone surrogate")
        }
        return scalar
    }

    private mutating func hexadecimal() throws(CheckpointError) -> UInt32 {
        let digits = try cursor.readString(4)
        guard digits.utf8.allSatisfy({ Self.isDigit($0) || (0x41...0x46).contains($0 & 0xdf) }),
            let value = UInt32(digits, radix: 16)
        else { throw corrupt(expected: "four hexadecimal digits", found: "“\(digits)”") }
        return value
    }

    private mutating func nextByte() throws(CheckpointError) -> UInt8 {
        while true {
            let byte: UInt8 = try cursor.read()
            if !Self.isSpace(byte) { return byte }
        }
    }

    private static func isSpace(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
}
