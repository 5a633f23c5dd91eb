extension Graph {
    /// The image, `[channels, H, W]`.
    public mutating func input(channels: Int) -> Value {
        single(.input, [], FeatureShape(channels: channels, stride: 1), label: "input")
    }

    /// A convolution of one map, or of several that are concatenated first.
    ///
    /// - Throws: ``GraphError`` if the window is not 1x1 or 3x3 or the channels do not fit.
    public mutating func convolution(
        _ inputs: Value..., by convolution: Convolution, label: String
    ) throws(GraphError) -> Value {
        let sources = inputs.map(shape(of:))
        let weights = convolution.weights.shape
        guard weights.rank == 4, weights[2] == weights[3], weights[2] == 1 || weights[2] == 3 else {
            throw mismatch(label, "weights [outputs, inputs, side, side] with side 1 or 3", "\(weights)")
        }
        guard weights.count > 0 else { throw mismatch(label, "at least one channel", "weights \(weights)") }
        guard convolution.bias.count == weights[0] else {
            throw mismatch(label, "\(weights[0]) biases", "\(convolution.bias.count)")
        }
        guard let stride = sources.first?.stride, sources.allSatisfy({ $0.stride == stride }),
            sources.map(\.channels).reduce(0, +) == weights[1]
        else { throw mismatch(label, "\(weights[1]) channels at one resolution", "\(sources)") }
        return single(
            .convolution(convolution), inputs, FeatureShape(channels: weights[0], stride: stride),
            label: label)
    }

    /// Batch normalisation with the statistics of training.
    ///
    /// - Throws: ``GraphError`` if the channels do not fit.
    public mutating func batchNormalization(
        _ input: Value, by normalization: BatchNormalization, label: String
    ) throws(GraphError) -> Value {
        guard shape(of: input).channels == normalization.scale.count else {
            throw mismatch(label, "\(normalization.scale.count) channels", "\(shape(of: input))")
        }
        return single(.batchNormalization(normalization), [input], shape(of: input), label: label)
    }

    /// max(x, 0)
    public mutating func relu(_ input: Value) -> Value {
        single(.activation(.relu), [input], shape(of: input), label: "relu")
    }

    /// 1 / (1 + exp(-x))
    public mutating func sigmoid(_ input: Value) -> Value {
        single(.activation(.sigmoid), [input], shape(of: input), label: "sigmoid")
    }

    /// The channels of all inputs, in order.
    ///
    /// - Throws: ``GraphError`` if the inputs differ in resolution.
    public mutating func concatenation(_ inputs: [Value]) throws(GraphError) -> Value {
        let shapes = inputs.map(shape(of:))
        guard let first = shapes.first, shapes.allSatisfy({ $0.stride == first.stride }) else {
            throw mismatch("concatenation", "inputs at one resolution", "\(shapes)")
        }
        let channels = shapes.map(\.channels).reduce(0, +)
        return single(
            .concatenation, inputs, FeatureShape(channels: channels, stride: first.stride),
            label: "concatenation")
    }

    /// The element-wise product.
    ///
    /// - Throws: ``GraphError`` if the inputs differ in extent.
    public mutating func product(_ left: Value, _ right: Value) throws(GraphError) -> Value {
        guard shape(of: left) == shape(of: right) else {
            throw mismatch("product", "\(shape(of: left))", "\(shape(of: right))")
        }
        return single(.multiplication, [left, right], shape(of: left), label: "product")
    }

    /// 2x2 max pooling with stride 2: the maxima and where in its window each was first found.
    public mutating func maxPooling(_ input: Value) -> (values: Value, positions: Value) {
        var pooled = shape(of: input)
        pooled.stride *= 2
        let results = append(
            .maxPooling, inputs: [input], label: "max pooling",
            producing: [
                ValueType(kind: .features, shape: pooled), ValueType(kind: .positions, shape: pooled),
            ])
        return (results[0], results[1])
    }

    /// The inverse of ``maxPooling(_:)``: values return to where the maxima were, the rest is zero.
    ///
    /// - Throws: ``GraphError`` if values and positions differ in extent.
    public mutating func maxUnpooling(_ values: Value, at positions: Value) throws(GraphError) -> Value {
        guard type(of: positions) == ValueType(kind: .positions, shape: shape(of: values)) else {
            throw mismatch("max unpooling", "positions for \(shape(of: values))", "\(type(of: positions))")
        }
        var unpooled = shape(of: values)
        guard unpooled.stride.isMultiple(of: 2) else {
            throw mismatch("max unpooling", "a map below the image's resolution", "\(unpooled)")
        }
        unpooled.stride /= 2
        return single(.maxUnpooling, [values, positions], unpooled, label: "max unpooling")
    }

    /// Bilinear enlargement to twice the sides.
    ///
    /// - Throws: ``GraphError`` if the map already has the image's resolution.
    public mutating func bilinearUpsampling(
        _ input: Value, mapping: CoordinateMapping
    ) throws(GraphError) -> Value {
        var enlarged = shape(of: input)
        guard enlarged.stride.isMultiple(of: 2) else {
            throw mismatch("bilinear upsampling", "a map below the image's resolution", "\(enlarged)")
        }
        enlarged.stride /= 2
        return single(.bilinearUpsampling(mapping), [input], enlarged, label: "bilinear upsampling")
    }

    /// The logarithm of the softmax over the channels.
    public mutating func logSoftmax(_ input: Value) -> Value {
        single(.logSoftmax, [input], shape(of: input), label: "log-softmax")
    }

    /// Division by the L2 norm over the channels.
    public mutating func unitNormalization(_ input: Value) -> Value {
        single(.unitNormalization, [input], shape(of: input), label: "unit normalisation")
    }

    private mutating func single(
        _ operation: Operation, _ inputs: [Value], _ shape: FeatureShape, label: String
    ) -> Value {
        append(
            operation, inputs: inputs, label: label, producing: [ValueType(kind: .features, shape: shape)])[0]
    }

    private func mismatch(_ label: String, _ expected: String, _ found: String) -> GraphError {
        .shapeMismatch(label: label, expected: expected, found: found)
    }
}
