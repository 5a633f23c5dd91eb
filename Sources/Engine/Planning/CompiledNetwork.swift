import Tensors

/// A network that is ready to run on images of any size: optimised, its kernels chosen and its weights
/// packed, once.
public struct CompiledNetwork: Sendable {
    /// The optimised graph.
    public let graph: Graph

    /// Bytes of packed weights.
    public let weightBytes: Int

    /// Which kernels run it.
    public let configuration: EngineConfiguration

    /// For each node its kernel; nil for the input.
    private let kernels: [(any Kernel)?]

    /// Optimises a graph, chooses kernels and packs the weights, which are not read again.
    ///
    /// - Throws: ``CompilationError`` if weights are not finite, or there is no memory for them.
    public init(
        _ graph: Graph, configuration: EngineConfiguration = .exact
    ) throws(CompilationError) {
        try self.init(
            unoptimized: Optimizer.optimize(graph, for: configuration), configuration: configuration)
    }

    /// Takes the graph as it is, so that tests can hold the optimiser against it.
    init(
        unoptimized graph: Graph, configuration: EngineConfiguration = .exact
    ) throws(CompilationError) {
        self.graph = graph
        self.configuration = configuration
        let library = try KernelLibrary(packing: graph, for: configuration.family)
        var kernels: [(any Kernel)?] = []
        for node in graph.nodes { kernels.append(try library.kernel(for: node, in: graph)) }
        self.kernels = kernels
        weightBytes = library.weightBytes
    }

    /// Lays out the memory and the work for images of one size.
    ///
    /// - Throws: ``PlanError`` if the sides are not positive multiples of the network's ``Graph/sideMultiple``
    ///   or so large that their memory cannot be counted.
    public func plan(height: Int, width: Int) throws(PlanError) -> Plan {
        let multiple = graph.sideMultiple
        guard height > 0, width > 0, height.isMultiple(of: multiple), width.isMultiple(of: multiple),
            height <= Plan.maximumSide, width <= Plan.maximumSide
        else { throw .unsupportedSize(height: height, width: width, multiple: multiple) }
        return Plan(
            graph: graph, kernels: kernels, family: configuration.family, height: height, width: width)
    }
}

/// Why a network cannot be made ready to run.
public enum CompilationError: Error, Equatable, Sendable, CustomStringConvertible {
    /// A weight, or what becomes of it with its batch norm, is infinite or not a number.
    case notFinite(label: String)
    /// The system refused the memory for the weights.
    case outOfMemory(bytes: Int)

    /// What is wrong, and the way out.
    public var description: String {
        switch self {
        case .notFinite(let label):
            "\(label): expected finite weights, found infinite ones or NaN (batch norm included); the training "
                + "that wrote them diverged, so take an earlier checkpoint"
        case .outOfMemory(let bytes): "cannot get \(bytes >> 20) MiB of memory for the weights"
        }
    }
}

/// Why a plan cannot be made or run.
public enum PlanError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The image sides do not fit the network.
    case unsupportedSize(height: Int, width: Int, multiple: Int)
    /// The input tensor is not what the plan was made for.
    case wrongInput(expected: Shape, found: Shape)

    /// What was expected and what was found.
    public var description: String {
        switch self {
        case .unsupportedSize(let height, let width, let multiple):
            """
            the network takes images whose sides are multiples of \(multiple), \(multiple) to \
            \(Plan.maximumSide); \(width) x \(height) is not
            """
        case .wrongInput(let expected, let found):
            "the plan takes an input of \(expected); found \(found)"
        }
    }
}
