import Images
import Networks

extension ModelDescription {
    /// What is known about a bare checkpoint, by the tasks that it has: the conventions of lorenmt/mtan for
    /// NYUv2 where there are 13 classes or normals, and for Cityscapes otherwise.
    public init(recognizing network: Network, name: String, weights: String) {
        let classes = network.heads.first { $0.kind == .segmentation }?.channels
        let isIndoor = classes == 13 || network.heads.contains { $0.kind == .normals }
        self.name = name
        summary = nil
        architecture = network.architecture
        self.weights = weights
        input = InputDescription(
            size: isIndoor ? PixelSize(width: 384, height: 288) : PixelSize(width: 256, height: 128))
        tasks = network.heads.map { TaskDescription(recognizing: $0, isIndoor: isIndoor) }
    }
}

extension TaskDescription {
    /// x to the right, y into the scene, z up, as the normals of NYUv2 are stored.
    static let nyuAxes = ["right", "into the scene", "up"]

    fileprivate init(recognizing head: TaskHead, isIndoor: Bool) {
        name = head.name
        switch head.kind {
        case .segmentation:
            let known = KnownClasses.all.first { $0.labels.count == head.channels }
            output = .segmentation(
                labels: known?.labels ?? (0..<head.channels).map { "class \($0)" },
                palette: known?.palette ?? RGBColor.distinct(head.channels))
        case .depth:
            let unit: DepthUnit = isIndoor ? .metric : .inverse
            output = .depth(unit: unit, scale: unit.defaultScale)
        case .normals:
            output = .normals(axes: Self.nyuAxes)
        }
    }
}

extension DepthUnit {
    /// Millimetres for metres; for inverse depth, which is small, a tenth of that step.
    var defaultScale: Double {
        switch self {
        case .metric: 1000
        case .inverse: 10000
        }
    }
}

/// The classes of the data sets that MTAN is trained on.
private struct KnownClasses {
    let labels: [String]
    let palette: [RGBColor]

    static let all = [nyu13, cityscapes7, cityscapes19, cityscapes2]

    private init(_ classes: KeyValuePairs<String, UInt32>) {
        labels = classes.map(\.key)
        palette = classes.map { RGBColor(packed: $0.value) }
    }

    /// NYUv2 with the 13 classes of SceneNet.
    private static let nyu13 = KnownClasses([
        "bed": 0x2f6f9f, "books": 0xd9863d, "ceiling": 0xe3e1d4, "chair": 0xb5443c, "floor": 0x8a6b4f,
        "furniture": 0xc9a86a, "objects": 0x7d5ba6, "picture": 0xe377a2, "sofa": 0x3f9b74,
        "table": 0x7c8c2c, "tv": 0x1f2430, "wall": 0xa7b8c4, "window": 0x5fc3e4,
    ])

    /// The Cityscapes categories without void.
    private static let cityscapes7 = KnownClasses([
        "flat": 0x804080, "construction": 0x464646, "object": 0xdcdc00, "nature": 0x6b8e23,
        "sky": 0x4682b4, "human": 0xdc143c, "vehicle": 0x00008e,
    ])

    /// The Cityscapes classes that are evaluated, by train id, in the data set's own colours.
    private static let cityscapes19 = KnownClasses([
        "road": 0x804080, "sidewalk": 0xf423e8, "building": 0x464646, "wall": 0x66669c, "fence": 0xbe9999,
        "pole": 0x999999, "traffic light": 0xfaaa1e, "traffic sign": 0xdcdc00, "vegetation": 0x6b8e23,
        "terrain": 0x98fb98, "sky": 0x4682b4, "person": 0xdc143c, "rider": 0xff0000, "car": 0x00008e,
        "truck": 0x000046, "bus": 0x003c64, "train": 0x005064, "motorcycle": 0x0000e6, "bicycle": 0x770b20,
    ])

    private static let cityscapes2 = KnownClasses(["background": 0x464646, "foreground": 0xdcdc00])
}

extension RGBColor {
    /// A colour from 0xRRGGBB.
    fileprivate init(packed: UInt32) {
        self.init(
            red: UInt8(packed >> 16 & 0xff), green: UInt8(packed >> 8 & 0xff), blue: UInt8(packed & 0xff))
    }

    /// A colour from `#RRGGBB` or `RRGGBB`; nil if it is neither.
    public init?(hexadecimal text: String) {
        let digits = text.hasPrefix("#") ? text.dropFirst() : Substring(text)
        guard digits.utf8.count == 6, digits.allSatisfy(\.isHexDigit), let packed = UInt32(digits, radix: 16)
        else { return nil }
        self.init(packed: packed)
    }

    /// `#RRGGBB`
    public var hexadecimal: String {
        "#"
            + [red, green, blue].map { channel in
                let digits = String(channel, radix: 16, uppercase: true)
                return channel < 16 ? "0" + digits : digits
            }.joined()
    }

    /// Colours that differ in hue by the golden angle and alternate in brightness.
    static func distinct(_ count: Int) -> [RGBColor] {
        (0..<count).map { index in
            let hue = (Double(index) * 0.618_034).truncatingRemainder(dividingBy: 1)
            return RGBColor(hue: hue, saturation: 0.55, value: [0.9, 0.65, 0.45][index % 3])
        }
    }

    private init(hue: Double, saturation: Double, value: Double) {
        func channel(_ offset: Double) -> UInt8 {
            let k = (offset + hue * 6).truncatingRemainder(dividingBy: 6)
            return UInt8((255 * value * (1 - saturation * max(0, min(k, 4 - k, 1)))).rounded())
        }
        self.init(red: channel(5), green: channel(3), blue: channel(1))
    }
}
