/// Turns rows as the codecs deliver them into RGB of 8 bits, in place: the result is never longer than the
/// source, and each pixel is read before it is overwritten.
enum RowConversion {
    /// Alpha over the background: `c·a + b·(1 − a)`, rounded to nearest once.
    static func compositeRGBA8(_ row: UnsafeMutablePointer<UInt8>, count: Int, over background: RGBColor) {
        let backdrop = [background.red, background.green, background.blue].map(UInt32.init)
        for index in 0..<count {
            let alpha = UInt32(row[4 * index + 3])
            for channel in 0..<3 {
                let color = UInt32(row[4 * index + channel])
                let sum = color * alpha + backdrop[channel] * (255 - alpha)
                row[3 * index + channel] = UInt8((sum + 127) / 255)
            }
        }
    }

    /// 16 bits to 8, rounded to nearest: `v·255/65535` is `v/257`.
    static func reduceRGB16(_ row: UnsafeMutablePointer<UInt8>, count: Int) {
        for index in 0..<3 * count {
            row[index] = UInt8((sample(row, index) + 128) / 257)
        }
    }

    /// Alpha over the background at 16 bits, rounded to 8 once.
    static func compositeRGBA16(_ row: UnsafeMutablePointer<UInt8>, count: Int, over background: RGBColor) {
        let backdrop = [background.red, background.green, background.blue].map { UInt64($0) * 257 }
        let divisor: UInt64 = 65535 * 257
        for index in 0..<count {
            let alpha = UInt64(sample(row, 4 * index + 3))
            for channel in 0..<3 {
                let color = UInt64(sample(row, 4 * index + channel))
                let sum = color * alpha + backdrop[channel] * (65535 - alpha)
                row[3 * index + channel] = UInt8((sum + divisor / 2) / divisor)
            }
        }
    }

    /// Inverted CMYK, as Adobe writes it and as every viewer takes CMYK in JPEG: each stored value is the
    /// share of light that the ink lets through, and light passes its own ink and black.
    static func convertInvertedCMYK(_ row: UnsafeMutablePointer<UInt8>, count: Int) {
        for index in 0..<count {
            let black = UInt32(row[4 * index + 3])
            for channel in 0..<3 {
                let ink = UInt32(row[4 * index + channel])
                row[3 * index + channel] = UInt8((ink * black + 127) / 255)
            }
        }
    }

    private static func sample(_ row: UnsafeMutablePointer<UInt8>, _ index: Int) -> UInt32 {
        UInt32(row[2 * index]) << 8 | UInt32(row[2 * index + 1])
    }
}
