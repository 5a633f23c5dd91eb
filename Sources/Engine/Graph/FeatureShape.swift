/// The shape of a feature map in a network that takes images of any size.
///
/// For an image of `[3, H, W]` the map is `[channels, H / stride, W / stride]`.
public struct FeatureShape: Hashable, Sendable, CustomStringConvertible {
    /// The number of channels.
    public var channels: Int

    /// How many image pixels one pixel of the map spans, along either side.
    public var stride: Int

    /// A map with `channels` channels at 1 / `stride` of the image's resolution.
    public init(channels: Int, stride: Int) {
        self.channels = channels
        self.stride = stride
    }

    /// For messages: `64 channels at 1/4`.
    public var description: String { "\(channels) channels at 1/\(stride)" }
}

/// A handle to something a node computes; valid in the graph that gave it out.
public struct Value: Hashable, Sendable {
    let index: Int
}

/// What a value is.
public struct ValueType: Hashable, Sendable {
    /// The kind of the elements.
    public enum Kind: Sendable {
        /// A feature map of numbers.
        case features
        /// For each pooled pixel, the place of its maximum in the 2x2 window.
        case positions
    }

    /// The kind of the elements.
    public var kind: Kind

    /// The extent, relative to the image.
    public var shape: FeatureShape
}
