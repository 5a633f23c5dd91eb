/// concatenation, conv → conv that reads the parts, so that they are never copied together.
struct ConcatenationElimination: OptimizerPass {
    func replacement(for node: Node, in neighbourhood: Neighbourhood) -> Node? {
        guard case .convolution = node.operation else { return nil }
        let parts = node.inputs.flatMap { input -> [Value] in
            guard let producer = neighbourhood.producer(of: input),
                case .concatenation = producer.operation
            else { return [input] }
            return producer.inputs
        }
        guard parts != node.inputs else { return nil }
        var rewritten = node
        rewritten.inputs = parts
        return rewritten
    }
}
