import Tensors

/// Writes tensors as `.npy` files (format 1.0, float32, little-endian, C order), which `numpy.load` reads.
public enum NPYEncoder {
    /// The whole file of one tensor: 64 bytes or a few times as many for the header, then 4 per element.
    public static func encode(_ tensor: Tensor) -> [UInt8] {
        let header = header(for: tensor.shape)
        let count = header.count + 4 * tensor.shape.count
        return [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            let file = UnsafeMutableRawBufferPointer(buffer)
            file.copyBytes(from: header)
            tensor.withUnsafeElements { elements in
                for (index, element) in elements.enumerated() {
                    file.storeBytes(
                        of: element.bitPattern.littleEndian, toByteOffset: header.count + 4 * index,
                        as: UInt32.self)
                }
            }
            initialized = count
        }
    }

    /// What precedes the elements, padded to a multiple of 64 bytes so that they can be mapped.
    static func header(for shape: Shape) -> [UInt8] {
        let dimensions = shape.dimensions.map { "\($0)" }.joined(separator: ", ")
        let tuple = shape.rank == 1 ? "(\(dimensions),)" : "(\(dimensions))"
        let entry = "{'descr': '<f4', 'fortran_order': False, 'shape': \(tuple), }"
        let prefix = 10
        let total = (prefix + entry.utf8.count + 1 + 63) / 64 * 64
        let length = total - prefix
        precondition(length <= UInt16.max, "a tensor of \(shape.rank) axes")
        let padding = String(repeating: " ", count: length - entry.utf8.count - 1)
        return [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(length & 0xFF), UInt8(length >> 8)]
            + Array((entry + padding + "\n").utf8)
    }
}
