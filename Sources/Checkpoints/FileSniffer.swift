/// Tells the formats apart by their first bytes, and names the files that people pass by mistake.
struct FileSniffer {
    private let file: MappedFile
    private let head: [UInt8]
    private static let headSize = 512

    init(_ file: MappedFile) {
        self.file = file
        head = file.withBytes(in: 0..<min(file.count, Self.headSize)) { Array($0) }
    }

    /// The format to read the file with.
    ///
    /// - Throws: ``CheckpointError/foreign(file:kind:)`` for anything else.
    func format() throws(CheckpointError) -> Checkpoint.Format {
        if starts(with: "PK\u{3}\u{4}") || starts(with: "PK\u{5}\u{6}") { return .pytorchZip }
        if head.count >= 9, head[8] == UInt8(ascii: "{"),
            file.integer(UInt64.self, at: 0) <= UInt64(CheckpointLimits.descriptionBytes)
        {
            return .safetensors
        }
        if head.count >= 2, head[0] == 0x80, (2...5).contains(head[1]) {
            return TorchLegacy.begins(file) ? .pytorchLegacy : .pickle
        }
        throw .foreign(file: file.name, kind: foreignKind())
    }

    private func foreignKind() -> ForeignFile {
        if let kind = binaryKind() { return kind }
        if head.count > 262, Array(head[257..<262]) == Array("ustar".utf8) { return tarKind() }
        if starts(with: "version https://git-lfs") { return .gitLFSPointer }
        if isWebPage { return .webPage }
        // The last bytes may be part of a character.
        let text = String(decoding: head.count < Self.headSize ? head : head.dropLast(3), as: UTF8.self)
        if !text.contains("\u{fffd}"), !text.contains("\0") { return .text }
        let firstBytes = head.prefix(8).map { byte in
            (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }
        return .unknown(firstBytes: firstBytes.joined(separator: " "))
    }

    /// Whether the file begins with a doctype or the root element, perhaps after a byte order mark and space.
    private var isWebPage: Bool {
        let start = head.drop { [0xef, 0xbb, 0xbf, 0x20, 0x09, 0x0a, 0x0d].contains($0) }.prefix(16)
        let text = String(decoding: start, as: UTF8.self).lowercased()
        return text.hasPrefix("<!doctype") || text.hasPrefix("<html")
    }

    private func binaryKind() -> ForeignFile? {
        let signatures: [([UInt8], ForeignFile)] = [
            ([0x1f, 0x8b], .compressed("gzip")), (Array("BZh".utf8), .compressed("bzip2")),
            ([0xfd, 0x37, 0x7a, 0x58, 0x5a], .compressed("xz")),
            ([0x28, 0xb5, 0x2f, 0xfd], .compressed("zstd")), ([0x37, 0x7a, 0xbc, 0xaf], .compressed("7z")),
            ([0x89, 0x48, 0x44, 0x46], .keras), ([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59], .numpy),
            (Array("GGUF".utf8), .gguf), ([0x89, 0x50, 0x4e, 0x47], .image), ([0xff, 0xd8, 0xff], .image),
        ]
        if let match = signatures.first(where: { head.starts(with: $0.0) }) { return match.1 }
        // A protocol buffer with a small ir_version followed by a producer name or version.
        if head.count > 2, head[0] == 0x08, (1...20).contains(head[1]), head[2] == 0x12 || head[2] == 0x1a {
            return .onnx
        }
        return file.name.hasSuffix(".onnx") ? .onnx : nil
    }

    /// PyTorch before 0.1.10 wrote a tar whose first member was `storages`, `tensors`, `pickle` or `sys_info`.
    private func tarKind() -> ForeignFile {
        let name = String(decoding: head.prefix { $0 != 0 }, as: UTF8.self)
        let members: Set<String> = ["storages", "tensors", "pickle", "sys_info"]
        return members.contains(name.hasPrefix("./") ? String(name.dropFirst(2)) : name) ? .oldTorchTar : .tar
    }

    private func starts(with text: String) -> Bool { head.starts(with: text.utf8) }
}
