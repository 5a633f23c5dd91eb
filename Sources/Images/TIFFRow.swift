/// One row of a block: packed samples become RGB of 8 bits.
struct TIFFRow {
    private let pixels: TIFFPixels
    private var samples: [UInt16]
    private var colors: [UInt8]

    /// The pixels of the row, no more than it was made for.
    var count: Int

    init(_ pixels: TIFFPixels, count: Int) {
        self.pixels = pixels
        self.count = count
        samples = [UInt16](repeating: 0, count: count * pixels.samples)
        colors = [UInt8](repeating: 0, count: count * 3)
    }

    /// Writes the converted row.
    func write(to canvas: UprightCanvas, x: Int, y: Int) {
        colors.withUnsafeBufferPointer { buffer in
            guard let base = buffer.baseAddress else { return }
            canvas.write(base, count: count, y: y, first: x)
        }
    }

    /// Converts a row as libtiff unpacks it. Its planes, if there are several, are `spacing` bytes apart.
    mutating func convert(_ row: UnsafePointer<UInt8>, planes: Int, spacing: Int) {
        for plane in 0..<planes { unpack(row + plane * spacing, plane: plane, planes: planes) }
        if pixels.alpha == nil {
            paint()
        } else {
            composite()
        }
    }

    private mutating func unpack(_ row: UnsafePointer<UInt8>, plane: Int, planes: Int) {
        let count = count * pixels.samples / planes
        switch pixels.bits {
        case 8:
            for index in 0..<count { samples[index * planes + plane] = UInt16(row[index]) }
        case 16:
            let raw = UnsafeRawPointer(row)
            for index in 0..<count {
                samples[index * planes + plane] = raw.loadUnaligned(
                    fromByteOffset: 2 * index, as: UInt16.self)
            }
        case let bits:
            // A row of the samples of one pixel after another; the first is in the high bits.
            let mask = UInt16(1 << bits - 1)
            for index in 0..<count {
                let bit = index * bits
                samples[index * planes + plane] = UInt16(row[bit / 8] >> UInt8(8 - bits - bit % 8)) & mask
            }
        }
    }

    /// Opaque pixels.
    private mutating func paint() {
        let maximum = colorMaximum
        for index in 0..<count {
            let color = color(of: index)
            for channel in 0..<3 {
                colors[3 * index + channel] = UInt8((color[channel] * 255 + maximum / 2) / maximum)
            }
        }
    }

    /// Alpha over the background, rounded once to 8 bits. Colours that exceed their own alpha end at white.
    private mutating func composite() {
        let background = pixels.background
        let backdrop = [background.red, background.green, background.blue].map { UInt32($0) }
        for index in 0..<count {
            let color = color(of: index)
            let alpha = UInt64(samples[index * pixels.samples + (pixels.alpha ?? 0)])
            for channel in 0..<3 {
                let light = UInt64(color[channel]) * 255 * (pixels.isPremultiplied ? UInt64(maximum) : alpha)
                let behind = UInt64(backdrop[channel] * colorMaximum) * (UInt64(maximum) - alpha)
                let divisor = UInt64(colorMaximum) * UInt64(maximum)
                colors[3 * index + channel] = UInt8(min((light + behind + divisor / 2) / divisor, 255))
            }
        }
    }

    /// The largest sample.
    private var maximum: UInt32 { 1 << UInt32(pixels.bits) - 1 }

    /// The largest value of ``color(of:)``.
    private var colorMaximum: UInt32 { pixels.palette.isEmpty ? maximum : 255 }

    /// Red, green and blue of a pixel in 0...colorMaximum, without alpha.
    private func color(of index: Int) -> SIMD4<UInt32> {
        let start = index * pixels.samples
        let first = UInt32(samples[start])
        switch pixels.color {
        case .grey: return SIMD4(repeating: first)
        case .invertedGrey: return SIMD4(repeating: maximum - first)
        case .rgb: return SIMD4(first, UInt32(samples[start + 1]), UInt32(samples[start + 2]), 0)
        case .palette:
            let color = pixels.palette[Int(first)]
            return SIMD4(UInt32(color.red), UInt32(color.green), UInt32(color.blue), 0)
        case .cmyk:
            let paper = maximum - UInt32(samples[start + 3])
            var color = SIMD4<UInt32>()
            for channel in 0..<3 {
                // 16 bits: at most 65535 * 65535 + 32767, which 32 bits hold.
                color[channel] =
                    ((maximum - UInt32(samples[start + channel])) * paper + maximum / 2) / maximum
            }
            return color
        }
    }
}
