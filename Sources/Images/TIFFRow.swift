/// One row of a block: packed samples become RGB of 8 bits.
struct TIFFRow: ~Copyable {
    private let pixels: TIFFPixels
    private let samples: UnsafeMutablePointer<UInt16>
    private let colors: UnsafeMutablePointer<UInt8>

    /// The 8-bit value of each value that a colour can have.
    private let scaled: [UInt8]

    /// The largest sample.
    private let maximum: UInt32

    /// The largest value of a colour: that of a sample, or 255 for palettes.
    private let colorMaximum: UInt32

    /// Memory for rows of up to `count` pixels.
    init(_ pixels: TIFFPixels, count: Int) {
        self.pixels = pixels
        samples = .allocate(capacity: count * pixels.samples)
        samples.initialize(repeating: 0, count: count * pixels.samples)
        colors = .allocate(capacity: count * 3)
        colors.initialize(repeating: 0, count: count * 3)
        maximum = 1 << UInt32(pixels.bits) - 1
        colorMaximum = pixels.palette.isEmpty ? maximum : 255
        let largest = colorMaximum
        scaled = (0...largest).map { UInt8(($0 * 255 + largest / 2) / largest) }
    }

    deinit {
        samples.deallocate()
        colors.deallocate()
    }

    /// Converts a row as libtiff unpacks it and writes it to a canvas. Its planes, if there are several, are
    /// `spacing` bytes apart.
    func write(
        _ row: UnsafePointer<UInt8>, count: Int, planes: Int, spacing: Int, to canvas: UprightCanvas, x: Int,
        y: Int
    ) {
        let isPlain = pixels.bits == 8 && pixels.samples == 3 && planes == 1 && pixels.alpha == nil
        if case .rgb = pixels.color, isPlain { return canvas.write(row, count: count, y: y, first: x) }
        for plane in 0..<planes {
            unpack(
                row + plane * spacing, count: count * pixels.samples / planes, plane: plane, planes: planes)
        }
        convert(count)
        canvas.write(colors, count: count, y: y, first: x)
    }

    private func unpack(_ row: UnsafePointer<UInt8>, count: Int, plane: Int, planes: Int) {
        let target = samples + plane
        switch pixels.bits {
        case 8:
            for index in 0..<count { target[index * planes] = UInt16(row[index]) }
        case 16:
            let raw = UnsafeRawPointer(row)
            for index in 0..<count {
                target[index * planes] = raw.loadUnaligned(fromByteOffset: 2 * index, as: UInt16.self)
            }
        case let bits:
            // The first sample is in the high bits.
            let mask = UInt16(1 << bits - 1)
            for index in 0..<count {
                let bit = index * bits
                target[index * planes] = UInt16(row[bit / 8] >> UInt8(8 - bits - bit % 8)) & mask
            }
        }
    }

    private func convert(_ count: Int) {
        let maximum = maximum
        switch pixels.color {
        case .grey: render(count) { SIMD4(repeating: UInt32($0[0])) }
        case .invertedGrey: render(count) { SIMD4(repeating: maximum - UInt32($0[0])) }
        case .rgb: render(count) { SIMD4(UInt32($0[0]), UInt32($0[1]), UInt32($0[2]), 0) }
        case .palette:
            pixels.palette.withUnsafeBufferPointer { palette in
                render(count) {
                    let color = palette[Int($0[0])]
                    return SIMD4(UInt32(color.red), UInt32(color.green), UInt32(color.blue), 0)
                }
            }
        case .cmyk:
            render(count) {
                // Light passes an ink and black. 65535 * 65535 + 32767 is the most, which 32 bits hold.
                let paper = maximum - UInt32($0[3])
                var color = SIMD4<UInt32>()
                for ink in 0..<3 {
                    color[ink] = ((maximum - UInt32($0[ink])) * paper + maximum / 2) / maximum
                }
                return color
            }
        }
    }

    /// - Parameter color: red, green and blue of a pixel by its samples, in 0...colorMaximum.
    @inline(__always)
    private func render(_ count: Int, _ color: (UnsafePointer<UInt16>) -> SIMD4<UInt32>) {
        if let alpha = pixels.alpha { return composite(count, alpha, color) }
        scaled.withUnsafeBufferPointer { scaled in
            for index in 0..<count {
                let color = color(samples + index * pixels.samples)
                for channel in 0..<3 { colors[3 * index + channel] = scaled[Int(color[channel])] }
            }
        }
    }

    /// Alpha over the background, rounded once to 8 bits. Colours that exceed their own alpha end at white.
    @inline(__always)
    private func composite(_ count: Int, _ alpha: Int, _ color: (UnsafePointer<UInt16>) -> SIMD4<UInt32>) {
        let background = pixels.background
        let backdrop = SIMD4(UInt64(background.red), UInt64(background.green), UInt64(background.blue), 0)
        let (full, largest) = (UInt64(maximum), UInt64(colorMaximum))
        let divisor = full * largest
        for index in 0..<count {
            let pixel = UnsafePointer(samples + index * pixels.samples)
            let color = color(pixel)
            let alpha = UInt64(pixel[alpha])
            for channel in 0..<3 {
                let light = UInt64(color[channel]) * 255 * (pixels.isPremultiplied ? full : alpha)
                let sum = light + backdrop[channel] * largest * (full - alpha)
                colors[3 * index + channel] = UInt8(min((sum + divisor / 2) / divisor, 255))
            }
        }
    }
}
