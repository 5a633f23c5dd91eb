/// A convolution with the channels of the maps it reads. Equal requests have equal packed weights: copies of one
/// convolution are told apart by what the optimiser gave them only.
struct PackingRequest: Hashable {
    let convolution: Convolution
    let sources: [Int]

    static func == (left: PackingRequest, right: PackingRequest) -> Bool {
        left.sources == right.sources && left.convolution.identity === right.convolution.identity
            && left.convolution.outputScale == right.convolution.outputScale
            && left.convolution.bias == right.convolution.bias
            && left.convolution.activation == right.convolution.activation
    }

    func hash(into hasher: inout Hasher) {
        hasher.combine(ObjectIdentifier(convolution.identity))
        hasher.combine(sources)
    }
}

extension Node {
    /// The convolutions in a node, in the order in which they are computed.
    func packingRequests(in graph: Graph) -> [PackingRequest] {
        let sources = inputs.map { graph.shape(of: $0).channels }
        return switch operation {
        case .convolution(let convolution), .pooledConvolution(let convolution):
            [PackingRequest(convolution: convolution, sources: sources)]
        case .attention(let block):
            [
                PackingRequest(convolution: block.hidden, sources: Array(sources.dropLast())),
                PackingRequest(convolution: block.mask, sources: [block.hidden.outputs]),
            ]
        default: []
        }
    }
}
