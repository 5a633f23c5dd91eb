import Files
import Tensors

/// Writes tensors to a safetensors file, one at a time, so that never more than one is in memory.
///
/// The same tensors always give the same bytes, which are those of the reference implementation: the header
/// is padded with spaces to 8 bytes, tensors are ordered by type (float32, bfloat16, float16) and then by
/// name, and the metadata by key. The file appears under its name only when it is complete: it is written to a temporary
/// name in the same folder, synced, and renamed.
public struct SafetensorsWriter {
    /// The element types that can be written.
    public enum Precision: Sendable, CaseIterable {
        case float32, float16, bfloat16

        var elementType: ElementType {
            switch self {
            case .float32: .float32
            case .float16: .float16
            case .bfloat16: .bfloat16
            }
        }
    }

    /// A tensor to write: its elements are asked for when their turn comes, and rounded to nearest even.
    public struct Entry: Sendable {
        /// The name in the file.
        public let name: String
        /// The elements.
        public let source: any TensorSource
        /// How the elements are stored.
        public let precision: Precision

        /// Names a tensor and says how to store it.
        public init(name: String, source: any TensorSource, precision: Precision) {
            self.name = name
            self.source = source
            self.precision = precision
        }

        var byteCount: Int { source.shape.count * precision.elementType.size }
    }

    private let entries: [Entry]
    private let metadata: [String: String]

    /// Prepares a file of tensors.
    ///
    /// - Parameters:
    ///   - metadata: free text by key; a `format` of `pt` makes other tools accept the file.
    public init(_ entries: [Entry], metadata: [String: String] = ["format": "pt"]) {
        self.entries = entries.sorted { first, second in
            let (a, b) = (first.precision.order, second.precision.order)
            return a != b ? a > b : first.name.utf8.lexicographicallyPrecedes(second.name.utf8)
        }
        self.metadata = metadata
    }

    /// Writes the file, replacing one of the same name.
    ///
    /// - Parameters:
    ///   - isSynced: whether to wait until the data are on the disk before the file gets its name.
    /// - Throws: ``CheckpointError/unwritable(file:reason:)``, or
    ///   ``CheckpointError/duplicateName(file:name:)`` for two entries of one name. No file is left behind.
    public func write(to path: String, isSynced: Bool = true) throws(CheckpointError) {
        var names: Set<String> = ["__metadata__"]
        for entry in entries where !names.insert(entry.name).inserted {
            throw .duplicateName(file: path, name: entry.name)
        }
        do throws(FileError) {
            let output = try AtomicFile(replacing: path)
            try output.write(header())
            for entry in entries { try write(entry, to: output) }
            try output.commit(isSynced: isSynced)
        } catch {
            throw .unwritable(file: error.path, reason: error.reason)
        }
    }

    /// Writes one tensor in pieces of at most 64 Ki elements.
    private func write(_ entry: Entry, to output: AtomicFile) throws(FileError) {
        let floats = entry.source.floats()
        let step = 64 << 10
        var bytes: [UInt8] = []
        bytes.reserveCapacity(min(entry.byteCount, step * 4))
        for start in stride(from: 0, to: floats.count, by: step) {
            bytes.removeAll(keepingCapacity: true)
            let piece = floats[start..<min(start + step, floats.count)]
            switch entry.precision {
            case .float32: for value in piece { Self.append(value.bitPattern, to: &bytes) }
            case .float16: for value in piece { Self.append(ElementConversion.half(value), to: &bytes) }
            case .bfloat16: for value in piece { Self.append(ElementConversion.bfloat(value), to: &bytes) }
            }
            try output.write(bytes)
        }
    }

    private static func append<Integer: FixedWidthInteger>(_ value: Integer, to bytes: inout [UInt8]) {
        var rest = value
        for _ in 0..<MemoryLayout<Integer>.size {
            bytes.append(UInt8(truncatingIfNeeded: rest))
            rest >>= 8
        }
    }

    /// The length of the header and the header.
    private func header() -> [UInt8] {
        var members: [String] = []
        if !metadata.isEmpty {
            let pairs = metadata.sorted { $0.key < $1.key }.map { "\(quoted($0.key)):\(quoted($0.value))" }
            members.append("\"__metadata__\":{\(pairs.joined(separator: ","))}")
        }
        var start = 0
        for entry in entries {
            let shape = entry.source.shape.dimensions.map(String.init).joined(separator: ",")
            members.append(
                "\(quoted(entry.name)):{\"dtype\":\"\(entry.precision.elementType.safetensorsName)\","
                    + "\"shape\":[\(shape)],\"data_offsets\":[\(start),\(start + entry.byteCount)]}")
            start += entry.byteCount
        }
        var json = Array("{\(members.joined(separator: ","))}".utf8)
        json += [UInt8](repeating: UInt8(ascii: " "), count: (8 - json.count % 8) % 8)
        var bytes: [UInt8] = []
        Self.append(UInt64(json.count), to: &bytes)
        return bytes + json
    }

    /// A JSON string (RFC 8259, section 7).
    private func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            case "\u{8}": result += "\\b"
            case "\u{c}": result += "\\f"
            case "\0"..."\u{1f}":
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}

extension SafetensorsWriter.Precision {
    /// The place of the type in the reference implementation's list of types.
    fileprivate var order: Int {
        switch self {
        case .float16: 0
        case .bfloat16: 1
        case .float32: 2
        }
    }
}
