internal import CKernels

/// The kernels for one instruction set, with the layout of maps and weights that they want.
struct KernelFamily: Sendable {
    /// `@unchecked Sendable`: the tables are constants of the C code.
    private struct Table: @unchecked Sendable {
        let pointer: UnsafePointer<mtan_family>
    }

    private let table: Table

    /// Those that this processor can run, the fastest first. Made ready on first use.
    static let available = (0..<mtan_family_count()).compactMap { KernelFamily(mtan_family_at($0)) }

    /// Slow ones that compute what others do on processors that have AMX: for tests.
    static let emulated = (0..<mtan_emulated_family_count()).compactMap {
        KernelFamily(mtan_emulated_family_at($0))
    }

    private init?(_ pointer: UnsafePointer<mtan_family>?) {
        guard let pointer else { return nil }
        pointer.pointee.prepare()
        table = Table(pointer: pointer)
    }

    /// The C functions and sizes.
    var functions: mtan_family { table.pointer.pointee }

    /// The instruction set.
    var isa: String { String(cString: functions.isa) }

    /// What products are made of.
    var precision: Precision {
        switch functions.precision {
        case MTAN_BF16: .bf16
        case MTAN_BF16X3: .bf16x3
        default: .fp32
        }
    }

    /// Whether there is a kernel for a convolution with pooling.
    var poolsConvolutions: Bool { functions.convolve_pooled != nil }

    /// Channels in a block of a map.
    var block: Int { Int(functions.block) }

    /// `channels` rounded up to whole blocks.
    func wholeBlocks(_ channels: Int) -> Int { (channels + block - 1) / block * block }

    /// The memory layout of a map.
    func geometry(channels: Int, height: Int, width: Int) -> MapGeometry {
        MapGeometry(
            channels: channels, height: height, width: width, block: block,
            elementBytes: Int(functions.element_bytes))
    }
}
