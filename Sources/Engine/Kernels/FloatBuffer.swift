/// Floats at a fixed, cache-line-aligned address, written once.
///
/// `@unchecked Sendable`: the memory is written only by `init` and is read-only from then on.
final class FloatBuffer: @unchecked Sendable {
    let count: Int
    private let floats: UnsafeMutablePointer<Float>

    /// Allocates `count` zeros and lets `fill` write them.
    init(count: Int, fill: (UnsafeMutableBufferPointer<Float>) -> Void) {
        self.count = count
        let bytes = max(count, 1) * MemoryLayout<Float>.stride
        floats = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 64)
            .bindMemory(to: Float.self, capacity: max(count, 1))
        floats.initialize(repeating: 0, count: max(count, 1))
        fill(UnsafeMutableBufferPointer(start: floats, count: count))
    }

    /// Copies an array.
    convenience init(_ values: [Float]) {
        self.init(count: values.count) { _ = $0.update(from: values) }
    }

    deinit { floats.deallocate() }

    var pointer: UnsafePointer<Float> { UnsafePointer(floats) }

    var byteCount: Int { count * MemoryLayout<Float>.stride }
}
