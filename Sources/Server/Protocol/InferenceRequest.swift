import Foundation
import NIOCore

/// The body of an `infer` request of the Open Inference Protocol, version 2.
struct InferenceRequest: Sendable {
    /// The elements of a tensor.
    enum Elements: Sendable {
        case floats([Float])
        case bytes([ByteBuffer])
    }

    struct Input: Sendable {
        var name = ""
        var datatype = ""
        var shape: [Int] = []
        var binarySize: Int?
        var elements: Elements?
    }

    struct Output: Sendable {
        var name = ""
        var isBinary: Bool?
    }

    var id: String?
    var inputs: [Input] = []
    /// The outputs that are asked for; empty for the default ones.
    var outputs: [Output] = []
    /// Whether outputs that do not say otherwise are sent as binary data.
    var isBinaryOutput = false
    /// The most time that the client waits.
    var timeout: Duration?
    var size: String?
    var resize: String?

    private static let inputLimit = 16
    private static let outputLimit = 256
    /// More images than this are not taken at once; the queue may take fewer.
    static let imageLimit = 32

    /// Reads a body: JSON, or JSON of `headerLength` bytes and binary tensors after it.
    ///
    /// - Throws: ``ServerError/malformedBody(_:)`` or ``ServerError/invalid(field:expected:found:)``
    init(_ body: ByteBuffer, headerLength: Int?) throws(ServerError) {
        let length = headerLength ?? body.readableBytes
        guard (0...body.readableBytes).contains(length) else {
            throw .invalid(
                field: "Inference-Header-Content-Length",
                expected: "at most the \(body.readableBytes) bytes of the body",
                found: "\(length)")
        }
        var rest = body
        let header = rest.readBytes(length: length) ?? []
        var cursor = JSONCursor(header[...])
        try cursor.object { cursor, key throws(ServerError) in try read(key, &cursor) }
        try cursor.end()
        for index in inputs.indices { try takeBinary(for: index, from: &rest) }
        guard rest.readableBytes == 0 else {
            throw .malformedBody(
                "expected no bytes after the tensors whose binary_data_size is given, found \(rest.readableBytes)"
            )
        }
    }

    private mutating func read(_ key: String, _ cursor: inout JSONCursor) throws(ServerError) {
        switch key {
        case "id": id = try cursor.string()
        case "parameters":
            try cursor.object { cursor, name throws(ServerError) in try readParameter(name, &cursor) }
        case "inputs":
            try cursor.array { cursor throws(ServerError) in
                guard inputs.count < Self.inputLimit else {
                    throw cursor.failure("at most \(Self.inputLimit) inputs")
                }
                inputs.append(try Input(&cursor))
            }
        case "outputs":
            try cursor.array { cursor throws(ServerError) in
                guard outputs.count < Self.outputLimit else {
                    throw cursor.failure("at most \(Self.outputLimit) outputs")
                }
                outputs.append(try Output(&cursor))
            }
        default:
            throw cursor.failure(
                "id, parameters, inputs or outputs before this value, not \"\(key.clipped)\"")
        }
    }

    private mutating func readParameter(_ name: String, _ cursor: inout JSONCursor) throws(ServerError) {
        switch name {
        case "binary_data_output": isBinaryOutput = try cursor.bool()
        case "timeout":
            let microseconds = try cursor.number()
            guard microseconds > 0, microseconds < 1e12 else {
                throw .invalid(
                    field: "parameters.timeout", expected: "microseconds, above 0", found: "\(microseconds)")
            }
            timeout = .microseconds(Int64(microseconds))
        case "size": size = try cursor.string()
        case "resize": resize = try cursor.string()
        default:
            throw .invalid(
                field: "parameters", expected: "binary_data_output, timeout, size or resize",
                found: "\"\(name)\"")
        }
    }

    /// Cuts the elements of an input out of what follows the JSON.
    private mutating func takeBinary(for index: Int, from rest: inout ByteBuffer) throws(ServerError) {
        let input = inputs[index]
        guard let size = input.binarySize else {
            guard input.elements != nil else {
                throw .malformedBody("the input \(input.name.clipped) has neither data nor binary_data_size")
            }
            return
        }
        guard input.elements == nil else {
            throw .malformedBody("the input \(input.name.clipped) has both data and binary_data_size")
        }
        guard let slice = rest.readSlice(length: size) else {
            throw .malformedBody(
                "the input \(input.name.clipped) announces \(size) bytes of binary data, and \(rest.readableBytes) are left"
            )
        }
        inputs[index].elements = try BinaryTensor.elements(of: input, in: slice)
    }
}

extension InferenceRequest.Input {
    fileprivate init(_ cursor: inout JSONCursor) throws(ServerError) {
        try cursor.object { cursor, key throws(ServerError) in
            switch key {
            case "name": name = try cursor.string()
            case "datatype": datatype = try cursor.string()
            case "shape": try cursor.array { cursor throws(ServerError) in try appendSide(&cursor) }
            case "parameters":
                try cursor.object { cursor, name throws(ServerError) in
                    guard name == "binary_data_size" else {
                        throw cursor.failure("the parameter binary_data_size")
                    }
                    binarySize = try cursor.count()
                }
            case "data":
                elements =
                    try datatype == "BYTES" ? .bytes(Self.strings(&cursor)) : .floats(Self.floats(&cursor))
            default: throw cursor.failure("name, datatype, shape, parameters or data")
            }
        }
        // Data that came before its type was read as numbers, or failed: the order of keys is free in JSON.
        if datatype == "BYTES", case .floats = elements {
            throw .malformedBody("the input \(name.clipped): put \"datatype\" before \"data\"")
        }
    }

    private mutating func appendSide(_ cursor: inout JSONCursor) throws(ServerError) {
        guard shape.count < 8 else { throw cursor.failure("at most 8 dimensions") }
        shape.append(try cursor.count())
    }

    /// The numbers of an array, however deep they lie in it.
    private static func floats(_ cursor: inout JSONCursor) throws(ServerError) -> [Float] {
        var floats: [Float] = []
        func read(_ cursor: inout JSONCursor) throws(ServerError) {
            if try cursor.kind() == .array {
                try cursor.array(read)
            } else {
                floats.append(Float(try cursor.number()))
            }
        }
        guard try cursor.kind() == .array else { throw cursor.failure("an array of numbers") }
        try cursor.array(read)
        return floats
    }

    /// Images in JSON are base64 texts.
    private static func strings(_ cursor: inout JSONCursor) throws(ServerError) -> [ByteBuffer] {
        var elements: [ByteBuffer] = []
        try cursor.array { cursor throws(ServerError) in
            guard elements.count < InferenceRequest.imageLimit else {
                throw cursor.failure("at most \(InferenceRequest.imageLimit) images")
            }
            guard let data = Data(base64Encoded: try cursor.string()) else {
                throw cursor.failure("an image in base64 before this")
            }
            elements.append(ByteBuffer(data: data))
        }
        return elements
    }
}

extension InferenceRequest.Output {
    fileprivate init(_ cursor: inout JSONCursor) throws(ServerError) {
        try cursor.object { cursor, key throws(ServerError) in
            switch key {
            case "name": name = try cursor.string()
            case "parameters":
                try cursor.object { cursor, name throws(ServerError) in
                    guard name == "binary_data" else { throw cursor.failure("the parameter binary_data") }
                    isBinary = try cursor.bool()
                }
            default: throw cursor.failure("name or parameters")
            }
        }
    }
}
