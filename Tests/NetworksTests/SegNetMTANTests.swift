import Checkpoints
import Engine
import Foundation
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
        // A program that sorts names on the way may have put them so.
        #expect(network.assumptions.count == 1)
    }

    @Test("declared heads with LibMTL's names are matched by name, in whatever order they are given")
    func declaredByName() throws {
        let names = ["depth", "normal", "segmentation"]
        let dict = StateDict(filters: [4, 6, 8, 10, 10], heads: [1, 3, 13]).namedAsInLibMTL(names)
        let declared = zip(
            ["segmentation", "depth", "normal"], [.segmentation, .depth, .normals] as [TaskKind]
        )
        .map { DeclaredHead(name: $0, kind: $1) }
        let network = try SegNetMTAN.build(from: dict.scope, heads: declared)
        #expect(network.headOrder == names)
        #expect(network.heads.map(\.name) == names)
        #expect(network.heads.map(\.kind) == [.depth, .normals, .segmentation])
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
        dict.parameters.append(("conv_block_enc.0.6.weight", [4, 4, 1, 1]))
        let error = #expect(throws: NetworkError.self) { try SegNetMTAN.build(from: dict.scope) }
        let message = "\(try #require(error))"
        #expect(message.contains("encoder_att.1.2.4.bias"))
        #expect(message.contains("decoder_block.3.0.weight"))
        #expect(message.contains("[8, 10, 3, 3]") && message.contains("[8, 9, 3, 3]"))
        #expect(message.contains("unexpected: conv_block_enc.0.6.weight"))
    }

    @Test("attention modules for more tasks than there are heads are an error that counts both")
    func headCount() throws {
        var dict = small
        dict.parameters.removeAll { $0.name.hasPrefix("pred_task3") }
        let error = #expect(throws: NetworkError.self) { try SegNetMTAN.build(from: dict.scope) }
        #expect("\(try #require(error))".contains("found 2 heads and 3 modules in encoder_att"))
    }

    @Test("a depth head of LibMTL with two channels is refused")
    func wrongHead() throws {
        let dict = StateDict(filters: [2, 2, 2, 2, 2], heads: [2]).namedAsInLibMTL(["depth"])
        #expect(throws: NetworkError.self) { try SegNetMTAN.build(from: dict.scope) }
    }

    @Test("what lies beside the network is listed as not read, a head out of the sequence is unexpected")
    func unusedTensors() throws {
        var dict = small
        for name in ["loss_scale", "criterion.weight", "teacher.encoder_block.0.0.weight"] {
            dict.parameters.append((name, [3]))
        }
        dict.parameters.append(("encoder_block.0.1.num_batches_tracked", []))
        let network = try SegNetMTAN.build(from: dict.scope)
        #expect(
            network.unread
                == ["logsigma", "loss_scale", "criterion.weight", "teacher.encoder_block.0.0.weight"])
        dict.parameters.append(("pred_task5.0.weight", [3]))
        let error = try #require(throws: NetworkError.self) { try SegNetMTAN.build(from: dict.scope) }
        #expect("\(error)".contains("unexpected: pred_task5.0.weight"))
    }

    @Test("a missing first layer is named, and not everything behind it")
    func missingWidth() throws {
        var dict = small
        dict.parameters.removeAll { $0.name == "encoder_block.2.0.weight" }
        let error = try #require(throws: NetworkError.self) { try SegNetMTAN.build(from: dict.scope) }
        #expect("\(error)".contains("encoder_block.2.0.weight"))
        #expect(!"\(error)".contains("\n"))
    }

    @Test("a missing tensor of a module that all tasks share is named once")
    func missingShared() throws {
        var dict = small
        dict.parameters.removeAll { $0.name == "encoder_block_att.0.1.running_mean" }
        let error = try #require(throws: NetworkError.self) { try SegNetMTAN.build(from: dict.scope) }
        #expect("\(error)".components(separatedBy: "encoder_block_att.0.1.running_mean").count == 2)
    }

    @Test("thousands of tensors with plausible names are refused, and not all of them listed")
    func flood() throws {
        var dict = small
        for index in 2..<20_000 { dict.parameters.append(("conv_block_enc.2.\(index).zz", [1])) }
        let error = try #require(throws: NetworkError.self) { try SegNetMTAN.build(from: dict.scope) }
        #expect("\(error)".count < 50_000)
    }

    @Test("a width that no network has is refused before memory is taken for it")
    func absurdWidth() throws {
        var dict = small
        let index = try #require(dict.parameters.firstIndex { $0.name == "encoder_block.0.0.weight" })
        for shape: Shape in [[16_000_000], [16_000_000, 1, 1, 1]] {
            dict.parameters[index].shape = shape
            let error = try #require(throws: NetworkError.self) { try SegNetMTAN.build(from: dict.scope) }
            #expect("\(error)".contains("encoder_block.0.0.weight"))
        }
    }

    @Test("heads are of the kinds that are described, or refused if they cannot be")
    func describedKinds() throws {
        func heads(_ kinds: [TaskKind]) -> [DeclaredHead] {
            kinds.enumerated().map { DeclaredHead(name: "head\($0)", kind: $1) }
        }
        let kinds: [TaskKind] = [.segmentation, .depth, .segmentation]
        let network = try SegNetMTAN.build(from: small.scope, heads: heads(kinds))
        #expect(network.heads.map(\.kind) == kinds)
        #expect(network.heads.map(\.name) == ["head0", "head1", "head2"])
        #expect(network.guessedHeads.isEmpty)
        for wrong in [[.depth, .depth, .normals], [.segmentation, .segmentation, .normals], [.depth]]
            as [[TaskKind]]
        {
            #expect(throws: NetworkError.self) {
                try SegNetMTAN.build(from: small.scope, heads: heads(wrong))
            }
        }
    }

    @Test("weights that are not finite are refused by name")
    func notFinite() throws {
        let names = small.parameters.map(\.name)
        for bad in ["decoder_att.1.3.0.weight", "encoder_block_att.2.1.running_var", "pred_task2.1.bias"] {
            let sources = zip(names, small.parameters).map { name, parameter -> (String, any TensorSource) in
                let value: Float = bad.hasSuffix("var") ? -1 : .nan
                let elements = Array(repeating: value, count: parameter.shape.count)
                return (
                    name,
                    name == bad
                        ? Tensor(shape: parameter.shape, elements: elements)
                        : Formula.weight(name, parameter.shape)
                )
            }
            let network = try SegNetMTAN.build(from: WeightScope(sources, file: "nan.pth"))
            let error = try #require(throws: CompilationError.self) { try CompiledNetwork(network.graph) }
            #expect(
                "\(error)".contains(bad.prefix { $0 != "." }), "\(error)")
        }
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
        let widths = [16, 16, 16, 16, 16]
        let network = try SegNetMTAN.build(from: StateDict(filters: widths, heads: [1, 1]).scope)
        let single = try SegNetMTAN.build(from: StateDict(filters: widths, heads: [1]).scope)
        // A second task adds 10 attention modules and a head of its own, but no shared 3x3 convolution.
        let attention = 4 * (9 * (16 * 32 + 16 + 16 * 16 + 16) + 1 * (16 * 16 + 16 + 16 * 16 + 16))
        let head = 4 * (9 * 16 + 1)
        // The portable kernels keep weights as they are.
        let portable = try EngineConfiguration.fastest(instructionSet: "portable")
        let added =
            try CompiledNetwork(network.graph, configuration: portable).weightBytes
            - CompiledNetwork(single.graph, configuration: portable).weightBytes
        #expect(added == attention + head)
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
