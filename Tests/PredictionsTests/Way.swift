import Foundation
import TestSupport

/// A way in which people save checkpoints, and what is right for it: an entry of `ways.json`.
struct Way: Decodable, Sendable, CustomStringConvertible {
    let file: String
    let title: String
    let loads: Bool
    /// What is found out about the place of the network.
    let wrapper: String?
    let prefix: String?
    /// What `--weights` must say.
    let key: String?
    /// Parts of the names of classes that are reported.
    let classes: [String]?
    /// What is listed as not read.
    let beside: [String]?
    let remark: String?
    /// What the error says.
    let words: [String]?
    /// `predict` if the error comes with the first photo only.
    let when: String?

    var description: String { "\(file): \(title)" }

    var path: String { fixtureURL("ways/\(file)").path }

    /// All of them.
    static let all: [Way] = {
        guard let data = try? Data(contentsOf: fixtureURL("ways/ways.json")) else { return [] }
        return (try? JSONDecoder().decode([Way].self, from: data)) ?? []
    }()
}
