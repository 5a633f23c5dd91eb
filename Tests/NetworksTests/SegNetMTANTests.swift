import Checkpoints
import Engine
import Networks
import Tensors
import Testing

@Suite("SegNetMTAN")
struct SegNetMTANTests {
    private let small = StateDict(filters: [4, 6, 8, 10, 10], heads: [13, 1, 3])

    @Test("tasks, classes and widths come from the tensors")
    func recognition() throws {
        let network = try SegNetMTAN.build(from: small.scope)
        #expect(network.architecture == "segnet-mtan")
        #expect(network.filters == [4, 6, 8, 10, 10])
        #expect(
            network.heads == [
                TaskHead(name: "segmentation", kind: .segmentation, channels: 13),
                TaskHead(name: "depth", kind: .depth, channels: 1),
                TaskHead(name: "normals", kind: .normals, channels: 3),
            ])
        #expect(network.graph.sideMultiple == 32)
    }

    @Test("the published network has the published cost: 216.05 GMAC at 288x384")
    func publishedCost() throws {
        let graph = try SegNetMTAN.build(from: StateDict.fullWidth.scope).graph
        let cost = Double(graph.multiplyAccumulates(height: 288, width: 384)) * 1e-9
        #expect(abs(cost - 216.05) < 0.005)
    }

    @Test("two segmentation tasks get two names")
    func repeatedKinds() throws {
        let network = try SegNetMTAN.build(from: StateDict(filters: [2, 2, 2, 2, 2], heads: [7, 19]).scope)
        #expect(network.heads.map(\.name) == ["segmentation", "segmentation2"])
    }

    @Test("one task alone works")
    func oneTask() throws {
        let network = try SegNetMTAN.build(from: StateDict(filters: [2, 2, 2, 2, 2], heads: [1]).scope)
        #expect(network.heads.map(\.kind) == [.depth])
    }

    @Test("the names of LibMTL are understood, and the tasks keep the order in which they were declared")
    func libMTL() throws {
        let names = ["depth", "normal", "segmentation"]
        let dict = StateDict(filters: [4, 6, 8, 10, 10], heads: [1, 3, 13]).namedAsInLibMTL(names)
        let network = try SegNetMTAN.build(from: dict.scope)
        #expect(network.heads.map(\.kind) == [.depth, .normals, .segmentation])
        #expect(network.headOrder == names)
    }

    @Test("a head of LibMTL that is called segmentation is one, even with three classes")
    func namedHead() throws {
        let dict = StateDict(filters: [2, 2, 2, 2, 2], heads: [3]).namedAsInLibMTL(["semantic"])
        #expect(try SegNetMTAN.build(from: dict.scope).heads.map(\.kind) == [.segmentation])
    }

    @Test("every missing, misshapen and unexpected tensor is named at once")
    func strictness() throws {
        var dict = small
        dict.parameters.removeAll { $0.name == "encoder_att.1.2.4.bias" }
        let index = try #require(dict.parameters.firstIndex { $0.name == "decoder_block.3.0.weight" })
        dict.parameters[index].shape = [8, 9, 3, 3]
        dict.parameters.append(("aspp.0.weight", [4, 4, 1, 1]))
        let error = #expect(throws: NetworkError.self) { try SegNetMTAN.build(from: dict.scope) }
        let message = "\(try #require(error))"
        #expect(message.contains("encoder_att.1.2.4.bias"))
        #expect(message.contains("decoder_block.3.0.weight"))
        #expect(message.contains("[8, 10, 3, 3]") && message.contains("[8, 9, 3, 3]"))
        #expect(message.contains("unexpected: aspp.0.weight"))
    }

    @Test("attention modules for more tasks than there are heads are an error that counts both")
    func headCount() throws {
        var dict = small
        dict.parameters.removeAll { $0.name.hasPrefix("pred_task3") }
        let error = #expect(throws: NetworkError.self) { try SegNetMTAN.build(from: dict.scope) }
        #expect("\(try #require(error))".contains("3 attention modules in encoder_att, but 2 heads"))
    }

    @Test("a depth head of LibMTL with two channels is refused")
    func wrongHead() throws {
        let dict = StateDict(filters: [2, 2, 2, 2, 2], heads: [2]).namedAsInLibMTL(["depth"])
        #expect(throws: NetworkError.self) { try SegNetMTAN.build(from: dict.scope) }
    }

    @Test("a tensor of any other shape is refused, whichever it is", arguments: 0..<4)
    func hostileShapes(part: Int) {
        let shapes: [Shape] = [
            [], [0], [1], [0, 3, 3, 3], [4, 0, 3, 3], [4, 3, 0, 0], [4, 3, 1, 1], [4, 3, 5, 5],
            [1000, 1, 3, 3],
        ]
        let used = small.parameters.indices.filter { small.parameters[$0].name != "logsigma" }
        for index in used where index % 4 == part {
            for shape in shapes where shape != small.parameters[index].shape {
                var dict = small
                dict.parameters[index].shape = shape
                let isRefused = (try? SegNetMTAN.build(from: dict.scope)) == nil
                #expect(isRefused, "\(dict.parameters[index].name) \(shape)")
            }
        }
    }

    @Test("the weights that the tasks share are packed once")
    func sharing() throws {
        let network = try SegNetMTAN.build(from: StateDict(filters: [8, 8, 8, 8, 8], heads: [1, 1]).scope)
        let single = try SegNetMTAN.build(from: StateDict(filters: [8, 8, 8, 8, 8], heads: [1]).scope)
        // A second task adds 10 attention modules and a head of its own, but no shared 3x3 convolution.
        let attention = 4 * (9 * 2 * (8 * 16 + 8 + 8 * 8 + 8) + 1 * 2 * (8 * 8 + 8 + 8 * 8 + 8))
        let added = CompiledNetwork(network.graph).weightBytes - CompiledNetwork(single.graph).weightBytes
        #expect(added < attention)
    }
}

@Suite("NetworkCatalog")
struct NetworkCatalogTests {
    @Test("a checkpoint of another network is refused with its first names and the known architectures")
    func unknown() throws {
        let names = ["backbone.conv1.weight", "backbone.bn1.weight"]
        let scope = WeightScope(names.map { ($0, Tensor(zeros: [2])) }, file: "resnet.pth")
        #expect(!SegNetMTAN.recognizes(scope))
        let error = NetworkError.unrecognized(file: "resnet.pth", names: names, count: 40)
        #expect("\(error)".contains("backbone.conv1.weight") && "\(error)".contains("segnet-mtan"))
    }
}
