import Checkpoints
import Foundation
import TestSupport

/// What PyTorch read from a fixture, as `make_checkpoints.py` wrote it down.
struct ExpectedCheckpoint: Decodable, Sendable {
    struct Tensor: Decodable, Sendable {
        let name: String
        let shape: [Int]
        let type: String
        /// The bit patterns of the elements as float32, 8 hexadecimal digits each.
        let bits: String

        /// The same as numbers.
        var bitPatterns: [UInt32] {
            let digits = Array(bits.utf8)
            return stride(from: 0, to: digits.count, by: 8).compactMap { start in
                UInt32(String(decoding: digits[start..<start + 8], as: UTF8.self), radix: 16)
            }
        }
    }

    let format: String
    let wrapper: String?
    let prefix: String?
    let others: [String]
    let metadata: [String: String]
    let tensors: [Tensor]

    /// The path of the state dict in the file.
    var root: String {
        [wrapper, prefix.map { String($0.dropLast()) }].compactMap(\.self).joined(separator: ".")
    }

    /// All of them, by file name.
    static func all() throws -> [String: ExpectedCheckpoint] {
        let data = try Data(contentsOf: fixtureURL("checkpoints/expected.json"))
        return try JSONDecoder().decode([String: ExpectedCheckpoint].self, from: data)
    }

    /// The names of all fixtures, in a fixed order.
    static let names: [String] = ((try? all()) ?? [:]).keys.sorted()
}

extension Checkpoint {
    /// The tensors of the whole file that can be read.
    var tensors: [StoredTensor] { (try? stateDict().tensors) ?? [] }

    /// The tensor of a path.
    subscript(name: String) -> StoredTensor? { tensors.first { $0.name == name } }
}
