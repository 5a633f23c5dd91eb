internal import CKernels

/// One node's computation, with its weights packed the way the C code wants them.
///
/// A kernel splits its work into items that may run in any order on any thread. The split depends on the
/// size of the maps alone, never on the number of threads, so results are the same bits for all of them.
protocol Kernel: Sendable {
    /// How many items the work on an output of this geometry has.
    func itemCount(_ geometry: MapGeometry) -> Int

    /// How many floats of scratch memory a thread needs while it runs an item.
    func scratchCount(_ geometry: MapGeometry) -> Int

    /// Computes one item.
    func run(item: Int, _ arguments: KernelArguments, scratch: UnsafeMutablePointer<Float>)
}

extension Kernel {
    func scratchCount(_ geometry: MapGeometry) -> Int { 0 }
}

/// Where a kernel reads and writes.
///
/// `@unchecked Sendable`: the pointers lie in the arena of one workspace, which outlives the run. Items of a
/// kernel write disjoint rows or channels of the outputs and only read the sources, and the plan never lets
/// an output share memory with a live source.
struct KernelArguments: @unchecked Sendable {
    /// The feature maps among the node's inputs, in order.
    var sources: [mtan_map] = []

    /// The pooling positions among the inputs.
    var sourcePositions: UnsafePointer<UInt8>?

    /// The feature map that the node produces.
    var output = mtan_map()

    /// Where to write pooling positions, if anybody reads them.
    var outputPositions: UnsafeMutablePointer<UInt8>?
}

/// The rows (and output channels) of each item.
struct Partition {
    let rowsPerItem: Int
    let outputsPerItem: Int
    let geometry: MapGeometry

    /// Items of about `pixels` pixels and at most `outputs` channels, but at least four row blocks if there
    /// are rows enough, so that the small maps of the deep levels still spread over threads.
    init(_ geometry: MapGeometry, pixels: Int, outputs: Int = .max) {
        self.geometry = geometry
        let quarter = (geometry.height + 3) / 4
        rowsPerItem = max(1, min(pixels / geometry.rowStride, quarter))
        outputsPerItem = min(outputs, geometry.channels)
    }

    private var rowItems: Int { (geometry.height + rowsPerItem - 1) / rowsPerItem }
    private var outputItems: Int { (geometry.channels + outputsPerItem - 1) / outputsPerItem }

    var itemCount: Int { rowItems * outputItems }

    /// The rows of an item. Neighbouring items share their rows, so that sources stay in the cache.
    func rows(_ item: Int) -> mtan_range {
        let first = item / outputItems * rowsPerItem
        return mtan_range(first: Int32(first), last: Int32(min(first + rowsPerItem, geometry.height)))
    }

    /// The output channels of an item.
    func outputs(_ item: Int) -> mtan_range {
        let first = item % outputItems * outputsPerItem
        return mtan_range(first: Int32(first), last: Int32(min(first + outputsPerItem, geometry.channels)))
    }
}
