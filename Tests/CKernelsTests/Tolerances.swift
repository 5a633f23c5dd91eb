import CKernels

/// How far a family's results may be from the naive ones, which start from what the family holds in its maps and
/// packed weights.
extension Family {
    /// The largest relative error of a value that a map of so many channels takes.
    func elementError(channels: Int) -> Float {
        switch functions.precision {
        case MTAN_BF16: channels <= Int(functions.block) / 2 ? 0x1p-16 : 0x1p-8
        case MTAN_BF16X3: 0x1p-16
        default: 0
        }
    }

    /// The largest error of sums of up to 9 * 130 products in -1...1, after an activation: reordered sums, short
    /// series for exponentials, and products of two second parts left out.
    var productError: Float {
        switch functions.precision {
        case MTAN_BF16: 3e-4
        case MTAN_BF16X3: 5e-4
        default: 1e-4
        }
    }

    /// What the products read when a weight has been packed that meets a source of so many channels.
    func packed(_ weight: Float, channels: Int) -> Float {
        let first = nearestBFloat16(weight)
        return switch functions.precision {
        case MTAN_BF16 where channels > Int(functions.block) / 2: first
        case MTAN_BF16: first + nearestBFloat16(weight - first)
        case MTAN_BF16X3: first + nearestBFloat16(weight - first)
        default: weight
        }
    }
}

/// Rounds to the nearest number with 8 significant bits, ties to even.
private func nearestBFloat16(_ value: Float) -> Float {
    let bits = value.bitPattern
    return Float(bitPattern: (bits + 0x7fff + (bits >> 16) & 1) & 0xffff_0000)
}

/// The largest absolute difference between two lists of equal length.
func largestDifference(_ left: [Float], _ right: [Float]) -> Float { largestError(left, right, relative: 0) }

/// The largest absolute difference beyond the `relative` error of `expected` that is allowed anyway.
func largestError(_ found: [Float], _ expected: [Float], relative: Float) -> Float {
    precondition(found.count == expected.count)
    return zip(found, expected).map { abs($0 - $1) - relative * abs($1) }.max() ?? 0
}
