/// A dense, row-major tensor of 32-bit floats that owns its elements.
///
/// This is the currency at the borders of the layers (NCHW for images); the engine keeps its own layouts
/// inside.
public struct Tensor: Sendable, Equatable {
    /// The dimensions, outermost first.
    public let shape: Shape

    /// The elements in row-major order, `shape.count` of them.
    public private(set) var elements: [Float]

    /// Adopts elements in row-major order. Their number must be `shape.count`.
    public init(shape: Shape, elements: [Float]) {
        precondition(elements.count == shape.count, "\(elements.count) elements for the shape \(shape)")
        self.shape = shape
        self.elements = elements
    }

    /// A tensor of zeros.
    public init(zeros shape: Shape) {
        self.init(shape: shape, elements: [Float](repeating: 0, count: shape.count))
    }

    /// Makes a tensor whose elements are written by `fill`, which must initialise every one of them.
    public init<Failure: Error>(
        shape: Shape,
        fill: (UnsafeMutableBufferPointer<Float>) throws(Failure) -> Void
    ) throws(Failure) {
        var failure: Failure?
        let elements = [Float](unsafeUninitializedCapacity: shape.count) { buffer, initialized in
            do throws(Failure) {
                try fill(UnsafeMutableBufferPointer(rebasing: buffer[..<shape.count]))
                initialized = shape.count
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        self.init(shape: shape, elements: elements)
    }

    /// Whether no element is infinite or NaN.
    public var isFinite: Bool {
        // Without an exit inside, the loop is vectorised; an exponent of all ones marks both kinds.
        let exponent = Float.infinity.bitPattern
        var count: UInt32 = 0
        for element in elements { count |= element.bitPattern & exponent == exponent ? 1 : 0 }
        return count == 0
    }

    /// Calls `body` with the elements in row-major order.
    public func withUnsafeElements<Result, Failure: Error>(
        _ body: (UnsafeBufferPointer<Float>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try elements.withUnsafeBufferPointer(body)
    }
}

/// Something that can produce the elements of a tensor as 32-bit floats when they are asked for.
///
/// The engine reads weights through this, straight into the layout its kernels want, so that a mapped
/// checkpoint needs no second copy in memory.
public protocol TensorSource: Sendable {
    /// The dimensions, outermost first.
    var shape: Shape { get }

    /// Writes all `shape.count` elements in row-major order. `destination` must have exactly that many.
    func copyElements(into destination: UnsafeMutableBufferPointer<Float>)
}

extension TensorSource {
    /// The elements as an array, for the small tensors (biases, batch-norm statistics).
    public func floats() -> [Float] {
        [Float](unsafeUninitializedCapacity: shape.count) { buffer, initialized in
            copyElements(into: UnsafeMutableBufferPointer(rebasing: buffer[..<shape.count]))
            initialized = shape.count
        }
    }
}

extension Tensor: TensorSource {
    /// Copies the elements in row-major order.
    public func copyElements(into destination: UnsafeMutableBufferPointer<Float>) {
        precondition(destination.count == shape.count)
        _ = destination.update(from: elements)
    }
}
