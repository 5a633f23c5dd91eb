import Images

/// How a photo is brought to a size that a network takes.
public enum InputSizePolicy: String, Sendable, CaseIterable {
    /// Keeps the aspect ratio, up to rounding both sides to multiples of the network's, with about as many
    /// pixels as the training images.
    ///
    /// A panorama of that area would have a short side that shows the network nothing (8000x500 pixels would
    /// become 768x32 with training images of 224x160). The short side is therefore at least half that of the
    /// training images: the area grows, up to four times that of the training images, and beyond that the
    /// aspect ratio gives way. With training images of 384x288 this begins at an aspect ratio of 5.3, with
    /// square ones at 4; the ratio is kept up to 21 and 16.
    case keep
    /// Takes the size of the training images, whatever the photo's shape, as training did.
    case stretch

    /// The sides that any policy gives, and that a model may ask for.
    static let allowedSides = 32...4096

    /// The share of the training images' short side that a photo's short side has at least.
    private static let shortSideShare = 0.5

    /// How many times as many pixels as the training images a strip may have.
    private static let maximumGrowth = 4.0

    /// The network's input size for a photo.
    ///
    /// - Parameters:
    ///   - photo: the upright size of the photo.
    ///   - training: the size of the training images.
    ///   - multiple: what both sides must be multiples of.
    public func size(for photo: PixelSize, training: PixelSize, multiple: Int) -> PixelSize {
        switch self {
        case .stretch:
            PixelSize(
                width: training.width.rounded(toMultipleOf: multiple),
                height: training.height.rounded(toMultipleOf: multiple))
        case .keep:
            photo.scaled(
                toArea: Double(training.area),
                shortSide: Self.shortSideShare * Double(min(training.width, training.height)),
                maximumArea: Self.maximumGrowth * Double(training.area), multiple: multiple)
        }
    }
}

extension PixelSize {
    /// The size in the same aspect ratio with about `area` pixels, in multiples of `multiple` and within
    /// ``InputSizePolicy/allowedSides``.
    ///
    /// - Parameters:
    ///   - shortSide: what the short side has at least, at the expense of the area.
    ///   - maximumArea: the largest area; where it is exceeded, the long side gives way. Default: `area`,
    ///     reached with a short side of `multiple`.
    func scaled(
        toArea area: Double, shortSide: Double = 0, maximumArea: Double? = nil, multiple: Int
    ) -> PixelSize {
        let least = Double(min(width, height))
        let scale = max((area / Double(self.area)).squareRoot(), shortSide / least)
        let short = (least * scale).rounded(toMultipleOf: multiple)
        let long = (Double(max(width, height)) * scale).rounded(toMultipleOf: multiple)
        let longest = (maximumArea.map { $0 / Double(short) } ?? area / Double(multiple))
            .rounded(toMultipleOf: multiple)
        let bounded = max(min(long, longest), short)
        return width < height
            ? PixelSize(width: short, height: bounded) : PixelSize(width: bounded, height: short)
    }
}

extension BinaryInteger {
    fileprivate func rounded(toMultipleOf multiple: Int) -> Int {
        Double(self).rounded(toMultipleOf: multiple)
    }
}

extension Double {
    /// The nearest multiple that is positive and within ``InputSizePolicy/allowedSides``.
    fileprivate func rounded(toMultipleOf multiple: Int) -> Int {
        let sides = InputSizePolicy.allowedSides
        let bounded = min(max(self, Double(sides.lowerBound)), Double(sides.upperBound))
        return max(Int((bounded / Double(multiple)).rounded()), 1) * multiple
    }
}
