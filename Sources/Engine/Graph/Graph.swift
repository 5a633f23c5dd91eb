/// One operation, what it reads and what it produces.
public struct Node: Sendable {
    /// What is computed.
    public var operation: Operation

    /// What it reads.
    public var inputs: [Value]

    /// What it produces.
    public var outputs: [Value]

    /// A name for reports, such as the path of the weights.
    public var label: String
}

/// A network as a list of nodes in the order of execution, independent of the image size and of the kernels
/// that will run it.
///
/// Networks are written with the methods in `Graph+Building.swift`, each of which infers and checks the
/// shape of what it adds.
public struct Graph: Sendable {
    /// The nodes in the order of execution: every value is produced before it is read.
    public internal(set) var nodes: [Node] = []

    /// What the network returns, in order.
    public private(set) var outputs: [Value] = []

    private var types: [ValueType] = []

    /// An empty graph.
    public init() {}

    /// The kind and extent of a value.
    public func type(of value: Value) -> ValueType { types[value.index] }

    /// The extent of a value.
    public func shape(of value: Value) -> FeatureShape { types[value.index].shape }

    /// How many values have been given out; their indices are below it.
    var valueCount: Int { types.count }

    /// The image sides must be multiples of this for every map to have a whole number of pixels.
    public var sideMultiple: Int { types.map(\.shape.stride).max() ?? 1 }

    /// Declares a result of the network, a feature map. Results come out in the order of declaration.
    public mutating func output(_ value: Value) {
        precondition(type(of: value).kind == .features, "the results of a network are feature maps")
        outputs.append(value)
    }

    /// Appends a node and returns a value for each of its result types.
    mutating func append(
        _ operation: Operation, inputs: [Value], label: String, producing results: [ValueType]
    ) -> [Value] {
        // Positions are read by unpooling alone, as its second input.
        let takesPositions = if case .maxUnpooling = operation { true } else { false }
        for value in takesPositions ? inputs.prefix(1) : inputs[...] {
            precondition(type(of: value).kind == .features, "\(label) takes feature maps")
        }
        let values = results.indices.map { Value(index: types.count + $0) }
        types.append(contentsOf: results)
        nodes.append(Node(operation: operation, inputs: inputs, outputs: values, label: label))
        return values
    }
}

/// Why a node cannot be added to a graph.
public enum GraphError: Error, Sendable, CustomStringConvertible {
    /// The operation does not take inputs of these extents.
    case shapeMismatch(label: String, expected: String, found: String)

    /// The node, what it expects and what it was given.
    public var description: String {
        switch self {
        case .shapeMismatch(let label, let expected, let found):
            "\(label): expected \(expected), found \(found)"
        }
    }
}
