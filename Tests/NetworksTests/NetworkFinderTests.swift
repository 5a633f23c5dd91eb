import Checkpoints
import Foundation
import Networks
import Tensors
import TestSupport
import Testing

@Suite("Finding a network in a checkpoint")
struct NetworkFinderTests {
    private let small = StateDict(filters: [2, 2, 2, 2, 2], heads: [1])

    /// A safetensors file of the small network under each prefix, beside other tensors.
    private func checkpoint(_ prefixes: [String], beside: [String] = []) throws -> Checkpoint {
        let folder = try TemporaryFolder()
        var dict = small
        dict.parameters =
            prefixes.flatMap { prefix in small.parameters.map { (prefix + $0.name, $0.shape) } }
            + beside.map { ($0, [2]) }
        try dict.write(to: folder.url("x.safetensors").path)
        return try Checkpoint(contentsOf: folder.url("x.safetensors").path)
    }

    @Test(
        "a network is found behind any prefix",
        arguments: ["", "a.", "any.thing.at.all.", "encoder.", "1.2."])
    func anyPrefix(prefix: String) throws {
        let found = try NetworkCatalog.network(in: checkpoint([prefix], beside: ["zz.w"]))
        #expect(found.weights.root == prefix.dropLast())
        #expect(found.network.heads.count == 1)
        #expect(found.alternatives.isEmpty)
    }

    @Test("a network inside another's names is not a second one")
    func nested() throws {
        let found = try NetworkCatalog.network(in: checkpoint(["", "teacher."]))
        #expect(found.weights.root.isEmpty)
        #expect(found.network.unread.contains("teacher.encoder_block.0.0.weight"))
    }

    @Test("a network inside another, and the second of two with the same tensors, can be chosen by name")
    func nestedChoice() throws {
        let nested = try NetworkCatalog.network(in: checkpoint(["", "teacher."]), at: "teacher")
        #expect(nested.weights.root == "teacher")
        let same = try Checkpoint(contentsOf: fixtureURL("ways/choice.same.pth").path)
        #expect(try NetworkCatalog.network(in: same, at: "best").weights.root == "best")
    }

    @Test("names that look like a network's, and many others of its kind, do not hide the one that is meant")
    func crowd() throws {
        let strays = (0..<40).map { "x\($0).encoder_att.y" }
        #expect(try NetworkCatalog.network(in: checkpoint(["z."], beside: strays)).weights.root == "z")
        let many = try checkpoint((0..<40).map { "history.\($0)." } + ["net."])
        #expect(try NetworkCatalog.network(in: many, at: "net").weights.root == "net")
        #expect(throws: NetworkError.self) { try NetworkCatalog.network(in: many) }
    }

    @Test(
        "two networks side by side are refused by their places, and either can be chosen by part of its path")
    func choice() throws {
        let checkpoint = try checkpoint(["run.student.", "run.teacher."])
        let error = try #require(throws: NetworkError.self) { try NetworkCatalog.network(in: checkpoint) }
        #expect("\(error)".contains("run.student, run.teacher"))
        for key in ["teacher", "run.teacher"] {
            let found = try NetworkCatalog.network(in: checkpoint, at: key)
            #expect(found.weights.root == "run.teacher")
            #expect(found.alternatives == ["run.student"])
        }
        for key in ["run", "teach", "x"] {
            #expect(throws: NetworkError.self) { try NetworkCatalog.network(in: checkpoint, at: key) }
        }
    }

    @Test("a network of another kind is refused with its first names")
    func unknown() throws {
        let folder = try TemporaryFolder()
        var dict = small
        dict.parameters = [("stem.0.weight", [4]), ("stem.1.bias", [4])]
        try dict.write(to: folder.url("x.safetensors").path)
        let error = try #require(throws: NetworkError.self) {
            try NetworkCatalog.network(in: Checkpoint(contentsOf: folder.url("x.safetensors").path))
        }
        #expect("\(error)".contains("stem.0.weight") && "\(error)".contains("2 tensors"))
    }
}
