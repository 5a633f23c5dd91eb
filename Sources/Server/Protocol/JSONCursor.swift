import Foundation

/// Reads JSON (RFC 8259) from its beginning to its end without building a tree, so that what a document costs
/// in memory is bounded by what is taken from it.
struct JSONCursor {
    /// Values may lie in one another this deep.
    private static let depthLimit = 32

    private let bytes: ArraySlice<UInt8>
    private var position: Int
    private var depth = 0

    init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        position = bytes.startIndex
    }

    /// The kinds of values, by their first characters.
    enum Kind: String {
        case object, array, string, number, literal
    }

    /// The kind of the value that comes next.
    mutating func kind() throws(ServerError) -> Kind {
        switch try peek() {
        case UInt8(ascii: "{"): .object
        case UInt8(ascii: "["): .array
        case UInt8(ascii: "\""): .string
        case UInt8(ascii: "t"), UInt8(ascii: "f"), UInt8(ascii: "n"): .literal
        default: .number
        }
    }

    /// Calls `member` with each key of an object; it must read the value.
    mutating func object(_ member: (inout JSONCursor, String) throws(ServerError) -> Void) throws(ServerError)
    {
        try enter("{")
        if try !take("}") {
            repeat {
                let key = try string()
                try expect(":")
                try member(&self, key)
            } while try take(",")
            try expect("}")
        }
        depth -= 1
    }

    /// Calls `element` for each element of an array; it must read it.
    mutating func array(_ element: (inout JSONCursor) throws(ServerError) -> Void) throws(ServerError) {
        try enter("[")
        if try !take("]") {
            repeat { try element(&self) } while try take(",")
            try expect("]")
        }
        depth -= 1
    }

    /// A string.
    mutating func string() throws(ServerError) -> String {
        try expect("\"")
        let start = position
        var isEscaped = false
        while position < bytes.endIndex, bytes[position] != UInt8(ascii: "\"") {
            guard bytes[position] >= 0x20 else { throw failure("no control character in a string") }
            if bytes[position] == UInt8(ascii: "\\") {
                isEscaped = true
                position += 1
            }
            position += 1
        }
        guard position < bytes.endIndex else { throw failure("the end of a string") }
        defer { position += 1 }
        if isEscaped { return try unescaped(start - 1..<position + 1) }
        guard let text = String(validating: bytes[start..<position], as: UTF8.self) else {
            throw failure("UTF-8 in a string")
        }
        return text
    }

    /// A number.
    mutating func number() throws(ServerError) -> Double {
        _ = try peek()
        let start = position
        while position < bytes.endIndex, Self.isNumeric(bytes[position]) { position += 1 }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        guard Self.isNumber(text), let value = Double(text) else { throw failure("a number") }
        return value
    }

    /// A whole number from 0 on.
    mutating func count() throws(ServerError) -> Int {
        let value = try number()
        guard let count = Int(exactly: value), count >= 0 else { throw failure("a whole number from 0 on") }
        return count
    }

    /// `true` or `false`.
    mutating func bool() throws(ServerError) -> Bool {
        if try takeWord("true") { return true }
        if try takeWord("false") { return false }
        throw failure("true or false")
    }

    /// Only white space may follow.
    mutating func end() throws(ServerError) {
        skipSpace()
        guard position == bytes.endIndex else { throw failure("the end of the document") }
    }

    /// An error at the present position.
    func failure(_ expected: String) -> ServerError {
        let offset = position - bytes.startIndex
        let found = position < bytes.endIndex ? "\"\(UnicodeScalar(bytes[position]))\"" : "the end"
        return .malformedBody("JSON: expected \(expected) at offset \(offset), found \(found.clipped)")
    }

    private mutating func enter(_ opening: Unicode.Scalar) throws(ServerError) {
        guard depth < Self.depthLimit else { throw failure("at most \(Self.depthLimit) levels") }
        depth += 1
        try expect(opening)
    }

    private mutating func expect(_ character: Unicode.Scalar) throws(ServerError) {
        guard try peek() == UInt8(ascii: character) else { throw failure("\"\(character)\"") }
        position += 1
    }

    private mutating func take(_ character: Unicode.Scalar) throws(ServerError) -> Bool {
        guard try peek() == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    private mutating func takeWord(_ word: String) throws(ServerError) -> Bool {
        _ = try peek()
        guard bytes[position...].starts(with: word.utf8) else { return false }
        position += word.utf8.count
        return true
    }

    private mutating func peek() throws(ServerError) -> UInt8 {
        skipSpace()
        guard position < bytes.endIndex else { throw failure("more") }
        return bytes[position]
    }

    private mutating func skipSpace() {
        while position < bytes.endIndex {
            switch bytes[position] {
            case 0x20, 0x0a, 0x0d, 0x09: position += 1
            default: return
            }
        }
    }

    private static func isNumeric(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: "."), UInt8(ascii: "e"),
            UInt8(ascii: "E"):
            true
        default: false
        }
    }

    /// Swift reads more than JSON allows: leading plus signs, points and zeros, and points without digits.
    private static func isNumber(_ text: String) -> Bool {
        let digits = text.hasPrefix("-") ? text.dropFirst() : text[...]
        guard let first = digits.first, first.isNumber else { return false }
        let integer = digits.prefix { $0.isNumber }
        let fraction = digits[integer.endIndex...]
        return (first != "0" || integer.count == 1)
            && (!fraction.hasPrefix(".") || fraction.dropFirst().first?.isNumber == true)
    }

    /// Escapes are rare, and Foundation knows them all.
    private func unescaped(_ range: Range<Int>) throws(ServerError) -> String {
        let literal = Data(bytes[range])
        guard let text = try? JSONDecoder().decode(String.self, from: literal) else {
            throw failure("a string with valid escapes")
        }
        return text
    }
}
