import Checkpoints
import Tensors

/// The names and shapes of a SegNet-MTAN's state dict, with weights by ``Formula``.
struct StateDict {
    /// The published network: 64 to 512 filters, 13 classes, depth and normals.
    static let fullWidth = StateDict(filters: [64, 128, 256, 512, 512], heads: [13, 1, 3])

    /// Names and shapes, in no particular order.
    var parameters: [(name: String, shape: Shape)]

    private let filters: [Int]
    private let taskCount: Int

    /// - Parameters:
    ///   - filters: the widths of the five levels.
    ///   - heads: the channels of each task's output.
    init(filters: [Int], heads: [Int]) {
        self.filters = filters
        taskCount = heads.count
        parameters = []
        parameters = (0..<5).flatMap(level)
        for (task, channels) in heads.enumerated() {
            parameters += convolution("pred_task\(task + 1).0", filters[0], filters[0], 3)
            parameters += convolution("pred_task\(task + 1).1", filters[0], channels, 1)
        }
        parameters.append(("logsigma", [heads.count]))
    }

    /// The root of the weights.
    var scope: WeightScope {
        WeightScope(parameters.map { ($0.name, Formula.weight($0.name, $0.shape)) }, file: "test.pth")
    }

    /// The same network with the names of LibMTL: everything below `encoder`, the heads below `decoders`.
    func namedAsInLibMTL(_ tasks: [String]) -> StateDict {
        var copy = self
        copy.parameters = parameters.filter { $0.name != "logsigma" }.map { name, shape in
            guard name.hasPrefix("pred_task") else { return ("encoder.\(name)", shape) }
            let rest = name.dropFirst("pred_task".count)
            let number = Int(rest.prefix { $0 != "." }) ?? 0
            let layer = rest.drop { $0 != "." }
            return ("decoders.\(tasks[number - 1]).pred_task\(layer)", shape)
        }
        return copy
    }

    /// Writes a safetensors file.
    func write(to path: String) throws {
        let entries = parameters.map { name, shape in
            SafetensorsWriter.Entry(
                name: name, source: Formula.weight(name, shape), precision: .float32)
        }
        try SafetensorsWriter(entries).write(to: path, isSynced: false)
    }

    private func level(_ j: Int) -> [(String, Shape)] {
        let width = filters[j]
        let above = j == 0 ? 3 : filters[j - 1]
        let below = filters[max(j - 1, 0)]
        let next = filters[min(j + 1, 4)]
        let tasks = (0..<taskCount).flatMap { task in
            attention("encoder_att.\(task).\(j)", j == 0 ? width : 2 * width, width)
                + attention("decoder_att.\(task).\(j)", width + below, below)
        }
        return block("encoder_block.\(j)", above, width) + block("decoder_block.\(j)", width, below)
            + second("conv_block_enc.\(j)", j, width) + second("conv_block_dec.\(j)", j, below)
            + block("encoder_block_att.\(j)", width, next) + block("decoder_block_att.\(j)", width, below)
            + tasks
    }

    private func second(_ name: String, _ level: Int, _ width: Int) -> [(String, Shape)] {
        level < 2
            ? block(name, width, width) : block("\(name).0", width, width) + block("\(name).1", width, width)
    }

    private func block(_ name: String, _ inputs: Int, _ outputs: Int) -> [(String, Shape)] {
        convolution("\(name).0", inputs, outputs, 3) + normalization("\(name).1", outputs)
    }

    private func attention(_ name: String, _ inputs: Int, _ outputs: Int) -> [(String, Shape)] {
        convolution("\(name).0", inputs, outputs, 1) + normalization("\(name).1", outputs)
            + convolution("\(name).3", outputs, outputs, 1) + normalization("\(name).4", outputs)
    }

    private func convolution(
        _ name: String, _ inputs: Int, _ outputs: Int, _ side: Int
    ) -> [(String, Shape)] {
        [("\(name).weight", [outputs, inputs, side, side]), ("\(name).bias", [outputs])]
    }

    private func normalization(_ name: String, _ channels: Int) -> [(String, Shape)] {
        ["weight", "bias", "running_mean", "running_var"].map { ("\(name).\($0)", [channels]) }
    }
}
