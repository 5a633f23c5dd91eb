/// conv, batch norm → conv with scaled weights and a new bias.
///
/// The weights themselves stay where they are: the scale is kept beside them and applied by whoever packs
/// them.
struct BatchNormalizationFolding: OptimizerPass {
    func replacement(for node: Node, in neighbourhood: Neighbourhood) -> Node? {
        guard case .batchNormalization(let normalization) = node.operation,
            let producer = neighbourhood.soleProducer(of: node.inputs[0]),
            case .convolution(var convolution) = producer.operation,
            case .linear = convolution.activation
        else { return nil }
        let scale = normalization.scale
        convolution.outputScale = convolution.outputScale.map { zip($0, scale).map(*) } ?? scale
        convolution.bias = convolution.bias.indices.map { channel in
            Float(
                Double(convolution.bias[channel]) * Double(scale[channel])
                    + Double(normalization.shift[channel]))
        }
        return Node(
            operation: .convolution(convolution), inputs: producer.inputs, outputs: node.outputs,
            label: producer.label)
    }
}
