/// The samples of a PNG as they are stored: class ids, depth steps, encoded vectors.
public struct PNGSamples: Sendable, Equatable {
    /// The size in pixels.
    public let size: PixelSize

    /// 1 for grey and for indices into a palette, 2 for grey with alpha, 3 for colour, 4 for colour with alpha.
    public let channels: Int

    /// 8 or 16. Fewer bits are stored as 8 with the same values.
    public let bits: Int

    /// Row by row the `channels` samples of each pixel.
    public let values: [UInt16]
}
