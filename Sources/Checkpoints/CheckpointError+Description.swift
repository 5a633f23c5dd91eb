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
        case .refusedClass(let file, let name, let reason):
            "\(file.shown()): the pickle names \(shown(name)), \(reason)"
        case .overLimit(let file, let what, let limit, let found):
            "\(file.shown()): \(shown(what)) is \(found), above this reader's limit of \(limit)"
        case .noStateDict(let file, let found, let remedy):
            "\(file.shown()): holds no state dict but \(shown(found)). \(shown(remedy))"
        case .notATensor(let file, let name, let found):
            "\(file.shown()): the entry \(shown(name)) of the state dict is \(found), not a named tensor"
        case .duplicateName(let file, let name):
            "\(file.shown()): the name \(shown(name)) is used twice"
        case .missingTensor(let file, let name, let expected, let nearest):
            "\(file.shown()): the tensor \(shown(name)) of shape \(expected) is missing"
                + (nearest.isEmpty
                    ? "" : "; the nearest names are \(shown(nearest.joined(separator: ", "), limit: 500))")
        case .misshapenTensor(let file, let name, let expected, let found):
            "\(file.shown()): the tensor \(shown(name)) should have the shape \(expected) but has \(found)"
        case .unwritable(let file, let reason):
            "\(file.shown()): cannot be written: \(reason)"
        }
    }
}

/// Text from a file as it may be printed, of bounded length.
private func shown(_ text: String, limit: Int = 300) -> String { text.shown(limit: limit) }

extension ClassRefusal: CustomStringConvertible {
    /// The rest of a sentence that begins with the name of the class.
    public var description: String {
        switch self {
        case .dangerous:
            "which could run code. Nothing was run. Do not open this file with PyTorch unless you know "
                + "where it comes from"
        case .wholeModule:
            "so a whole module was saved. Load it in PyTorch where its code is at hand and save "
                + "model.state_dict() instead"
        case .unsupportedTensor:
            "a kind of tensor that is not supported. Save dense CPU tensors of floats or integers"
        case .unknown:
            "which is not one of the classes this reader accepts. Save model.state_dict() alone: "
                + "torch.save(model.state_dict(), path)"
        }
    }
}

extension ForeignFile: CustomStringConvertible {
    /// What the file is, and what to do instead.
    public var description: String {
        switch self {
        case .empty: "the file is empty. Was the download interrupted?"
        case .directory: "this is a folder. Give the checkpoint file inside it"
        case .gitLFSPointer: "this is a git-lfs pointer, not the weights. Run `git lfs pull`"
        case .webPage:
            "this is a web page, not a checkpoint. Download the file itself, not the page that shows it"
        case .text: "this is a text file, not a checkpoint"
        case .torchScript:
            "this is a TorchScript archive. Load it with torch.jit.load and save its state_dict() with torch.save"
        case .oldTorchTar:
            "this is the tar format of PyTorch before 0.1.10. Load it with torch.load and save it again"
        case .tar: "this is a tar archive. Unpack it and give the checkpoint inside"
        case .zip: "this is a zip archive without a data.pkl, not one that torch.save wrote"
        case .keras: "this is a Keras model; PyTorch and safetensors checkpoints are read"
        case .numpy: "this is a NumPy file; PyTorch and safetensors checkpoints are read"
        case .onnx: "this is an ONNX model. Give the PyTorch checkpoint it was exported from"
        case .gguf: "this is a GGUF model; PyTorch and safetensors checkpoints are read"
        case .compressed(let method): "this file is compressed with \(method). Unpack it first"
        case .image: "this is an image, not a checkpoint. Were the arguments swapped?"
        case .plainPickle:
            "this is a pickle that torch.save did not write. Save the state dict with torch.save"
        case .unknown(let firstBytes):
            "this is no PyTorch or safetensors checkpoint (it begins with the bytes \(firstBytes))"
        }
    }
}
