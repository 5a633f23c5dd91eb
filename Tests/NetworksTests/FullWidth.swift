import Checkpoints
import Tensors

/// The state dict of the published network: 64 to 512 filters, 13 classes, depth and normals.
enum FullWidth {
    /// Writes it to a safetensors file, with weights by ``Formula``.
    static func write(to path: String) throws {
        let entries = parameters.map { name, shape in
            SafetensorsWriter.Entry(
                name: name, source: Formula.weight(name, shape), precision: .float32)
        }
        try SafetensorsWriter(entries).write(to: path, isSynced: false)
    }

    private static let filters = [64, 128, 256, 512, 512]

    private static var parameters: [(String, Shape)] {
        (0..<5).flatMap(level)
            + [13, 1, 3].enumerated().flatMap { task, channels in
                convolution("pred_task\(task + 1).0", filters[0], filters[0], 3)
                    + convolution("pred_task\(task + 1).1", filters[0], channels, 1)
            } + [("logsigma", [3])]
    }

    private static func level(_ j: Int) -> [(String, Shape)] {
        let width = filters[j]
        let above = j == 0 ? 3 : filters[j - 1]
        let below = filters[max(j - 1, 0)]
        let next = filters[min(j + 1, 4)]
        let tasks = (0..<3).flatMap { task in
            attention("encoder_att.\(task).\(j)", j == 0 ? width : 2 * width, width)
                + attention("decoder_att.\(task).\(j)", width + below, below)
        }
        return block("encoder_block.\(j)", above, width) + block("decoder_block.\(j)", width, below)
            + second("conv_block_enc.\(j)", j, width) + second("conv_block_dec.\(j)", j, below)
            + block("encoder_block_att.\(j)", width, next) + block("decoder_block_att.\(j)", width, below)
            + tasks
    }

    private static func second(_ name: String, _ level: Int, _ width: Int) -> [(String, Shape)] {
        level < 2
            ? block(name, width, width) : block("\(name).0", width, width) + block("\(name).1", width, width)
    }

    private static func block(_ name: String, _ inputs: Int, _ outputs: Int) -> [(String, Shape)] {
        convolution("\(name).0", inputs, outputs, 3) + normalization("\(name).1", outputs)
    }

    private static func attention(_ name: String, _ inputs: Int, _ outputs: Int) -> [(String, Shape)] {
        convolution("\(name).0", inputs, outputs, 1) + normalization("\(name).1", outputs)
            + convolution("\(name).3", outputs, outputs, 1) + normalization("\(name).4", outputs)
    }

    private static func convolution(
        _ name: String, _ inputs: Int, _ outputs: Int, _ side: Int
    ) -> [(String, Shape)] {
        [("\(name).weight", [outputs, inputs, side, side]), ("\(name).bias", [outputs])]
    }

    private static func normalization(_ name: String, _ channels: Int) -> [(String, Shape)] {
        ["weight", "bias", "running_mean", "running_var"].map { ("\(name).\($0)", [channels]) }
    }
}
