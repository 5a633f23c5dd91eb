import Images

/// The classes of the data sets that multi-task networks are trained on.
struct KnownClasses {
    /// The name of the data set, for people.
    let name: String
    let labels: [String]
    let palette: [RGBColor]

    /// The classes that a network with so many is likely to have.
    ///
    /// - Parameter isIndoor: whether other heads tell that it was trained indoors, where no network has the
    ///   classes of streets.
    static func likely(_ count: Int, isIndoor: Bool) -> KnownClasses? {
        (isIndoor ? [nyu13] : [nyu13] + streets).first { $0.labels.count == count }
    }

    /// Whether networks for streets are trained with so many classes.
    static func isStreet(_ count: Int) -> Bool { streets.contains { $0.labels.count == count } }

    private static let streets = [cityscapes7, cityscapes19, cityscapes2]

    private init(_ name: String, _ classes: KeyValuePairs<String, UInt32>) {
        self.name = name
        labels = classes.map(\.key)
        palette = classes.map { RGBColor(packed: $0.value) }
    }

    /// NYUv2 with the 13 classes of SceneNet.
    private static let nyu13 = KnownClasses(
        "NYUv2",
        [
            "bed": 0x2f6f9f, "books": 0xd9863d, "ceiling": 0xe3e1d4, "chair": 0xb5443c, "floor": 0x8a6b4f,
            "furniture": 0xc9a86a, "objects": 0x7d5ba6, "picture": 0xe377a2, "sofa": 0x3f9b74,
            "table": 0x7c8c2c, "tv": 0x1f2430, "wall": 0xa7b8c4, "window": 0x5fc3e4,
        ])

    /// The Cityscapes categories without void.
    private static let cityscapes7 = KnownClasses(
        "Cityscapes",
        [
            "flat": 0x804080, "construction": 0x464646, "object": 0xdcdc00, "nature": 0x6b8e23,
            "sky": 0x4682b4, "human": 0xdc143c, "vehicle": 0x00008e,
        ])

    /// The Cityscapes classes that are evaluated, by train id, in the data set's own colours.
    private static let cityscapes19 = KnownClasses(
        "Cityscapes",
        [
            "road": 0x804080, "sidewalk": 0xf423e8, "building": 0x464646, "wall": 0x66669c, "fence": 0xbe9999,
            "pole": 0x999999, "traffic light": 0xfaaa1e, "traffic sign": 0xdcdc00, "vegetation": 0x6b8e23,
            "terrain": 0x98fb98, "sky": 0x4682b4, "person": 0xdc143c, "rider": 0xff0000, "car": 0x00008e,
            "truck": 0x000046, "bus": 0x003c64, "train": 0x005064, "motorcycle": 0x0000e6,
            "bicycle": 0x770b20,
        ])

    /// Foreground and background, as some forks train them.
    private static let cityscapes2 = KnownClasses(
        "Cityscapes", ["background": 0x464646, "foreground": 0xdcdc00])
}
