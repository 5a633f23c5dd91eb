internal import CKernels
import Glibc

/// How a padded feature map `[channels, height, width]` lies in memory; `mtan_map.h` has the contract.
struct MapGeometry: Hashable, Sendable {
    var channels: Int
    var height: Int
    var width: Int

    /// Channels in a block.
    var block: Int

    /// Bytes of one element.
    var elementBytes: Int

    /// The number of channel blocks, the last perhaps not full.
    var blockCount: Int { (channels + block - 1) / block }

    /// Pixels from one row to the next: those of the map and a zero.
    var rowStride: Int { width + 1 }

    /// Elements from the start of a channel block to its pixel (0, 0).
    var originOffset: Int { (rowStride + 1) * block }

    /// Elements from one channel block to the next: whole cache lines, and no multiple of 4096 bytes, which would
    /// map all channels of a pixel onto the same cache sets.
    var planeStride: Int {
        let needed = ((height + 2) * rowStride + 2) * block * elementBytes
        let lines = (needed + 63) / 64
        return (lines.isMultiple(of: 64) ? lines + 1 : lines) * 64 / elementBytes
    }

    /// Bytes that the map occupies.
    var byteCount: Int { blockCount * planeStride * elementBytes }

    /// The map at an address that has room for `byteCount` bytes.
    func map(at address: UnsafeMutableRawPointer) -> mtan_map {
        mtan_map(
            origin: address + originOffset * elementBytes, plane: planeStride, row: rowStride,
            channels: Int32(channels), height: Int32(height), width: Int32(width))
    }

    /// Zeros the rows above the first and below the last of every channel block of a map with this geometry.
    func clearBorderRows(of map: mtan_map) {
        let pixel = block * elementBytes
        for index in 0..<blockCount {
            let first = map.origin + index * planeStride * elementBytes - (rowStride + 1) * pixel
            memset(first, 0, (rowStride + 1) * pixel)
            memset(first + ((height + 1) * rowStride + 1) * pixel, 0, (rowStride + 1) * pixel)
        }
    }
}
