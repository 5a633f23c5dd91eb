/// 1x1 conv + ReLU, 1x1 conv + sigmoid, product → one attention block, so that neither the hidden features
/// nor the mask ever reach main memory.
struct AttentionFusion: OptimizerPass {
    func replacement(for node: Node, in neighbourhood: Neighbourhood) -> Node? {
        guard case .multiplication = node.operation else { return nil }
        for (factor, gate) in [(0, 1), (1, 0)] {
            guard let maskNode = neighbourhood.soleProducer(of: node.inputs[factor]),
                case .convolution(let mask) = maskNode.operation, mask.side == 1,
                case .sigmoid = mask.activation, maskNode.inputs.count == 1,
                let hiddenNode = neighbourhood.soleProducer(of: maskNode.inputs[0]),
                case .convolution(let hidden) = hiddenNode.operation, hidden.side == 1,
                case .relu = hidden.activation
            else { continue }
            return Node(
                operation: .attention(AttentionBlock(hidden: hidden, mask: mask)),
                inputs: hiddenNode.inputs + [node.inputs[gate]], outputs: node.outputs,
                label: hiddenNode.label)
        }
        return nil
    }
}
