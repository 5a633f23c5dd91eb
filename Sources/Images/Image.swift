/// An upright, opaque picture: interleaved sRGB, 8 bits per channel, rows from top to bottom.
public struct Image: Sendable, Equatable {
    /// The size in pixels, both sides at least 1.
    public let size: PixelSize

    /// Red, green and blue of each pixel, `3 * width * height` bytes.
    public let pixels: [UInt8]

    /// Adopts pixels. Their number must be `3 * size.area`, and neither side may be 0.
    public init(size: PixelSize, pixels: [UInt8]) {
        precondition(size.width > 0 && size.height > 0, "an image of \(size)")
        precondition(pixels.count == 3 * size.area, "\(pixels.count) bytes for an image of \(size)")
        self.size = size
        self.pixels = pixels
    }

    /// The number of columns.
    public var width: Int { size.width }

    /// The number of rows.
    public var height: Int { size.height }
}

extension Image: CustomStringConvertible {
    /// The size; not the pixels, of which there may be millions.
    public var description: String { "image of \(size)" }
}

/// The width and height of a picture or a plane, in pixels.
public struct PixelSize: Hashable, Sendable, CustomStringConvertible {
    /// The number of columns.
    public var width: Int

    /// The number of rows.
    public var height: Int

    /// A size in pixels.
    public init(width: Int, height: Int) {
        self.width = width
        self.height = height
    }

    /// The number of pixels.
    public var area: Int { width * height }

    /// Width and height as people write them, `640x480`.
    public var description: String { "\(width)x\(height)" }
}

/// An opaque sRGB colour, 8 bits per channel.
public struct RGBColor: Hashable, Sendable {
    /// The red channel.
    public var red: UInt8

    /// The green channel.
    public var green: UInt8

    /// The blue channel.
    public var blue: UInt8

    /// A colour by its channels.
    public init(red: UInt8, green: UInt8, blue: UInt8) {
        self.red = red
        self.green = green
        self.blue = blue
    }

    /// 255, 255, 255.
    public static let white = RGBColor(red: 255, green: 255, blue: 255)

    /// 0, 0, 0.
    public static let black = RGBColor(red: 0, green: 0, blue: 0)
}
