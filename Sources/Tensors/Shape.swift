/// The dimensions of a tensor, outermost first: `[1, C, H, W]` for an image.
///
/// A shape can only exist if its element count fits `Int`, so arithmetic on shapes that came from a file
/// needs no further overflow checks.
public struct Shape: Hashable, Sendable {
    /// The length of each axis, none of them negative.
    public let dimensions: [Int]

    /// The product of all dimensions; 1 for a scalar.
    public let count: Int

    /// Checks and adopts dimensions that come from outside the program.
    ///
    /// - Throws: ``ShapeError`` if a dimension is negative or the element count overflows `Int`.
    public init(_ dimensions: [Int]) throws(ShapeError) {
        var count = 1
        for dimension in dimensions {
            guard dimension >= 0 else { throw .negativeDimension(dimensions) }
            let (product, overflow) = count.multipliedReportingOverflow(by: dimension)
            guard !overflow else { throw .tooManyElements(dimensions) }
            count = product
        }
        self.dimensions = dimensions
        self.count = count
    }

    /// The number of axes.
    public var rank: Int { dimensions.count }

    /// The length of one axis.
    public subscript(axis: Int) -> Int { dimensions[axis] }

    /// The distance in elements between neighbours along each axis of a dense row-major tensor.
    public var rowMajorStrides: [Int] {
        var strides = [Int](repeating: 1, count: rank)
        for axis in stride(from: rank - 2, through: 0, by: -1) {
            strides[axis] = strides[axis + 1] * max(dimensions[axis + 1], 1)
        }
        return strides
    }
}

extension Shape: ExpressibleByArrayLiteral {
    /// A shape written in source code. Invalid literals are programming errors and trap.
    public init(arrayLiteral elements: Int...) {
        do {
            try self.init(elements)
        } catch {
            preconditionFailure("\(error)")
        }
    }
}

extension Shape: CustomStringConvertible {
    /// The dimensions as they are written in source code, `[1, 3, 288, 384]`.
    public var description: String { "\(dimensions)" }
}

/// Why a list of dimensions is no shape.
public enum ShapeError: Error, Equatable, Sendable, CustomStringConvertible {
    /// A dimension is below zero.
    case negativeDimension([Int])
    /// The product of the dimensions does not fit `Int`.
    case tooManyElements([Int])

    /// The dimensions and what is wrong with them.
    public var description: String {
        switch self {
        case .negativeDimension(let dimensions): "the shape \(dimensions) has a negative dimension"
        case .tooManyElements(let dimensions): "the shape \(dimensions) has more elements than can be counted"
        }
    }
}
