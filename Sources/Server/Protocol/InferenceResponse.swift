import Foundation
import Hummingbird
import NIOCore

/// The answer to an `infer` request.
struct InferenceResponse: Sendable {
    struct Output: Sendable {
        let name: String
        let datatype: String
        let shape: [Int]
        let elements: InferenceRequest.Elements
        let isBinary: Bool
    }

    let model: String
    let id: String?
    let outputs: [Output]

    /// The response: JSON, or JSON and binary tensors after it.
    func response() -> Response {
        let binaries = outputs.filter(\.isBinary).map { BinaryTensor.bytes(of: $0.elements) }
        var sizes = binaries.map(\.readableBytes)[...]
        var json = ByteBuffer()
        json.writeString("{\"model_name\":\(Self.quoted(model)),\"model_version\":\"\(ServedModel.version)\"")
        if let id { json.writeString(",\"id\":\(Self.quoted(id))") }
        json.writeString(",\"outputs\":[")
        for (index, output) in outputs.enumerated() {
            if index > 0 { json.writeString(",") }
            Self.write(output, binarySize: output.isBinary ? sizes.popFirst() : nil, to: &json)
        }
        json.writeString("]}")
        var headers: HTTPFields = [.contentType: "application/json"]
        if !binaries.isEmpty {
            headers = [
                .contentType: "application/octet-stream",
                .inferenceHeaderLength: "\(json.readableBytes)",
            ]
        }
        return Response(status: .ok, headers: headers, body: ResponseBody(parts: [json] + binaries))
    }

    private static func write(_ output: Output, binarySize: Int?, to json: inout ByteBuffer) {
        let shape = output.shape.map(String.init).joined(separator: ",")
        json.writeString(
            "{\"name\":\(quoted(output.name)),\"datatype\":\"\(output.datatype)\",\"shape\":[\(shape)],")
        if let binarySize {
            json.writeString("\"parameters\":{\"binary_data_size\":\(binarySize)}}")
            return
        }
        json.writeString("\"data\":[")
        switch output.elements {
        case .floats(let floats):
            for (index, float) in floats.enumerated() {
                if index > 0 { json.writeInteger(UInt8(ascii: ",")) }
                // JSON has no infinities.
                json.writeString(float.isFinite ? float.description : "null")
            }
        case .bytes(let elements):
            for (index, element) in elements.enumerated() {
                if index > 0 { json.writeInteger(UInt8(ascii: ",")) }
                json.writeString("\"\(Data(buffer: element).base64EncodedString())\"")
            }
        }
        json.writeString("]}")
    }

    private static func quoted(_ text: String) -> String { String(buffer: .json(text)) }
}
