import CKernels
import TestSupport

/// A padded feature map that owns its memory. Everything around the pixels starts as zero, as the contract of
/// `mtan_map` wants it.
final class TestMap {
    let map: mtan_map
    private let storage: UnsafeMutablePointer<Float>

    init(channels: Int, height: Int, width: Int) {
        let row = width + 1
        let plane = (height + 2) * row + 2 + 5
        storage = .allocate(capacity: channels * plane)
        storage.initialize(repeating: 0, count: channels * plane)
        map = mtan_map(
            origin: storage + row + 1, plane: plane, row: row, channels: Int32(channels),
            height: Int32(height), width: Int32(width))
    }

    deinit { storage.deallocate() }

    convenience init(random generator: inout SplitMix64, channels: Int, height: Int, width: Int) {
        self.init(channels: channels, height: height, width: width)
        for channel in 0..<channels {
            for y in 0..<height {
                for x in 0..<width { self[channel, y, x] = Float.random(in: -1...1, using: &generator) }
            }
        }
    }

    subscript(channel: Int, y: Int, x: Int) -> Float {
        get { map.origin[channel * map.plane + y * map.row + x] }
        set { map.origin[channel * map.plane + y * map.row + x] = newValue }
    }

    /// The pixels, dense.
    var pixels: [Float] {
        (0..<Int(map.channels)).flatMap { channel in
            (0..<Int(map.height)).flatMap { y in (0..<Int(map.width)).map { x in self[channel, y, x] } }
        }
    }

    /// Whether the zero column after every row is still zero.
    var columnsAreClear: Bool {
        (0..<Int(map.channels)).allSatisfy { channel in
            (0..<Int(map.height)).allSatisfy { y in self[channel, y, Int(map.width)] == 0 }
        }
    }
}

/// The largest absolute difference between two lists of equal length.
func largestDifference(_ left: [Float], _ right: [Float]) -> Float {
    precondition(left.count == right.count)
    return zip(left, right).map { abs($0 - $1) }.max() ?? 0
}

func randomFloats(_ count: Int, using generator: inout SplitMix64) -> [Float] {
    (0..<count).map { _ in Float.random(in: -1...1, using: &generator) }
}
