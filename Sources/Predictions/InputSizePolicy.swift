import Images

/// How a photo is brought to a size that a network takes.
public enum InputSizePolicy: String, Sendable, CaseIterable {
    /// Keeps the aspect ratio, up to rounding both sides to multiples of 32, with about as many pixels as the
    /// training images.
    case keep
    /// Takes the size of the training images, whatever the photo's shape, as training did.
    case stretch

    /// The sides that any policy gives, and that a model may ask for.
    static let allowedSides = 32...4096

    /// The network's input size for a photo.
    ///
    /// - Parameters:
    ///   - photo: the upright size of the photo.
    ///   - training: the size of the training images.
    ///   - multiple: what both sides must be multiples of.
    public func size(for photo: PixelSize, training: PixelSize, multiple: Int) -> PixelSize {
        switch self {
        case .stretch:
            return PixelSize(
                width: Self.round(Double(training.width), to: multiple),
                height: Self.round(Double(training.height), to: multiple))
        case .keep:
            let scale = (Double(training.area) / Double(photo.area)).squareRoot()
            let width = Self.round(Double(photo.width) * scale, to: multiple)
            let height = Self.round(Double(photo.height) * scale, to: multiple)
            // A strip thinner than one multiple is widened; its length gives way, to keep the area bounded.
            let longest = Self.round(Double(training.area) / Double(multiple), to: multiple)
            return PixelSize(width: min(width, longest), height: min(height, longest))
        }
    }

    private static func round(_ side: Double, to multiple: Int) -> Int {
        let bounded = min(max(side, Double(allowedSides.lowerBound)), Double(allowedSides.upperBound))
        return max(Int((bounded / Double(multiple)).rounded()), 1) * multiple
    }
}
