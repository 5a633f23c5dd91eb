import Tensors

/// A tensor inside a checkpoint file: a view that converts its elements when they are asked for.
///
/// The view may skip, repeat and share elements like any PyTorch tensor: strides count elements of the
/// storage and may be 0 (an expanded axis).
public struct StoredTensor: TensorSource, Sendable {
    /// The name in the state dict, after unwrapping.
    public let name: String

    /// The dimensions, outermost first.
    public let shape: Shape

    /// The distance in elements between neighbours along each axis, none negative.
    public let strides: [Int]

    /// How the elements are encoded in the file.
    public let elementType: ElementType

    /// Tensors from this size on, in bytes, give their pages back to the kernel after each copy.
    static let releasedBytes = 64 << 10

    let file: MappedFile

    /// The bytes from the first to the last element of the view; empty if there are no elements.
    let extent: Range<Int>

    /// Makes a view of a storage after checking that every element lies inside it.
    ///
    /// - Parameters:
    ///   - offset: the distance from the start of the storage to the first element, in elements.
    ///   - storage: the bytes of the storage in `file`.
    /// - Throws: ``CheckpointError/corrupt(file:part:expected:found:)`` or
    ///   ``CheckpointError/overLimit(file:what:limit:found:)``.
    package init(
        name: String, sizes: [Int], strides: [Int], offset: Int, elementType: ElementType,
        storage: Range<Int>, of file: MappedFile
    ) throws(CheckpointError) {
        precondition(storage.lowerBound >= 0 && storage.upperBound <= file.count)
        func corrupt(_ expected: String, _ found: String) -> CheckpointError {
            .corrupt(file: file.name, part: "the tensor \(name)", expected: expected, found: found)
        }
        shape = try Self.checkedShape(sizes, name: name, file: file)
        guard strides.count == sizes.count, strides.allSatisfy({ $0 >= 0 }) else {
            throw corrupt("one stride of at least 0 for each of \(sizes.count) axes", "\(strides)")
        }
        let available = storage.count / elementType.size
        guard offset >= 0, offset <= available else {
            throw corrupt("an offset within the storage of \(available) elements", "\(offset)")
        }
        let end = shape.count == 0 ? offset : Self.end(of: sizes, strides: strides, offset: offset)
        guard let end, end <= available else {
            let found = "a view of shape \(sizes), strides \(strides), offset \(offset)"
            throw corrupt("a view within the storage of \(available) elements", found)
        }
        let start = storage.lowerBound + offset * elementType.size
        extent = start..<storage.lowerBound + end * elementType.size
        self.name = name
        self.strides = strides
        self.elementType = elementType
        self.file = file
    }

    /// Whether the elements lie densely in row-major order, which makes copying fast.
    public var isContiguous: Bool {
        let dense = shape.rowMajorStrides
        return shape.dimensions.indices.allSatisfy { shape[$0] == 1 || strides[$0] == dense[$0] }
    }

    /// Writes the elements in row-major order, converted to float (wider types round to nearest even).
    ///
    /// Afterwards the kernel may take back the pages of a large tensor, so that reading a whole checkpoint
    /// tensor by tensor keeps little of it resident.
    public func copyElements(into destination: UnsafeMutableBufferPointer<Float>) {
        precondition(destination.count == shape.count)
        guard shape.count > 0, let target = destination.baseAddress else { return }
        file.withBytes(in: extent) { bytes in
            guard let source = bytes.baseAddress else { return }
            copyRows(from: source, to: target)
        }
        if extent.count >= Self.releasedBytes { file.releasePages(in: extent) }
    }

    /// Whether both have one name and see the same elements of one file in one order.
    func isSameView(as other: StoredTensor) -> Bool {
        name == other.name && file === other.file && extent == other.extent && strides == other.strides
            && shape == other.shape && elementType == other.elementType
    }

    /// The same view under another name.
    func renamed(_ name: String) -> StoredTensor {
        StoredTensor(renaming: self, to: name)
    }

    private init(renaming tensor: StoredTensor, to name: String) {
        self.name = name
        shape = tensor.shape
        strides = tensor.strides
        elementType = tensor.elementType
        file = tensor.file
        extent = tensor.extent
    }

    /// Copies one row of the last axis after the other, or everything at once if it is dense.
    private func copyRows(from source: UnsafeRawPointer, to target: UnsafeMutablePointer<Float>) {
        guard !isContiguous, let rowLength = shape.dimensions.last, let step = strides.last else {
            ElementConversion.copy(elementType, from: source, stride: 1, count: shape.count, to: target)
            return
        }
        var index = [Int](repeating: 0, count: shape.rank - 1)
        var offset = 0
        for row in 0..<shape.count / rowLength {
            ElementConversion.copy(
                elementType, from: source + offset * elementType.size, stride: step, count: rowLength,
                to: target + row * rowLength)
            for axis in index.indices.reversed() {
                index[axis] += 1
                offset += strides[axis]
                if index[axis] < shape[axis] { break }
                offset -= shape[axis] * strides[axis]
                index[axis] = 0
            }
        }
    }

    /// The dimensions as a shape of bounded rank and size. The axes of an empty tensor are bounded too, so
    /// that no product of dimensions taken from one file can overflow.
    private static func checkedShape(
        _ sizes: [Int], name: String, file: MappedFile
    ) throws(CheckpointError) -> Shape {
        guard sizes.count <= CheckpointLimits.rank else {
            throw .overLimit(
                file: file.name, what: "the number of axes of \(name)", limit: CheckpointLimits.rank,
                found: "\(sizes.count)")
        }
        do {
            let limit = CheckpointLimits.elements(for: file)
            guard try Shape(sizes.map { $0 == 0 ? 1 : $0 }).count <= limit else {
                throw CheckpointError.overLimit(
                    file: file.name, what: "the element count of \(name)", limit: limit, found: "\(sizes)")
            }
            return try Shape(sizes)
        } catch let error as CheckpointError {
            throw error
        } catch {
            throw .corrupt(
                file: file.name, part: "the tensor \(name)", expected: "a shape", found: "\(error)")
        }
    }

    /// One more than the offset of the last element, in elements; nil if it overflows.
    private static func end(of sizes: [Int], strides: [Int], offset: Int) -> Int? {
        var last = offset
        for (size, stride) in zip(sizes, strides) {
            let (distance, tooFar) = (size - 1).multipliedReportingOverflow(by: stride)
            let (sum, overflow) = last.addingReportingOverflow(distance)
            guard !tooFar, !overflow else { return nil }
            last = sum
        }
        return last == Int.max ? nil : last + 1
    }
}

extension CheckpointLimits {
    /// The most elements that the tensors of a file may have together.
    static func elements(for file: MappedFile) -> Int {
        file.count > Int.max - repeatedElements ? Int.max : file.count + repeatedElements
    }
}
