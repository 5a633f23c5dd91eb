import Files

extension CheckpointError: CustomStringConvertible {
    /// One sentence for what is wrong, and one for the way out where there is one.
    public var description: String {
        switch self {
        case .unreadable(let file, let reason):
            "\(file.shown()): cannot be read: \(reason)"
        case .foreign(let file, let kind):
            "\(file.shown()): \(kind)"
        case .corrupt(let file, let part, let expected, let found):
            "\(file.shown()): damaged: in \(shown(part)), expected \(shown(expected)), found \(shown(found)). "
                + "Fetch or save the file again."
        case .unsupported(let file, let what, let remedy):
            "\(file.shown()): \(shown(what)) is not supported. \(shown(remedy))"
        case .overLimit(let file, let what, let limit, let found):
            "\(file.shown()): \(shown(what)) is \(found), above this reader's limit of \(limit)"
        case .noTensors(let file, let found, let classes):
            "\(file.shown()): holds no named tensors but \(shown(found)). Save model.state_dict() with torch.save."
                + (classes.isEmpty
                    ? ""
                    : " The pickle names \(shown(classes.joined(separator: ", "), limit: 500)); nothing was run. "
                        + Self.classWarning)
        case .duplicateName(let file, let name):
            "\(file.shown()): the name \(shown(name)) is used twice"
        case .missingTensor(let file, let name, let expected, let nearest):
            "\(file.shown()): the tensor \(shown(name)) of shape \(expected) is missing"
                + (nearest.isEmpty
                    ? "" : "; the nearest names are \(shown(nearest.joined(separator: ", "), limit: 500))")
        case .misshapenTensor(let file, let name, let expected, let found):
            "\(file.shown()): the tensor \(shown(name)) should have the shape \(expected) but has \(found)"
        case .unreadTensor(let file, let name, let found):
            "\(file.shown()): the tensor \(shown(name)) is \(shown(found)), which is not read as weights. Convert it to "
                + "float32, float16 or bfloat16 and save it again"
        case .unwritable(let file, let reason):
            "\(file.shown()): cannot be written: \(reason)"
        }
    }
}

/// Text from a file as it may be printed, of bounded length.
private func shown(_ text: String, limit: Int = 300) -> String { text.shown(limit: limit) }

extension CheckpointError {
    /// What to know about a pickle that names classes which are not known to be harmless.
    public static let classWarning =
        "PyTorch would import and call them: loading the file there without weights_only=True may run code."
}

extension ForeignFile: CustomStringConvertible {
    /// What the file is, and what to do instead.
    public var description: String {
        switch self {
        case .empty: "the file is empty. Was the download interrupted?"
        case .directory(let checkpoints):
            checkpoints.isEmpty
                ? "this is a folder with neither a model.json nor a checkpoint. Give the checkpoint file itself"
                : "this is a folder with several checkpoints: "
                    + "\(shown(checkpoints.prefix(8).joined(separator: ", ")))"
                    + "\(checkpoints.count > 8 ? " and \(checkpoints.count - 8) more" : ""). Give one of them"
        case .distributedCheckpoint:
            "this is a folder of torch.distributed.checkpoint, whose tensors are in pieces. Join them: "
                + "python -m torch.distributed.checkpoint.format_utils dcp_to_torch FOLDER model.pth"
        case .gitLFSPointer: "this is a git-lfs pointer, not the weights. Run `git lfs pull`"
        case .webPage:
            "this is a web page, not a checkpoint. Download the file itself, not the page that shows it"
        case .text: "this is a text file, not a checkpoint"
        case .oldTorchTar:
            "this is the tar format of PyTorch before 0.1.10. Load it with torch.load(path, weights_only=True) and save it again"
        case .tar: "this is a tar archive. Unpack it and give the checkpoint inside"
        case .zip: "this is a zip archive without a data.pkl, not one that torch.save wrote"
        case .exportedProgram:
            "this is a program of torch.export. Save the state dict instead: "
                + "torch.save(torch.export.load(path).state_dict, \"model.pth\")"
        case .keras: "this is a Keras model; PyTorch and safetensors checkpoints are read"
        case .numpy: "this is a NumPy file; PyTorch and safetensors checkpoints are read"
        case .onnx: "this is an ONNX model. Give the PyTorch checkpoint it was exported from"
        case .gguf: "this is a GGUF model; PyTorch and safetensors checkpoints are read"
        case .compressed(let method): "this file is compressed with \(method). Unpack it first"
        case .image: "this is an image, not a checkpoint. Were the arguments swapped?"
        case .unknown(let firstBytes):
            "this is no PyTorch or safetensors checkpoint (it begins with the bytes \(firstBytes))"
        }
    }
}
