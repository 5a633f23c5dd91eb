extension Graph {
    /// Multiply-accumulate operations of all convolutions for an image of `[3, height, width]`.
    public func multiplyAccumulates(height: Int, width: Int) -> Int {
        nodes.map { multiplyAccumulates(of: $0, height: height, width: width) }.reduce(0, +)
    }

    /// Multiply-accumulate operations of one node for an image of `[3, height, width]`.
    public func multiplyAccumulates(of node: Node, height: Int, width: Int) -> Int {
        let stride = shape(of: node.outputs[0]).stride
        let pixels = (height / stride) * (width / stride)
        return switch node.operation {
        case .convolution(let convolution): convolution.weights.shape.count * pixels
        case .pooledConvolution(let convolution): 4 * convolution.weights.shape.count * pixels
        case .attention(let block):
            (block.hidden.weights.shape.count + block.mask.weights.shape.count) * pixels
        default: 0
        }
    }
}
