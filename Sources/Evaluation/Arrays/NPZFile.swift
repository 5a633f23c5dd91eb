import Checkpoints
import Files

/// Reads archives as `numpy.savez` and `numpy.savez_compressed` write them: zip files of arrays.
///
/// Only the sizes in the central directory count. An array is unpacked when it is asked for, into memory of the
/// size that is announced, after that was held against a limit and against what deflate can make of the packed
/// bytes; its checksum is verified.
struct NPZFile {
    private let archive: ZipArchive
    private let limit: Int

    /// Opens an archive.
    ///
    /// - Parameter limit: the most bytes that one unpacked array may have.
    /// - Throws: `CheckpointError`, for a damaged directory.
    init(_ bytes: [UInt8], name: String, limit: Int) throws {
        archive = try ZipArchive(MappedFile(bytes: bytes, name: name))
        self.limit = limit
    }

    /// The names of the arrays, sorted.
    var names: [String] {
        archive.entries.keys.filter { $0.hasSuffix(".npy") }.map { String($0.dropLast(4)) }.sorted()
    }

    /// The array of a name, or nil if there is none.
    ///
    /// - Throws: `FileError` or `CheckpointError`, naming the file and the array.
    func array(_ name: String) throws -> StoredTensor? {
        guard let entry = archive.entries["\(name).npy"] else { return nil }
        let place = "\(archive.file.name): \(name).npy"
        let size = try checkedSize(of: entry, at: place)
        let range = try archive.packedContents(of: entry)
        let bytes: [UInt8]
        switch entry.method {
        case 0:
            bytes = archive.file.withBytes(in: try archive.contents(of: entry)) { Array($0) }
        case 8:
            let unpacked = archive.file.withBytes(in: range) { Inflater.inflate($0, size: size) }
            guard let unpacked else {
                throw FileError(
                    path: place,
                    reason: "expected deflated data of \(size) bytes, found others; save the file again")
            }
            bytes = unpacked
        default:
            throw FileError(
                path: place,
                reason:
                    "expected a stored or deflated array, found the zip method \(entry.method); save it with "
                    + "numpy.savez or numpy.savez_compressed")
        }
        let checksum = bytes.withUnsafeBytes(CRC32.checksum)
        guard checksum == entry.crc else {
            throw FileError(
                path: place,
                reason: "expected the checksum \(entry.crc), found \(checksum); save the file again")
        }
        return try NPYFile.array(in: MappedFile(bytes: bytes, name: place))
    }

    /// The unpacked size, if memory may be taken for it.
    private func checkedSize(of entry: ZipArchive.Entry, at place: String) throws -> Int {
        guard entry.size <= UInt64(limit) else {
            throw FileError(
                path: place,
                reason: "expected an array of at most \(limit) bytes, found \(entry.size); raise --max-bytes")
        }
        let packed = UInt64(try archive.packedContents(of: entry).count)
        guard entry.method != 8 || entry.size <= (packed + 1) * Inflater.largestRatio else {
            throw FileError(
                path: place,
                reason:
                    "expected at most \((packed + 1) * Inflater.largestRatio) bytes of \(packed) deflated ones, "
                    + "found \(entry.size); save the file again")
        }
        return Int(entry.size)
    }
}
