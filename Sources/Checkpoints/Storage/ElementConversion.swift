/// Conversion between stored elements and 32-bit floats. The callers check all bounds.
enum ElementConversion {
    /// Converts `count` elements that lie `stride` elements apart, starting at `source`, at any alignment.
    ///
    /// Wider types round to nearest even, as PyTorch's `.float()` does.
    static func copy(
        _ type: ElementType, from source: UnsafeRawPointer, stride: Int, count: Int,
        to destination: UnsafeMutablePointer<Float>
    ) {
        switch type {
        case .float32:
            if stride == 1 {
                UnsafeMutableRawPointer(destination).copyMemory(from: source, byteCount: count * 4)
                fixByteOrder(destination, count)
            } else {
                convert(UInt32.self, source, stride, count, destination) { Float(bitPattern: $0) }
            }
        case .float64:
            convert(UInt64.self, source, stride, count, destination) { Float(Double(bitPattern: $0)) }
        case .float16: convert(UInt16.self, source, stride, count, destination) { float(half: $0) }
        case .bfloat16:
            convert(UInt16.self, source, stride, count, destination) { Float(bitPattern: UInt32($0) << 16) }
        case .int64: convert(Int64.self, source, stride, count, destination) { Float($0) }
        case .int32: convert(Int32.self, source, stride, count, destination) { Float($0) }
        case .int16: convert(Int16.self, source, stride, count, destination) { Float($0) }
        case .int8: convert(Int8.self, source, stride, count, destination) { Float($0) }
        case .uint64: convert(UInt64.self, source, stride, count, destination) { Float($0) }
        case .uint32: convert(UInt32.self, source, stride, count, destination) { Float($0) }
        case .uint16: convert(UInt16.self, source, stride, count, destination) { Float($0) }
        case .uint8: convert(UInt8.self, source, stride, count, destination) { Float($0) }
        case .bool: convert(UInt8.self, source, stride, count, destination) { $0 == 0 ? 0 : 1 }
        }
    }

    /// The bits of a float16 as a float, exactly. Written without branches so that loops over it vectorise,
    /// and without subnormal inputs, which a thread that flushes them to zero would lose.
    @inline(__always)
    static func float(half: UInt16) -> Float {
        let sign = UInt32(half & 0x8000) << 16
        let magnitude = UInt32(half & 0x7fff) << 13
        let exponent = magnitude & 0x0f80_0000
        let normal = magnitude &+ 0x3800_0000
        let subnormal = (Float(bitPattern: normal &+ 0x0080_0000) - Float(bitPattern: 0x3880_0000)).bitPattern
        let special = normal &+ 0x3800_0000
        let bits = exponent == 0 ? subnormal : exponent == 0x0f80_0000 ? special : normal
        return Float(bitPattern: bits | sign)
    }

    /// Rounds a float to float16, to nearest even; too large becomes infinity, and a NaN stays one.
    static func half(_ value: Float) -> UInt16 {
        let bits = value.bitPattern
        let sign = UInt16(truncatingIfNeeded: bits >> 16) & 0x8000
        let magnitude = bits & 0x7fff_ffff
        if magnitude > 0x7f80_0000 { return sign | 0x7e00 }
        if magnitude >= 0x477f_f000 { return sign | 0x7c00 }
        if magnitude < 0x3880_0000 {
            // Adding 0.5 leaves multiples of 2^-24, the step of float16's subnormals, in the low bits.
            let rounded = (Float(bitPattern: magnitude) + 0.5).bitPattern &- Float(0.5).bitPattern
            return sign | UInt16(truncatingIfNeeded: rounded)
        }
        let odd = (magnitude >> 13) & 1
        let rounded = (magnitude &- 0x3800_0000 &+ 0xfff &+ odd) >> 13
        return sign | UInt16(truncatingIfNeeded: rounded)
    }

    /// Rounds a float to bfloat16, to nearest even; a NaN stays one.
    static func bfloat(_ value: Float) -> UInt16 {
        let bits = value.bitPattern
        if value.isNaN { return UInt16(truncatingIfNeeded: bits >> 16) | 0x40 }
        return UInt16(truncatingIfNeeded: (bits &+ 0x7fff &+ ((bits >> 16) & 1)) >> 16)
    }

    @inline(__always)
    private static func convert<Stored: FixedWidthInteger & BitwiseCopyable>(
        _: Stored.Type, _ source: UnsafeRawPointer, _ stride: Int, _ count: Int,
        _ destination: UnsafeMutablePointer<Float>, _ body: (Stored) -> Float
    ) {
        let size = MemoryLayout<Stored>.size
        if stride == 1 {
            for index in 0..<count {
                let stored = source.loadUnaligned(fromByteOffset: index &* size, as: Stored.self)
                destination[index] = body(Stored(littleEndian: stored))
            }
        } else {
            for index in 0..<count {
                let stored = source.loadUnaligned(fromByteOffset: index &* stride &* size, as: Stored.self)
                destination[index] = body(Stored(littleEndian: stored))
            }
        }
    }

    @inline(__always)
    private static func fixByteOrder(_ values: UnsafeMutablePointer<Float>, _ count: Int) {
        #if _endian(big)
            for index in 0..<count {
                values[index] = Float(bitPattern: values[index].bitPattern.byteSwapped)
            }
        #endif
    }
}
