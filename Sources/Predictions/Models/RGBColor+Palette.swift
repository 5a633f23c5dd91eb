import Images

extension RGBColor {
    /// A colour from 0xRRGGBB.
    init(packed: UInt32) {
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
