import Glibc

/// Bytes at a fixed, cache-line-aligned address, written once.
///
/// `@unchecked Sendable`: the memory is written only by `init` and is read-only from then on.
final class AlignedBuffer: @unchecked Sendable {
    let byteCount: Int
    private let memory: UnsafeMutableRawPointer

    /// Takes `byteCount` bytes, which `fill` must write, every one of them.
    ///
    /// - Throws: ``CompilationError/outOfMemory(bytes:)``
    init(byteCount: Int, fill: (UnsafeMutableRawPointer) -> Void) throws(CompilationError) {
        self.byteCount = byteCount
        var memory: UnsafeMutableRawPointer?
        guard posix_memalign(&memory, 64, max(byteCount, 1)) == 0, let memory else {
            throw .outOfMemory(bytes: byteCount)
        }
        self.memory = memory
        fill(memory)
    }

    /// Copies an array, and zeros after it up to `count` floats.
    ///
    /// - Throws: ``CompilationError/outOfMemory(bytes:)``
    convenience init(_ values: [Float], paddedTo count: Int) throws(CompilationError) {
        precondition(count >= values.count)
        try self.init(byteCount: count * MemoryLayout<Float>.stride) { memory in
            let floats = UnsafeMutableBufferPointer(
                start: memory.bindMemory(to: Float.self, capacity: count), count: count)
            let end = floats.update(fromContentsOf: values)
            floats[end...].update(repeating: 0)
        }
    }

    deinit { free(memory) }

    var pointer: UnsafeRawPointer { UnsafeRawPointer(memory) }

    /// The bytes as floats, which they must be.
    var floats: UnsafePointer<Float> { pointer.assumingMemoryBound(to: Float.self) }
}
