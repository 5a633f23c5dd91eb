import Files

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The bytes of a file, mapped read-only, or copied if the file is small.
///
/// A mapped file must not be cut short while it is in use: the kernel answers a read past the new end with
/// SIGBUS, which ends the process. Replace a checkpoint by writing a new file and renaming it over the old
/// one (as ``SafetensorsWriter`` does); the old contents then stay valid for as long as they are mapped.
/// Files of up to ``copiedBytes`` are copied and are safe from this.
package final class MappedFile: Sendable {
    /// Files up to this size, 1 MiB, are read into memory instead of mapped.
    static let copiedBytes = 1 << 20

    /// The path, or another name for error messages.
    package let name: String

    /// The number of bytes.
    package let count: Int

    /// Whether the bytes are mapped pages (and not a copy).
    let isMapped: Bool

    // Sharing this pointer is safe: it is never reassigned, nothing writes through it after `init`, and the
    // memory it points to is released only in `deinit`, when nobody holds the file any more.
    nonisolated(unsafe) private let base: UnsafeRawPointer

    /// Opens a regular file.
    ///
    /// - Throws: ``CheckpointError/unreadable(file:reason:)``, or ``CheckpointError/foreign(file:kind:)`` for
    ///   a folder or an empty file.
    init(path: String) throws(CheckpointError) {
        // O_NONBLOCK: opening a pipe must fail below, not wait for a writer.
        let descriptor = open(FileName.path(path), O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw .unreadable(file: path, reason: Self.lastError()) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw .unreadable(file: path, reason: Self.lastError()) }
        guard status.st_mode & S_IFMT != S_IFDIR else {
            throw .foreign(file: path, kind: .directory(checkpoints: []))
        }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw .unreadable(file: path, reason: "it is not a regular file")
        }
        guard status.st_size > 0 else { throw .foreign(file: path, kind: .empty) }
        name = path
        count = Int(status.st_size)
        isMapped = count > Self.copiedBytes
        base = isMapped ? try Self.map(descriptor, count, path) : try Self.copy(descriptor, count, path)
    }

    /// Copies bytes that are in memory already.
    ///
    /// - Throws: ``CheckpointError/foreign(file:kind:)`` if there are none.
    package init(bytes: [UInt8], name: String) throws(CheckpointError) {
        guard !bytes.isEmpty else { throw .foreign(file: name, kind: .empty) }
        self.name = name
        count = bytes.count
        isMapped = false
        let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 16)
        copy.copyBytes(from: bytes)
        base = UnsafeRawPointer(copy.baseAddress.unsafelyUnwrapped)
    }

    deinit {
        if isMapped { munmap(UnsafeMutableRawPointer(mutating: base), count) } else { base.deallocate() }
    }

    /// Calls `body` with the bytes of a range inside the file. Bounds are the caller's duty.
    package func withBytes<Result, Failure: Error>(
        in range: Range<Int>,
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        precondition(range.lowerBound >= 0 && range.upperBound <= count, "\(range) of \(count) bytes")
        return try body(UnsafeRawBufferPointer(start: base + range.lowerBound, count: range.count))
    }

    /// Reads a little-endian integer at any alignment. Bounds are the caller's duty.
    package func integer<Integer: FixedWidthInteger & BitwiseCopyable>(_: Integer.Type, at offset: Int)
        -> Integer
    {
        precondition(
            offset >= 0 && offset <= count - MemoryLayout<Integer>.size, "\(offset) of \(count) bytes")
        return Integer(littleEndian: base.loadUnaligned(fromByteOffset: offset, as: Integer.self))
    }

    /// Lets the kernel take back the pages that lie wholly inside a range. The contents stay readable, from
    /// the page cache; only the resident memory of this process shrinks.
    func releasePages(in range: Range<Int>) {
        guard isMapped else { return }
        let page = Int(getpagesize())
        let start = (range.lowerBound + page - 1) / page * page
        let end = range.upperBound == count ? count : range.upperBound / page * page
        guard start < end else { return }
        madvise(UnsafeMutableRawPointer(mutating: base + start), end - start, MADV_DONTNEED)
    }

    private static func map(_ descriptor: Int32, _ count: Int, _ path: String) throws(CheckpointError)
        -> UnsafeRawPointer
    {
        let address = mmap(nil, count, PROT_READ, MAP_PRIVATE, descriptor, 0)
        guard let address, address != MAP_FAILED else { throw .unreadable(file: path, reason: lastError()) }
        return UnsafeRawPointer(address)
    }

    private static func copy(_ descriptor: Int32, _ count: Int, _ path: String) throws(CheckpointError)
        -> UnsafeRawPointer
    {
        let memory = UnsafeMutableRawPointer.allocate(byteCount: count, alignment: 16)
        var done = 0
        while done < count {
            let got = read(descriptor, memory + done, count - done)
            if got < 0 && errno == EINTR { continue }
            guard got > 0 else {
                let reason = got < 0 ? lastError() : "it became shorter while it was read"
                memory.deallocate()
                throw .unreadable(file: path, reason: reason)
            }
            done += got
        }
        return UnsafeRawPointer(memory)
    }

    private static func lastError() -> String { String(cString: strerror(errno)) }
}
