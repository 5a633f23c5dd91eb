import Checkpoints
import Testing

@Suite("Safetensors files that are wrong on purpose")
struct HostileSafetensorsTests {
    private func open(_ header: String, data: Int = 8, length: UInt64? = nil) throws -> Checkpoint {
        let bytes = TestPickle.little(length ?? UInt64(header.utf8.count)) + Array(header.utf8)
        return try Checkpoint(bytes: bytes + [UInt8](repeating: 0, count: data), name: "x.safetensors")
    }

    private static let good = #"{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#

    @Test("white space, the order of the fields and escapes do not matter")
    func freedom() throws {
        let headers = [
            Self.good, Self.good + "   ",
            #"{ "w" : { "shape" : [ 2 ] , "data_offsets":[ 0 , 8 ],"dtype":"F32" } }"#,
            #"{"\u0077":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#,
            #"{"__metadata__":{},"w":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]}}"#,
        ]
        for header in headers { #expect(try open(header)["w"]?.shape.count == 2) }
        #expect(
            try open(#"{"\ud83d\ude00\n":{"dtype":"U8","shape":[8],"data_offsets":[0,8]}}"#)["😀\n"]?.name
                == "😀\n")
    }

    @Test("a header length that is not that of the header is an error")
    func headerLength() {
        let length = UInt64(Self.good.utf8.count)
        for wrong in [0, 1, length - 1, length + 1, length + 8, length + 9, 1 << 26, 1 << 32, 1 << 63, .max] {
            #expect(throws: CheckpointError.self) { try open(Self.good, length: wrong) }
        }
    }

    @Test(
        "headers that are no headers are errors",
        arguments: [
            "{", "{}x", "{]", "{,}", #"{"w"}"#, #"{"w":1}"#, #"{"w":null}"#, #"{"w":{}}"#, #"{"w":[]}"#,
            #"{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},}"#,
            #"{"w":{"dtype":"F32","shape":[2,],"data_offsets":[0,8]}}"#,
            #"{"w":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}"#,
            #"{"w":{"dtype":"F32","shape":[2.0],"data_offsets":[0,8]}}"#,
            #"{"w":{"dtype":"F32","shape":[2e0],"data_offsets":[0,8]}}"#,
            #"{"w":{"dtype":"F32","shape":[[2]],"data_offsets":[0,8]}}"#,
            #"{"w":{"dtype":"F32","shape":[99999999999999999999],"data_offsets":[0,8]}}"#,
            #"{"w":{"dtype":"F32","shape":[4611686018427387904,4,2],"data_offsets":[0,8]}}"#,
            #"{"w":{"dtype":"F32","shape":[0,9223372036854775807],"data_offsets":[0,8]}}"#,
            #"{"w":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}"#,
            #"{"w":{"dtype":"F32","shape":[1],"data_offsets":[0,8]}}"#,
            #"{"w":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}"#,
            #"{"w":{"dtype":"F32","shape":[2],"data_offsets":[8,16]}}"#,
            #"{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8,8]}}"#,
            #"{"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#,
            #"{"w":{"dtype":"F32","shape":[2],"data_offsets":[0]}}"#,
            #"{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8],"more":1}}"#,
            #"{"w":{"dtype":"F32","dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#,
            #"{"w":{"dtype":"F32","shape":[2]}}"#,
            #"{"__metadata__":{"a":1},"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#,
            #"{"\ud800":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#,
            #"{"\x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#,
            "{\"\n\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}",
        ])
    func malformed(header: String) {
        #expect(throws: CheckpointError.self) { try open(header) }
    }

    @Test(
        "a tensor of elements that are no weights is read when nobody asks for it, and named when somebody does",
        arguments: ["C64", "F8_E4M3", "I64"])
    func unreadElements(type: String) throws {
        let size = ["C64": 1, "F8_E4M3": 8, "I64": 1][type] ?? 0
        let weights = try open(
            "{\"w\":{\"dtype\":\"\(type)\",\"shape\":[\(size)],\"data_offsets\":[0,8]}}"
        ).stateDict().weights()
        let error = try #require(throws: CheckpointError.self) { try weights.tensor("w", [size]) }
        #expect("\(error)".contains(type == "I64" ? "int64" : type))
    }

    @Test("two tensors may neither overlap, nor leave a hole, nor share a name")
    func coverage() throws {
        func pair(_ first: String, _ second: String, names: [String] = ["a", "b"]) -> String {
            #"{"\#(names[0])":{"dtype":"F32","shape":[1],"data_offsets":[\#(first)]},"#
                + #""\#(names[1])":{"dtype":"F32","shape":[1],"data_offsets":[\#(second)]}}"#
        }
        #expect(try open(pair("4,8", "0,4")).tensors.map(\.name) == ["a", "b"])
        #expect(throws: CheckpointError.self) { try open(pair("0,4", "0,4")) }
        #expect(throws: CheckpointError.self) { try open(pair("0,4", "3,7")) }
        #expect(throws: CheckpointError.self) { try open(pair("0,4", "4,8"), data: 12) }
        #expect(throws: CheckpointError.self) { try open(pair("0,4", "8,12"), data: 12) }
        #expect(throws: CheckpointError.duplicateName(file: "x.safetensors", name: "a")) {
            try open(pair("0,4", "4,8", names: ["a", "a"]))
        }
    }

    @Test("arrays and objects nested without end are errors, not a stack overflow")
    func nesting() {
        for opening in [#"{"w":"#, #"{"w":{"shape":["#] {
            let header = opening + String(repeating: "[", count: 500_000)
            #expect(throws: CheckpointError.self) { try open(header) }
        }
    }
}
