import ArgumentParser
import Predictions

/// What a user says about a checkpoint that it does not say itself.
struct CheckpointOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Where the network is in the file, if it holds several: names on the path to it.",
            discussion: "For example model_ema, or state_dict.student. `mtan inspect` lists them.",
            valueName: "key"))
    var weights: String?

    @Option(
        help: ArgumentHelp(
            "The heads in their order: NAME:KIND,NAME:KIND,...",
            discussion: """
                Kinds are segmentation, depth (metres), inverse-depth and normals. Default: guessed from names and \
                channels.
                """,
            valueName: "heads"))
    var heads: String?

    @Option(
        help: ArgumentHelp(
            "A file with the names of the classes, one on each line or as a JSON array.",
            discussion: "NAME=FILE for the segmentation called NAME. Can be given several times.",
            valueName: "file"),
        completion: .file())
    var labels: [String] = []

    /// Opens a checkpoint or model directory.
    ///
    /// - Throws: `ExitCode`, after saying why.
    func open(_ path: String) throws -> Model {
        do {
            return try Model(path: path, choices: choices())
        } catch let error as ModelChoiceError {
            throw usageError("\(error)")
        } catch ModelError.choices(let error) {
            throw usageError("\(error)")
        } catch {
            throw failure(error, .modelUnusable)
        }
    }

    private func choices() throws -> ModelChoices {
        var choices = ModelChoices()
        choices.weightsKey = weights
        choices.heads = try heads.map(ModelChoices.heads)
        for argument in labels { try choices.readLabels(argument) }
        return choices
    }
}
