internal import CKernels

/// One node's computation, with its weights packed the way the C code wants them.
///
/// A kernel works in one stage or several; the next begins when the last is complete. Each splits its work into items
/// that may run in any order on any thread. The split depends on the size of the maps alone, never on the number of
/// threads, so results are the same bits for all of them.
protocol Kernel: Sendable {
    /// How many items each stage of the work on an output of this geometry has.
    func stages(_ geometry: MapGeometry) -> [Int]

    /// How many bytes of memory a thread needs while it runs an item.
    func scratchBytes(_ geometry: MapGeometry) -> Int

    /// How many bytes of memory all items share, which keep their contents between stages.
    func sharedBytes(_ geometry: MapGeometry) -> Int

    /// Computes one item of a stage.
    func run(stage: Int, item: Int, _ arguments: KernelArguments, memory: KernelMemory)
}

extension Kernel {
    func scratchBytes(_ geometry: MapGeometry) -> Int { 0 }

    func sharedBytes(_ geometry: MapGeometry) -> Int { 0 }
}

/// The memory of one call beside the maps.
struct KernelMemory {
    /// The thread's own.
    var scratch: UnsafeMutableRawPointer

    /// That of all items.
    var shared: UnsafeMutableRawPointer
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

    /// How `output` lies in memory.
    var geometry: MapGeometry

    /// Where to write pooling positions, if anybody reads them.
    var outputPositions: UnsafeMutablePointer<UInt8>?
}
