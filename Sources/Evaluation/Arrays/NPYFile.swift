import Checkpoints
import Files
import Tensors

/// Reads arrays as `numpy.save` writes them (NEP 1; numpy/lib/format.py), versions 1 to 3 of the format.
///
/// Elements may be float16, float32, float64, integers or booleans, little-endian, in C or Fortran order. The
/// header is read as data; nothing in it is evaluated.
enum NPYFile {
    /// The longest header that is read. numpy's own limit is 10,000 characters.
    private static let headerLimit = 1 << 16

    /// A view of the array in a file, whose elements all lie inside it.
    ///
    /// - Throws: `FileError` that names the file, what was expected and what was found.
    static func array(in file: MappedFile) throws -> StoredTensor {
        let (text, start) = try header(of: file)
        let header = try NPYHeader(text, file: file.name)
        let bytes = file.count - start
        let (needed, overflow) = header.shape.count.multipliedReportingOverflow(by: header.elementType.size)
        guard !overflow, needed == bytes else {
            throw FileError(
                path: file.name,
                reason: "expected \(overflow ? "as many" : "\(needed)") bytes of elements as the shape "
                    + "\(header.shape) of \(header.elementType.rawValue) takes, found \(bytes); save the array again"
            )
        }
        return try StoredTensor(
            name: "array", sizes: header.shape.dimensions, strides: header.strides, offset: 0,
            elementType: header.elementType, storage: start..<file.count, of: file)
    }

    /// The text of the header, and where the elements start.
    private static func header(of file: MappedFile) throws -> (String, Int) {
        let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)
        guard file.count >= 12, file.withBytes(in: 0..<magic.count, { $0.elementsEqual(magic) }) else {
            throw FileError(
                path: file.name, reason: "expected an array that numpy.save wrote, found another file")
        }
        let version = file.integer(UInt8.self, at: 6)
        let (length, start): (Int, Int)
        switch version {
        case 1: (length, start) = (Int(file.integer(UInt16.self, at: 8)), 10)
        case 2, 3: (length, start) = (Int(file.integer(UInt32.self, at: 8)), 12)
        default:
            throw FileError(
                path: file.name, reason: "expected version 1, 2 or 3 of the format, found \(version)")
        }
        guard length <= min(headerLimit, file.count - start) else {
            throw FileError(
                path: file.name,
                reason: "expected a header of at most \(min(headerLimit, file.count - start)) bytes, "
                    + "found one of \(length)")
        }
        let text = file.withBytes(in: start..<start + length) { String(decoding: $0, as: UTF8.self) }
        return (text, start + length)
    }
}

/// What the header of an array says: a Python dictionary with the keys `descr`, `fortran_order` and `shape`.
struct NPYHeader {
    let shape: Shape
    let elementType: ElementType
    private let isFortranOrder: Bool

    /// Reads a header.
    ///
    /// - Throws: `FileError` for what cannot be read as numbers, and for arrays without elements.
    init(_ text: String, file: String) throws {
        func expected(_ what: String, _ key: String) -> FileError {
            let found = Self.value(of: key, in: text).map { "\($0.prefix(40))" } ?? "none"
            return FileError(
                path: file, reason: "expected \(what) for '\(key)' in the header, found \(found)")
        }
        guard let order = Self.value(of: "fortran_order", in: text),
            order.hasPrefix("True") || order.hasPrefix("False")
        else { throw expected("True or False", "fortran_order") }
        isFortranOrder = order.hasPrefix("True")
        guard let type = Self.value(of: "descr", in: text).flatMap(Self.elementType) else {
            throw expected("little-endian floats, integers or booleans, as '<f4' or '|i1'", "descr")
        }
        elementType = type
        guard let sizes = Self.value(of: "shape", in: text).flatMap(Self.sizes),
            let shape = try? Shape(sizes), shape.count > 0
        else { throw expected("the sizes of at least one element", "shape") }
        self.shape = shape
    }

    /// The distance in elements between neighbours along each axis.
    var strides: [Int] {
        guard isFortranOrder else { return shape.rowMajorStrides }
        var stride = 1
        return shape.dimensions.map { size in
            defer { stride *= size }
            return stride
        }
    }

    /// What follows a key and its colon, to the end of the header.
    private static func value(of key: String, in text: String) -> Substring? {
        for quote in ["'", "\""] {
            let quoted = "\(quote)\(key)\(quote)"
            guard let match = text.firstRange(of: quoted) else { continue }
            let rest = text[match.upperBound...].drop { $0 == " " }
            if rest.first == ":" { return rest.dropFirst().drop { $0 == " " } }
        }
        return nil
    }

    /// The type that numpy calls `<f4`, in quotes.
    private static func elementType(_ value: Substring) -> ElementType? {
        guard let quote = value.first, quote == "'" || quote == "\"" else { return nil }
        return switch value.dropFirst().prefix(while: { $0 != quote }) {
        case "<f8": .float64
        case "<f4": .float32
        case "<f2": .float16
        case "<i8": .int64
        case "<i4": .int32
        case "<i2": .int16
        case "|i1": .int8
        case "<u8": .uint64
        case "<u4": .uint32
        case "<u2": .uint16
        case "|u1": .uint8
        case "|b1": .bool
        default: nil
        }
    }

    /// The numbers of a tuple, `(288, 384)`.
    private static func sizes(_ value: Substring) -> [Int]? {
        guard value.first == "(", let end = value.firstIndex(of: ")") else { return nil }
        let parts = value[..<end].dropFirst().split(separator: ",").map { $0.filter { $0 != " " } }
        let sizes = parts.filter { !$0.isEmpty }.compactMap { Int($0) }
        return sizes.count == parts.count { !$0.isEmpty } ? sizes : nil
    }
}
