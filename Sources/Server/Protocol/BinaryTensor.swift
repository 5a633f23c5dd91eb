import NIOCore

/// The binary tensor data extension: little-endian floats, and bytes after their 32-bit length.
enum BinaryTensor {
    /// The elements of an input.
    ///
    /// - Throws: ``ServerError/malformedBody(_:)``
    static func elements(
        of input: InferenceRequest.Input, in bytes: ByteBuffer
    ) throws(ServerError) -> InferenceRequest.Elements {
        input.datatype == "BYTES"
            ? .bytes(try strings(bytes, input.name)) : .floats(try floats(bytes, input.name))
    }

    private static func floats(_ bytes: ByteBuffer, _ name: String) throws(ServerError) -> [Float] {
        guard bytes.readableBytes.isMultiple(of: 4) else {
            throw .malformedBody(
                "the input \(name.clipped): expected 4 bytes for each float, found \(bytes.readableBytes) bytes"
            )
        }
        return bytes.withUnsafeReadableBytes { raw in
            (0..<raw.count / 4).map { index in
                Float(
                    bitPattern: UInt32(
                        littleEndian: raw.loadUnaligned(fromByteOffset: 4 * index, as: UInt32.self)))
            }
        }
    }

    private static func strings(_ bytes: ByteBuffer, _ name: String) throws(ServerError) -> [ByteBuffer] {
        var bytes = bytes
        var elements: [ByteBuffer] = []
        while bytes.readableBytes > 0 {
            guard elements.count < InferenceRequest.imageLimit else {
                throw .malformedBody(
                    "the input \(name.clipped): expected at most \(InferenceRequest.imageLimit) images")
            }
            guard let length = bytes.readInteger(endianness: .little, as: UInt32.self),
                let element = bytes.readSlice(length: Int(length))
            else {
                throw .malformedBody(
                    "the input \(name.clipped): expected each element as a 32-bit length and so many bytes")
            }
            elements.append(element)
        }
        return elements
    }

    /// The bytes of an output.
    static func bytes(of elements: InferenceRequest.Elements) -> ByteBuffer {
        var bytes = ByteBuffer()
        switch elements {
        case .floats(let floats):
            bytes.reserveCapacity(4 * floats.count)
            bytes.writeWithUnsafeMutableBytes(minimumWritableBytes: 4 * floats.count) { raw in
                for (index, float) in floats.enumerated() {
                    raw.storeBytes(
                        of: float.bitPattern.littleEndian, toByteOffset: 4 * index, as: UInt32.self)
                }
                return 4 * floats.count
            }
        case .bytes(let elements):
            for var element in elements {
                bytes.writeInteger(UInt32(element.readableBytes), endianness: .little)
                bytes.writeBuffer(&element)
            }
        }
        return bytes
    }
}
