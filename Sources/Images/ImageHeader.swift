/// What a file says about its image before any pixel is decoded.
public struct ImageHeader: Sendable, Equatable {
    /// The encoding.
    public let format: ImageFormat

    /// The size as stored.
    public let storedSize: PixelSize

    /// How the stored pixels have to be turned to stand upright.
    public let orientation: Orientation

    /// The size of the decoded, upright image.
    public var size: PixelSize {
        orientation.swapsSides
            ? PixelSize(width: storedSize.height, height: storedSize.width) : storedSize
    }
}
