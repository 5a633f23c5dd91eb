internal import CKernels

/// How a padded feature map `[channels, height, width]` lies in memory; `mtan_map.h` has the contract.
struct MapGeometry: Hashable, Sendable {
    var channels: Int
    var height: Int
    var width: Int

    /// Floats from one row to the next: the pixels and one zero.
    var rowStride: Int { width + 1 }

    /// Floats from the start of a plane to its pixel (0, 0).
    var originOffset: Int { rowStride + 1 }

    /// Floats from one channel to the next: whole cache lines, and no multiple of 4096 bytes, which would map
    /// all channels of a pixel onto the same cache sets.
    var planeStride: Int {
        let needed = (height + 2) * rowStride + 2
        let lines = (needed + 15) / 16 * 16
        return lines.isMultiple(of: 1024) ? lines + 16 : lines
    }

    /// Floats that the map occupies.
    var floatCount: Int { channels * planeStride }
}

extension MapGeometry {
    init(of map: mtan_map) {
        self.init(channels: Int(map.channels), height: Int(map.height), width: Int(map.width))
    }

    /// The map at an address that has room for `floatCount` floats.
    func map(at address: UnsafeMutablePointer<Float>) -> mtan_map {
        mtan_map(
            origin: address + originOffset, plane: planeStride, row: rowStride, channels: Int32(channels),
            height: Int32(height), width: Int32(width))
    }
}

extension mtan_map {
    /// Zeros the rows above the first and below the last of every channel.
    func clearBorderRows() {
        for channel in 0..<Int(channels) {
            let first = origin + channel * plane - row - 1
            first.update(repeating: 0, count: row + 1)
            (first + (Int(height) + 1) * row + 1).update(repeating: 0, count: row + 1)
        }
    }

    /// Copies a dense `[channels, height, width]` in.
    func load(_ dense: UnsafeBufferPointer<Float>) {
        guard var source = dense.baseAddress else { return }
        for channel in 0..<Int(channels) {
            for y in 0..<Int(height) {
                let target = origin + channel * plane + y * row
                target.update(from: source, count: Int(width))
                target[Int(width)] = 0
                source += Int(width)
            }
        }
    }

    /// Copies the pixels out to a dense `[channels, height, width]`.
    func store(_ dense: UnsafeMutableBufferPointer<Float>) {
        guard var target = dense.baseAddress else { return }
        for channel in 0..<Int(channels) {
            for y in 0..<Int(height) {
                target.update(from: origin + channel * plane + y * row, count: Int(width))
                target += Int(width)
            }
        }
    }
}
