internal import CKernels

/// A kernel without weights of its own that works on rows: pooling, resizing, element-wise functions.
struct RowKernel: Kernel {
    /// Whether the rows it is called with are those of its first source (unpooling) or of its output.
    enum Rows {
        case ofOutput, ofSource
    }

    private let rowsOf: Rows
    private let body: @Sendable (KernelArguments, mtan_range) -> Void

    init(rows: Rows = .ofOutput, _ body: @escaping @Sendable (KernelArguments, mtan_range) -> Void) {
        rowsOf = rows
        self.body = body
    }

    private func partition(_ output: MapGeometry) -> Partition {
        var geometry = output
        if rowsOf == .ofSource {
            geometry.height /= 2
            geometry.width /= 2
        }
        geometry.channels = 1
        return Partition(geometry, pixels: 2048)
    }

    func stages(_ geometry: MapGeometry) -> [Int] { [partition(geometry).itemCount] }

    func run(stage: Int, item: Int, _ arguments: KernelArguments, memory: KernelMemory) {
        body(arguments, partition(arguments.geometry).rows(item))
    }
}
