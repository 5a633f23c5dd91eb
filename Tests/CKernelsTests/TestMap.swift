import CKernels
import Foundation
import TestSupport
import Testing

/// A kernel family, with its name for reports.
struct Family: Sendable, CustomTestStringConvertible {
    /// `@unchecked Sendable`: the table is a constant of the C code.
    private struct Table: @unchecked Sendable {
        let pointer: UnsafePointer<mtan_family>
    }

    private let table: Table

    /// Those that this processor can run or emulate.
    static let available: [Family] =
        (0..<mtan_family_count()).compactMap { Family(mtan_family_at($0)) }
        + (0..<mtan_emulated_family_count()).compactMap { Family(mtan_emulated_family_at($0)) }

    private init?(_ pointer: UnsafePointer<mtan_family>?) {
        guard let pointer else { return nil }
        pointer.pointee.prepare()
        table = Table(pointer: pointer)
    }

    var functions: mtan_family { table.pointer.pointee }

    var testDescription: String {
        switch functions.precision {
        case MTAN_BF16: "bf16 on \(String(cString: functions.isa))"
        case MTAN_BF16X3: "bf16x3 on \(String(cString: functions.isa))"
        default: String(cString: functions.isa)
        }
    }

    func wholeBlocks(_ channels: Int) -> Int {
        let block = Int(functions.block)
        return (channels + block - 1) / block * block
    }
}

/// A padded feature map that owns its memory, in the layout of a family. Everything around the pixels starts as
/// zero, as the contract of `mtan_map` wants it, and everything beyond that as a value that must not be read.
final class TestMap {
    let map: mtan_map
    private let family: Family
    private let storage: UnsafeMutableRawPointer

    init(_ family: Family, channels: Int, height: Int, width: Int) {
        let block = Int(family.functions.block), size = Int(family.functions.element_bytes)
        let row = width + 1
        let line = ((height + 2) * row + 2) * block * size
        let plane = (line + 63) / 64 * 64 + 64
        let planes = family.wholeBlocks(channels) / block
        storage = .allocate(byteCount: planes * plane + 64, alignment: 64)
        storage.initializeMemory(as: UInt8.self, repeating: 0xff, count: planes * plane + 64)
        for index in 0..<planes { memset(storage + index * plane, 0, line) }
        map = mtan_map(
            origin: storage + (row + 1) * block * size, plane: plane / size, row: row,
            channels: Int32(channels), height: Int32(height), width: Int32(width))
        self.family = family
    }

    deinit { storage.deallocate() }

    convenience init(_ family: Family, channels: Int, height: Int, width: Int, pixels: [Float]) {
        self.init(family, channels: channels, height: height, width: width)
        precondition(pixels.count == channels * height * width)
        family.functions.read_dense(pixels, map, mtan_range(first: 0, last: Int32(height)))
    }

    /// The pixels, dense.
    var pixels: [Float] {
        let count = Int(map.channels * map.height * map.width)
        return [Float](unsafeUninitializedCapacity: count) { buffer, initialized in
            family.functions.write_dense(map, buffer.baseAddress, allRows)
            initialized = count
        }
    }

    var allRows: mtan_range { mtan_range(first: 0, last: map.height) }

    /// Whether the zero column after every row is still zero, in every channel of every block.
    var columnsAreClear: Bool {
        let pixel = Int(family.functions.block * family.functions.element_bytes)
        let planes = family.wholeBlocks(Int(map.channels)) / Int(family.functions.block)
        return (0..<planes).allSatisfy { index in
            (0..<Int(map.height)).allSatisfy { y in
                let plane = map.origin + index * map.plane * Int(family.functions.element_bytes)
                let column = plane + (y * map.row + Int(map.width)) * pixel
                return UnsafeRawBufferPointer(start: column, count: pixel).allSatisfy { $0 == 0 }
            }
        }
    }
}

/// A dense map [channels, height, width] for the naive kernels.
struct DenseMap {
    var channels: Int, height: Int, width: Int
    var pixels: [Float]

    init(channels: Int, height: Int, width: Int, pixels: [Float]? = nil) {
        (self.channels, self.height, self.width) = (channels, height, width)
        self.pixels = pixels ?? [Float](repeating: 0, count: channels * height * width)
    }

    mutating func withMap<Result>(_ body: (mtan_map) -> Result) -> Result {
        let (channels, height, width) = (Int32(channels), Int32(height), Int32(width))
        return pixels.withUnsafeMutableBytes { bytes in
            body(
                mtan_map(
                    origin: bytes.baseAddress, plane: Int(height * width), row: Int(width),
                    channels: channels,
                    height: height, width: width))
        }
    }
}

func randomFloats(_ count: Int, using generator: inout SplitMix64) -> [Float] {
    (0..<count).map { _ in Float.random(in: -1...1, using: &generator) }
}
