/// 3x3 conv, max pooling whose positions nobody reads → conv that stores the maxima alone.
struct PoolingFusion: OptimizerPass {
    func replacement(for node: Node, in neighbourhood: Neighbourhood) -> Node? {
        guard case .maxPooling = node.operation, !neighbourhood.isRead(node.outputs[1]),
            let producer = neighbourhood.soleProducer(of: node.inputs[0]),
            case .convolution(let convolution) = producer.operation, convolution.side == 3
        else { return nil }
        return Node(
            operation: .pooledConvolution(convolution), inputs: producer.inputs, outputs: node.outputs,
            label: producer.label)
    }
}
