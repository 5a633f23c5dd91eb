internal import CKernels

/// The rows (and output channels) of each item.
struct Partition {
    private let rowsPerItem: Int
    private let outputsPerItem: Int
    private let geometry: MapGeometry

    /// Items of about `pixels` pixels and at most `outputs` channels, but at least eight row blocks if there
    /// are rows enough, so that the small maps of the deep levels still spread over threads.
    init(_ geometry: MapGeometry, pixels: Int) {
        self.geometry = geometry
        let eighth = (geometry.height + 7) / 8
        rowsPerItem = max(1, min(pixels / geometry.rowStride, eighth))
        outputsPerItem = geometry.channels
    }

    /// Items whose rows start at multiples of `rowStep` and outputs at multiples of `outputStep`.
    init(_ geometry: MapGeometry, pixels: Int, rowStep: Int, outputs: Int, outputStep: Int) {
        self.geometry = geometry
        rowsPerItem = max(1, pixels / geometry.rowStride / rowStep) * rowStep
        outputsPerItem = max(1, outputs / outputStep) * outputStep
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
