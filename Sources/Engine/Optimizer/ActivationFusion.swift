/// conv, activation → conv that applies the activation to its own results.
struct ActivationFusion: OptimizerPass {
    func replacement(for node: Node, in neighbourhood: Neighbourhood) -> Node? {
        guard case .activation(let activation) = node.operation,
            let producer = neighbourhood.soleProducer(of: node.inputs[0]),
            case .convolution(var convolution) = producer.operation,
            case .linear = convolution.activation
        else { return nil }
        convolution.activation = activation
        return Node(
            operation: .convolution(convolution), inputs: producer.inputs, outputs: node.outputs,
            label: producer.label)
    }
}
