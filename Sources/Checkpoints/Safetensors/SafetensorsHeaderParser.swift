/// The JSON header of a safetensors file.
struct SafetensorsHeader {
    /// One tensor: its offsets count bytes from the start of the data.
    struct Entry {
        let name: String
        var type = ""
        var shape: [Int] = []
        var start = 0
        var end = 0
    }

    /// The tensors in the order of the header.
    var entries: [Entry] = []

    /// The `__metadata__` entry.
    var metadata: [String: String] = [:]
}

/// Parses exactly the JSON that the header may hold: an object of tensors and one of strings. The nesting is
/// fixed, so nothing recurses, and every array is bounded before it grows.
struct SafetensorsHeaderParser {
    private var json: JSONScanner

    init(_ cursor: ByteCursor) {
        json = JSONScanner(cursor)
    }

    /// Parses the whole header.
    ///
    /// - Throws: ``CheckpointError/corrupt(file:part:expected:found:)`` or
    ///   ``CheckpointError/duplicateName(file:name:)``.
    mutating func parse() throws(CheckpointError) -> SafetensorsHeader {
        var header = SafetensorsHeader()
        var names: Set<String> = []
        try json.expect("{")
        while let name = try json.nextKey() {
            guard names.insert(name).inserted else { throw .duplicateName(file: json.file, name: name) }
            if name == "__metadata__" {
                header.metadata = try parseMetadata()
            } else {
                header.entries.append(try parseEntry(name))
            }
        }
        try json.expectEnd()
        return header
    }

    private mutating func parseMetadata() throws(CheckpointError) -> [String: String] {
        var metadata: [String: String] = [:]
        try json.expect("{")
        while let key = try json.nextKey() {
            let value = try json.string()
            guard metadata.updateValue(value, forKey: key) == nil else {
                throw .duplicateName(file: json.file, name: "__metadata__.\(key)")
            }
        }
        return metadata
    }

    private mutating func parseEntry(_ name: String) throws(CheckpointError) -> SafetensorsHeader.Entry {
        var entry = SafetensorsHeader.Entry(name: name)
        var fields: Set<String> = []
        try json.expect("{")
        while let field = try json.nextKey() {
            guard fields.insert(field).inserted else {
                throw json.corrupt(expected: "each field of \(name) once", found: "\(field) twice")
            }
            switch field {
            case "dtype": entry.type = try json.string()
            case "shape": entry.shape = try json.integers(limit: CheckpointLimits.rank)
            case "data_offsets":
                let offsets = try json.integers(limit: 2)
                guard offsets.count == 2, offsets[0] <= offsets[1] else {
                    throw json.corrupt(expected: "a start and an end for \(name)", found: "\(offsets)")
                }
                (entry.start, entry.end) = (offsets[0], offsets[1])
            default: throw json.corrupt(expected: "dtype, shape and data_offsets in \(name)", found: field)
            }
        }
        guard fields.count == 3 else {
            throw json.corrupt(
                expected: "dtype, shape and data_offsets in \(name)", found: "\(fields.sorted())")
        }
        return entry
    }
}
