import Tensors

/// A 3x3 convolution and a 1x1 convolution with nothing between → one 3x3 convolution, where that is cheaper.
///
/// The 1x1 acts on each pixel alone, so padding is not affected and the result is exact.
struct HeadFolding: OptimizerPass {
    func replacement(for node: Node, in neighbourhood: Neighbourhood) -> Node? {
        guard case .convolution(let outer) = node.operation, outer.side == 1, node.inputs.count == 1,
            let producer = neighbourhood.soleProducer(of: node.inputs[0]),
            case .convolution(let inner) = producer.operation, case .linear = inner.activation,
            outer.outputs * inner.inputs * inner.side * inner.side
                < outer.weights.shape.count + inner.weights.shape.count
        else { return nil }
        return Node(
            operation: .convolution(Self.fold(inner, into: outer)), inputs: producer.inputs,
            outputs: node.outputs, label: producer.label)
    }

    /// weights[n, c, y, x] = Σ_k outer[n, k] inner[k, c, y, x], summed in double precision.
    private static func fold(_ inner: Convolution, into outer: Convolution) -> Convolution {
        let window = inner.inputs * inner.side * inner.side
        let innerWeights = inner.scaledWeights()
        let outerWeights = outer.scaledWeights()
        var folded: [Float] = []
        var bias: [Float] = []
        folded.reserveCapacity(outer.outputs * window)
        for output in 0..<outer.outputs {
            var sums = [Double](repeating: 0, count: window)
            var shift = Double(outer.bias[output])
            for middle in 0..<outer.inputs {
                let factor = Double(outerWeights[output * outer.inputs + middle])
                shift += factor * Double(inner.bias[middle])
                for index in 0..<window {
                    sums[index] += factor * Double(innerWeights[middle * window + index])
                }
            }
            folded.append(contentsOf: sums.map { Float($0) })
            bias.append(Float(shift))
        }
        let shape: Shape = [outer.outputs, inner.inputs, inner.side, inner.side]
        return Convolution(
            weights: Tensor(shape: shape, elements: folded), bias: bias, activation: outer.activation)
    }
}

extension Convolution {
    /// The weights as 32-bit floats with ``outputScale`` applied, `[outputs, inputs, side, side]`.
    func scaledWeights() -> [Float] {
        [Float](unsafeUninitializedCapacity: weights.shape.count) { buffer, initialized in
            copyScaledWeights(into: UnsafeMutableBufferPointer(rebasing: buffer[..<weights.shape.count]))
            initialized = weights.shape.count
        }
    }

    /// Writes the weights as 32-bit floats with ``outputScale`` applied, `[outputs, inputs, side, side]`.
    func copyScaledWeights(into buffer: UnsafeMutableBufferPointer<Float>) {
        weights.copyElements(into: buffer)
        guard let outputScale else { return }
        let count = buffer.count / max(outputs, 1)
        for output in 0..<outputs {
            let scale = outputScale[output]
            for index in output * count..<(output + 1) * count { buffer[index] *= scale }
        }
    }
}
