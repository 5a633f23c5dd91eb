import Tensors
import Testing

@Suite("Shape")
struct ShapeTests {
    @Test("a shape counts its elements, and a scalar has one")
    func counts() throws {
        #expect(try Shape([2, 3, 4]).count == 24)
        #expect(try Shape([]).count == 1)
        #expect(try Shape([5, 0]).count == 0)
    }

    @Test("a shape whose element count overflows is refused")
    func overflow() {
        #expect(throws: ShapeError.tooManyElements([Int.max, 2])) { try Shape([Int.max, 2]) }
    }

    @Test("a negative dimension is refused")
    func negative() {
        #expect(throws: ShapeError.negativeDimension([3, -1])) { try Shape([3, -1]) }
    }

    @Test("row-major strides are the products of the inner dimensions")
    func strides() {
        let shape: Shape = [2, 3, 4]
        #expect(shape.rowMajorStrides == [12, 4, 1])
    }
}

@Suite("Tensor")
struct TensorTests {
    @Test("a tensor filled in place holds what was written")
    func fill() {
        let tensor = Tensor(shape: [2, 2]) { buffer in
            for index in buffer.indices { buffer.initializeElement(at: index, to: Float(index)) }
        }
        #expect(tensor.elements == [0, 1, 2, 3])
        #expect(tensor.floats() == tensor.elements)
    }

    @Test("an error thrown while filling comes out as it was thrown")
    func fillFailure() {
        #expect(throws: ShapeError.negativeDimension([-1])) {
            try Tensor(shape: [4]) { _ throws(ShapeError) in throw .negativeDimension([-1]) }
        }
    }
}
