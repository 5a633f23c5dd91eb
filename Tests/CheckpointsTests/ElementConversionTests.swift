import TestSupport
import Testing

@testable import enum Checkpoints.ElementConversion

@Suite("Element conversion")
struct ElementConversionTests {
    /// The float nearest to a float16 by its definition: sign, 5 bits of exponent, 10 of fraction.
    private func reference(half: UInt16) -> Float {
        let sign: Float = half & 0x8000 == 0 ? 1 : -1
        let exponent = Int(half >> 10) & 31
        let fraction = Float(half & 0x3ff)
        switch exponent {
        case 0: return sign * fraction * 0x1p-24
        case 31: return fraction == 0 ? sign * .infinity : .nan
        default: return sign * (1024 + fraction) * Float(sign: .plus, exponent: exponent - 25, significand: 1)
        }
    }

    @Test("every float16 becomes the float of the same value, and back")
    func allHalves() {
        for half in UInt16.min ... .max {
            let value = ElementConversion.float(half: half)
            let expected = reference(half: half)
            if expected.isNaN {
                #expect(value.isNaN && ElementConversion.float(half: ElementConversion.half(value)).isNaN)
            } else if value.bitPattern != expected.bitPattern || ElementConversion.half(value) != half {
                Issue.record("float16 \(half): \(value) for \(expected)")
            }
        }
    }

    @Test("floats round to the nearest float16, and halfway to the even one")
    func halfRounding() {
        for half in UInt16(0)..<0x7bff {
            let (low, high) = (reference(half: half), reference(half: half + 1))
            let middle = (low + high) / 2
            let cases: [(Float, UInt16)] = [
                (middle, half & 1 == 0 ? half : half + 1), (middle.nextDown, half), (middle.nextUp, half + 1),
            ]
            for (value, expected) in cases where ElementConversion.half(value) != expected {
                Issue.record("\(value) became \(ElementConversion.half(value)), not \(expected)")
            }
            if ElementConversion.half(-middle) != ElementConversion.half(middle) | 0x8000 {
                Issue.record("-\(middle)")
            }
        }
        #expect(ElementConversion.half(65519.996) == 0x7bff)
        #expect(ElementConversion.half(65520) == 0x7c00)
        #expect(ElementConversion.half(-.infinity) == 0xfc00)
        #expect(ElementConversion.half(1e-40) == 0)
    }

    @Test("floats round to the nearest bfloat16, and halfway to the even one")
    func bfloatRounding() {
        var random = SplitMix64(seed: 1)
        for _ in 0..<20_000 {
            let kept = UInt16.random(in: 0..<0x7f7f, using: &random)
            let low = UInt32(kept) << 16
            let even = kept & 1 == 0 ? kept : kept + 1
            let cases: [(UInt32, UInt16)] = [
                (low, kept), (low + 0x7fff, kept), (low + 0x8000, even), (low + 0x8001, kept + 1),
            ]
            for (bits, expected) in cases where ElementConversion.bfloat(Float(bitPattern: bits)) != expected
            {
                Issue.record("the bits \(bits) became \(ElementConversion.bfloat(Float(bitPattern: bits)))")
            }
        }
        #expect(ElementConversion.bfloat(.infinity) == 0x7f80)
        #expect(ElementConversion.bfloat(-.greatestFiniteMagnitude) == 0xff80)
        #expect(ElementConversion.bfloat(.nan) & 0x7fff > 0x7f80)
        #expect(ElementConversion.bfloat(Float(bitPattern: 0x7f80_0001)) & 0x7fff > 0x7f80)
    }
}
