/// What depth is multiplied by before it is rounded to the 16 bits of a PNG, instead of the model's own scale.
public enum DepthScale: Sendable, Equatable {
    /// A number, up to 1e9.
    case fixed(Double)
    /// The model's own scale where the largest depth of the map fits, or else a power of ten times less:
    /// 100 instead of 1000 for a map that reaches 80 metres.
    case automatic

    /// A scale written as a number, or `auto`; nil if it is neither.
    public init?(_ text: String) {
        if text == "auto" {
            self = .automatic
        } else if let scale = Double(text), scale > 0, scale <= 1e9, 1 / scale <= 1e9 {
            self = .fixed(scale)
        } else {
            return nil
        }
    }

    /// What is expected of ``init(_:)``, for messages.
    public static let expected = "auto, or a number of 1e-9 to 1e9"
}

/// How the depth of a PNG file was written, and what did not fit.
public struct DepthEncoding: Sendable, Equatable {
    /// The largest step of 16 bits.
    static let maximumStep = 65535.0

    /// Pixels are depth times this, rounded; 0 means no value.
    public let scale: Double

    /// The largest depth that the scale can hold.
    public var maximum: Double { Self.maximumStep / scale }

    /// The pixels with a larger depth. They are written as the largest.
    public internal(set) var saturatedPixels = 0

    /// The pixels whose depth is negative, or rounds to 0. They are written as 0, like those without a value.
    public internal(set) var lostPixels = 0

    init(scale: Double) { self.scale = scale }
}

extension DepthEncoding {
    /// What did not fit, in words; nil if all did.
    ///
    /// - Parameter task: the task's name.
    func warning(_ task: String) -> String? {
        var parts: [String] = []
        if saturatedPixels > 0 {
            parts.append(
                "\(Self.pixels(saturatedPixels)) beyond \(maximum.plain), the largest depth at scale "
                    + "\(scale.plain), and written as that; choose a smaller depth scale, or auto")
        }
        if lostPixels > 0 {
            parts.append(
                "\(Self.pixels(lostPixels)) negative or below half a step of \((1 / scale).plain), and written "
                    + "as 0, no value")
        }
        return parts.isEmpty ? nil : "\(task): \(parts.joined(separator: "; "))"
    }

    private static func pixels(_ count: Int) -> String { count == 1 ? "1 pixel is" : "\(count) pixels are" }
}

extension DepthScale {
    /// The scale for a map, from the values of the network's output. Enlarging does not exceed them.
    static func resolve(_ scale: DepthScale?, model: Double, values: some Sequence<Float>) -> Double {
        switch scale {
        case nil: return model
        case .fixed(let scale): return scale
        case .automatic:
            let largest = Double(values.lazy.filter(\.isFinite).max() ?? 0)
            var divisor = 1.0
            while largest * (model / divisor) >= DepthEncoding.maximumStep + 0.5 { divisor *= 10 }
            return model / divisor
        }
    }
}

extension Double {
    /// The shortest digits, without a fraction where there is none: `1000`, `65.535`, `0.001`.
    var plain: String {
        rounded() == self && abs(self) < 1e15 ? "\(Int(self))" : "\(self)"
    }
}
