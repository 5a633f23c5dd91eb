import Files

/// The zip format of `torch.save` since PyTorch 1.6 (torch/serialization.py, `_save`;
/// caffe2/serialize/inline_container.cc).
///
/// The archive has one root folder of any name with `data.pkl`, one record `data/KEY` for each storage, and
/// perhaps `byteorder`. The checksum of `data.pkl` is verified, unless it is 0 (which
/// `torch.serialization.set_crc32_options(False)` writes); those of the records are not, because that would
/// read the whole file before the first tensor is asked for.
struct TorchZip: TorchStorages {
    private let archive: ZipArchive
    private let root: String

    /// Opens the archive and reads its object.
    static func read(_ file: MappedFile) throws(CheckpointError) -> TorchFile {
        let archive = try ZipArchive(file)
        let zip = TorchZip(archive: archive, root: try findRoot(archive))
        try zip.checkByteOrder()
        let pickle = try zip.pickleRange()
        var unpickler = Unpickler(ByteCursor(file, in: pickle, part: "data.pkl"))
        return TorchFile(
            format: .pytorchZip, document: try unpickler.run(), storages: zip, remarks: archive.remarks)
    }

    func bytes(of storage: StorageReference) throws(CheckpointError) -> Range<Int> {
        let name = "\(root)data/\(storage.key)"
        guard let entry = archive.entries[name] else {
            throw corrupt(part: "the zip archive", expected: "the record \(name)", found: "none")
        }
        let range = try archive.contents(of: entry)
        let needed = try storage.byteCount(in: archive.file)
        guard range.count >= needed else {
            throw corrupt(part: "the record \(name)", expected: "\(needed) bytes", found: "\(range.count)")
        }
        return range
    }

    /// The folder of the archive that holds `data.pkl`, with a slash, or nothing if it lies at the top.
    private static func findRoot(_ archive: ZipArchive) throws(CheckpointError) -> String {
        let roots = archive.entries.keys.filter { name in
            name == "data.pkl" || (name.hasSuffix("/data.pkl") && name.count { $0 == "/" } == 1)
        }.map { String($0.dropLast("data.pkl".count)) }
        guard let root = roots.first else {
            throw .foreign(file: archive.file.name, kind: foreignKind(archive))
        }
        guard roots.count == 1 else {
            throw .corrupt(
                file: archive.file.name, part: "the zip archive", expected: "one data.pkl",
                found: "\(roots.count)")
        }
        return root
    }

    private static func foreignKind(_ archive: ZipArchive) -> ForeignFile {
        let names = archive.entries.keys
        if names.contains(where: { $0.hasSuffix("/archive_format") || $0 == "archive_format" }) {
            return .exportedProgram
        }
        if names.contains(where: { $0.hasSuffix(".npy") }) { return .numpy }
        if names.contains(where: { $0.hasSuffix(".h5") || $0 == "metadata.json" }) { return .keras }
        return .zip
    }

    private func checkByteOrder() throws(CheckpointError) {
        guard let entry = archive.entries[root + "byteorder"] else { return }
        let range = try archive.contents(of: entry)
        guard range.count <= 16 else {
            throw corrupt(part: "byteorder", expected: "little or big", found: "\(range.count) bytes")
        }
        let order = archive.file.withBytes(in: range) { String(decoding: $0, as: UTF8.self) }
        guard order != "big" else { throw Self.bigEndian(archive.file) }
        guard order == "little" else {
            throw corrupt(part: "byteorder", expected: "little or big", found: order)
        }
    }

    private func pickleRange() throws(CheckpointError) -> Range<Int> {
        guard let entry = archive.entries[root + "data.pkl"] else {
            throw corrupt(part: "the zip archive", expected: "data.pkl", found: "none")
        }
        let range = try archive.contents(of: entry)
        guard range.count <= CheckpointLimits.descriptionBytes else {
            throw .overLimit(
                file: archive.file.name, what: "the size of data.pkl",
                limit: CheckpointLimits.descriptionBytes, found: "\(range.count)")
        }
        guard entry.crc == 0 || entry.crc == archive.file.withBytes(in: range, CRC32.checksum) else {
            throw corrupt(part: "data.pkl", expected: "the checksum \(entry.crc)", found: "another")
        }
        return range
    }

    private func corrupt(part: String, expected: String, found: String) -> CheckpointError {
        .corrupt(file: archive.file.name, part: part, expected: expected, found: found)
    }

    /// The error for files written on a big-endian machine.
    static func bigEndian(_ file: MappedFile) -> CheckpointError {
        .unsupported(
            file: file.name, what: "a checkpoint in big-endian byte order",
            remedy: "Save the state dict again on a little-endian machine.")
    }
}
