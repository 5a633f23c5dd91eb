import Foundation
import Tensors
import TestSupport

/// Writes the full-width network as `torch.save` does: what it wrote around the elements is a fixture, the
/// elements are ``Formula``'s.
enum TorchFiles {
    /// The format before PyTorch 1.6: pickles, then each storage with its count.
    static func writeLegacy(to file: URL) throws {
        FileManager.default.createFile(atPath: file.path, contents: nil)
        let output = try FileHandle(forWritingTo: file)
        try output.write(contentsOf: Data(fixtureBytes("networks/full.legacy.head")))
        for tensor in try tensors(named: "networks/full.legacy.names") {
            try output.write(contentsOf: littleEndian(UInt64(tensor.shape.count)))
            try output.write(contentsOf: elements(of: tensor))
        }
        try output.close()
    }

    /// The format since PyTorch 1.6: a ZIP archive of stored records.
    static func writeZip(to file: URL) throws {
        FileManager.default.createFile(atPath: file.path, contents: nil)
        var archive = StoredArchive(output: try FileHandle(forWritingTo: file))
        try archive.add("full/data.pkl", Data(fixtureBytes("networks/full.data.pkl")))
        try archive.add("full/byteorder", Data("little".utf8))
        for (index, tensor) in try tensors(named: "networks/full.data.names").enumerated() {
            try archive.add("full/data/\(index)", elements(of: tensor))
        }
        try archive.finish()
    }

    /// The tensors whose names a fixture lists, one per line, made when their turn comes.
    private static func tensors(named fixture: String) throws -> some Sequence<Tensor> {
        let shapes = Dictionary(
            uniqueKeysWithValues: StateDict.fullWidth.parameters.map { ($0.name, $0.shape) })
        let names = String(decoding: try fixtureBytes(fixture), as: UTF8.self).split(separator: "\n")
        return names.lazy.map { Formula.weight(String($0), shapes[String($0)] ?? []) }
    }

    private static func elements(of tensor: Tensor) -> Data {
        tensor.withUnsafeElements { Data(buffer: $0) }
    }
}

/// The bytes of a number, the lowest first.
private func littleEndian<Number: FixedWidthInteger>(_ number: Number) -> Data {
    withUnsafeBytes(of: number.littleEndian) { Data($0) }
}

/// A ZIP archive without compression or checksums (0 stands for none).
private struct StoredArchive {
    private let output: FileHandle
    private var directory = Data()
    private var count: UInt16 = 0
    private var position: UInt32 = 0

    init(output: FileHandle) { self.output = output }

    mutating func add(_ name: String, _ content: Data) throws {
        // Version, flags, method, time, date, checksum, sizes, lengths of name and extra field.
        var fields = littleEndian(UInt16(10)) + Data(count: 12)
        fields += littleEndian(UInt32(content.count)) + littleEndian(UInt32(content.count))
        fields += littleEndian(UInt16(name.utf8.count)) + Data(count: 2)
        directory += littleEndian(UInt32(0x0201_4b50)) + littleEndian(UInt16(10)) + fields
        directory += Data(count: 10) + littleEndian(position) + Data(name.utf8)
        try write(littleEndian(UInt32(0x0403_4b50)) + fields + Data(name.utf8))
        try write(content)
        count += 1
    }

    mutating func finish() throws {
        let end = position
        try write(directory)
        var record = littleEndian(UInt32(0x0605_4b50)) + Data(count: 4)
        record += littleEndian(count) + littleEndian(count)
        record += littleEndian(UInt32(directory.count)) + littleEndian(end) + Data(count: 2)
        try write(record)
        try output.close()
    }

    private mutating func write(_ data: Data) throws {
        try output.write(contentsOf: data)
        position += UInt32(data.count)
    }
}
