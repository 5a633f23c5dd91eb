/// The safetensors format: a 64-bit header length, a JSON header, and the data
/// (https://github.com/huggingface/safetensors, README, "Format", and safetensors/src/tensor.rs).
///
/// As the format demands, the tensors must cover the data without overlaps or holes.
struct SafetensorsReader {
    /// What a file holds.
    typealias Contents = (entries: [Checkpoint.Entry], metadata: [String: String])

    /// Reads the header and checks every tensor against the data.
    static func read(_ file: MappedFile) throws(CheckpointError) -> Contents {
        var cursor = ByteCursor(file, in: 0..<file.count, part: "the safetensors header")
        let length: UInt64 = try cursor.read()
        guard length <= UInt64(CheckpointLimits.descriptionBytes) else {
            throw .overLimit(
                file: file.name, what: "the length of the safetensors header",
                limit: CheckpointLimits.descriptionBytes, found: "\(length)")
        }
        let range = try cursor.readRange(length)
        var parser = SafetensorsHeaderParser(ByteCursor(file, in: range, part: "the safetensors header"))
        let header = try parser.parse()
        let data = range.upperBound..<file.count
        try checkCoverage(header.entries, data, file)
        var entries: [Checkpoint.Entry] = []
        entries.reserveCapacity(header.entries.count)
        for entry in header.entries {
            entries.append(
                Checkpoint.Entry(name: entry.name, containerLength: 0, source: try tensor(entry, data, file)))
        }
        return (entries, header.metadata)
    }

    /// Makes the view of one entry whose offsets are known to lie inside the data. Elements of other types
    /// matter only if a network asks for them.
    private static func tensor(
        _ entry: SafetensorsHeader.Entry, _ data: Range<Int>, _ file: MappedFile
    ) throws(CheckpointError) -> Result<StoredTensor, CheckpointError> {
        guard let type = ElementType(safetensors: entry.type) else {
            return .failure(
                .unreadTensor(file: file.name, name: entry.name, found: "a tensor of \(entry.type)"))
        }
        let storage = data.lowerBound + entry.start..<data.lowerBound + entry.end
        var strides = [Int](repeating: 1, count: entry.shape.count)
        var elements = 1
        for axis in entry.shape.indices.reversed() {
            strides[axis] = elements
            let (product, overflow) = elements.multipliedReportingOverflow(by: max(entry.shape[axis], 1))
            guard !overflow else { throw mismatch(entry, file) }
            elements = product
        }
        let tensor = try StoredTensor(
            name: entry.name, sizes: entry.shape, strides: strides, offset: 0, elementType: type,
            storage: storage, of: file)
        guard tensor.extent.count == storage.count else { throw mismatch(entry, file) }
        return .success(tensor)
    }

    private static func mismatch(_ entry: SafetensorsHeader.Entry, _ file: MappedFile) -> CheckpointError {
        .corrupt(
            file: file.name, part: "the tensor \(entry.name)",
            expected: "the bytes of \(entry.type) elements of the shape \(entry.shape)",
            found: "\(entry.end - entry.start) bytes")
    }

    /// Checks that the tensors, in order of their offsets, follow each other and end with the data.
    private static func checkCoverage(
        _ entries: [SafetensorsHeader.Entry], _ data: Range<Int>, _ file: MappedFile
    ) throws(CheckpointError) {
        var end = 0
        for entry in entries.sorted(by: { ($0.start, $0.end) < ($1.start, $1.end) }) {
            guard entry.start == end, entry.end >= entry.start, entry.end <= data.count else {
                throw .corrupt(
                    file: file.name, part: "the tensor \(entry.name)",
                    expected: "offsets from \(end) to at most \(data.count)",
                    found: "\(entry.start) to \(entry.end)")
            }
            end = entry.end
        }
        guard end == data.count else {
            throw .corrupt(
                file: file.name, part: "the safetensors data", expected: "\(end) bytes",
                found: "\(data.count)")
        }
    }
}

extension ElementType {
    /// The type of a name in a safetensors header.
    init?(safetensors name: String) {
        guard let type = Self.allCases.first(where: { $0.safetensorsName == name }) else { return nil }
        self = type
    }

    /// The name in a safetensors header.
    var safetensorsName: String {
        switch self {
        case .float64: "F64"
        case .float32: "F32"
        case .float16: "F16"
        case .bfloat16: "BF16"
        case .int64: "I64"
        case .int32: "I32"
        case .int16: "I16"
        case .int8: "I8"
        case .uint64: "U64"
        case .uint32: "U32"
        case .uint16: "U16"
        case .uint8: "U8"
        case .bool: "BOOL"
        }
    }
}
