import NIOCore

/// Finds a field in the body of a form (RFC 7578).
struct MultipartForm {
    /// Header fields of a part may be this long.
    private static let headerLimit = 8 << 10
    private static let lineEnd = Array("\r\n".utf8)

    private let body: ByteBufferView
    private let delimiter: [UInt8]

    /// - Parameter boundary: the parameter of the content type, 1 to 70 characters.
    init(_ body: ByteBuffer, boundary: String) {
        self.body = body.readableBytesView
        delimiter = Array("--\(boundary)".utf8)
    }

    /// The contents of the first part with a name.
    ///
    /// - Throws: ``ServerError/malformedBody(_:)``
    func field(_ name: String) throws(ServerError) -> ByteBuffer {
        var names: [String] = []
        var position = try start()
        while let next = try partStart(position) {
            let (partName, content) = try header(at: next)
            guard let end = find(Self.lineEnd + delimiter, from: content) else {
                throw .malformedBody(
                    "expected each part of the form to end with its boundary, found the end of the body")
            }
            if partName == name { return ByteBuffer(body[content..<end]) }
            names.append(partName ?? "a part without a name")
            guard names.count < 100 else { throw .malformedBody("expected at most 100 parts, found more") }
            position = end + Self.lineEnd.count + delimiter.count
        }
        throw .malformedBody(
            "expected a field \"\(name)\" in the form, found "
                + (names.isEmpty ? "no fields" : names.map(\.clipped).joined(separator: ", ").clipped))
    }

    /// What follows the first delimiter.
    private func start() throws(ServerError) -> Int {
        let first = body.starts(with: delimiter) ? body.startIndex : nil
        guard let first = first ?? find(Self.lineEnd + delimiter, from: body.startIndex).map({ $0 + 2 })
        else {
            throw .malformedBody(
                "expected a form whose parts begin with the boundary of Content-Type, found none")
        }
        return first + delimiter.count
    }

    /// What follows a delimiter's line; nil after the last one.
    private func partStart(_ position: Int) throws(ServerError) -> Int? {
        let rest = body[position...]
        if rest.starts(with: "--".utf8) { return nil }
        let line = rest.drop { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
        guard line.starts(with: Self.lineEnd) else {
            throw .malformedBody("expected a line end after the boundary of a part, found other bytes")
        }
        return line.startIndex + Self.lineEnd.count
    }

    /// The name of a part, and where its content begins.
    private func header(at position: Int) throws(ServerError) -> (name: String?, content: Int) {
        var position = position
        let limit = position + Self.headerLimit
        var name: String?
        while true {
            guard let end = find(Self.lineEnd, from: position), end < limit else {
                throw .malformedBody(
                    "expected the header of a part within \(Self.headerLimit) bytes, found no end")
            }
            if end == position { return (name, end + 2) }
            let line = String(decoding: body[position..<end], as: UTF8.self)
            if line.lowercased().hasPrefix("content-disposition:") {
                name = HeaderParameters(line).value("name")
            }
            position = end + 2
        }
    }

    /// Where a pattern is found next. It begins with a rare byte, which is looked for alone first.
    private func find(_ pattern: [UInt8], from start: Int) -> Int? {
        var position = start
        while position <= body.endIndex - pattern.count {
            guard let candidate = body[position...].firstIndex(of: pattern[0]),
                candidate <= body.endIndex - pattern.count
            else { return nil }
            if body[candidate..<candidate + pattern.count].elementsEqual(pattern) { return candidate }
            position = candidate + 1
        }
        return nil
    }
}

/// A header's value with parameters: `form-data; name="image"; filename="a.jpg"`.
struct HeaderParameters {
    /// What comes before the first parameter, in lower case.
    let value: String
    private let parameters: [String: String]

    init(_ text: String) {
        var fields: [String] = [""]
        var isQuoted = false
        var isEscaped = false
        for character in text {
            if isEscaped || character == "\\" && isQuoted {
                if isEscaped { fields[fields.count - 1].append(character) }
                isEscaped.toggle()
            } else if character == "\"" {
                isQuoted.toggle()
            } else if character == ";" && !isQuoted {
                fields.append("")
            } else {
                fields[fields.count - 1].append(character)
            }
        }
        value = fields[0].trimmed.lowercased()
        var parameters: [String: String] = [:]
        for field in fields.dropFirst() {
            guard let equals = field.firstIndex(of: "=") else { continue }
            let name = field[..<equals].trimmed.lowercased()
            parameters[name] = String(field[field.index(after: equals)...].trimmed)
        }
        self.parameters = parameters
    }

    /// A parameter by its name in lower case.
    func value(_ name: String) -> String? { parameters[name] }
}
