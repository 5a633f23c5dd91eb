import Glibc

/// Floats at a fixed, cache-line-aligned address, written once.
///
/// `@unchecked Sendable`: the memory is written only by `init` and is read-only from then on.
final class FloatBuffer: @unchecked Sendable {
    let count: Int
    private let floats: UnsafeMutablePointer<Float>

    /// Takes memory for `count` floats, which `fill` must write, every one of them.
    ///
    /// - Throws: ``CompilationError/outOfMemory(bytes:)``
    init(count: Int, fill: (UnsafeMutableBufferPointer<Float>) -> Void) throws(CompilationError) {
        self.count = count
        let bytes = max(count, 1) * MemoryLayout<Float>.stride
        var memory: UnsafeMutableRawPointer?
        guard posix_memalign(&memory, 64, bytes) == 0, let memory else { throw .outOfMemory(bytes: bytes) }
        floats = memory.bindMemory(to: Float.self, capacity: max(count, 1))
        fill(UnsafeMutableBufferPointer(start: floats, count: count))
    }

    /// Copies an array.
    ///
    /// - Throws: ``CompilationError/outOfMemory(bytes:)``
    convenience init(_ values: [Float]) throws(CompilationError) {
        try self.init(count: values.count) { _ = $0.initialize(fromContentsOf: values) }
    }

    deinit { free(floats) }

    var pointer: UnsafePointer<Float> { UnsafePointer(floats) }

    var byteCount: Int { count * MemoryLayout<Float>.stride }
}
