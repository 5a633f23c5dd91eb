/// Why a checkpoint cannot be read, or does not hold what a network asks for.
///
/// Each case names the file, and its description says what was expected, what was found, and what to do.
public enum CheckpointError: Error, Equatable, Sendable {
    /// The operating system would not give us the file.
    case unreadable(file: String, reason: String)
    /// The file is something else, a kind of file that people often pass by mistake.
    case foreign(file: String, kind: ForeignFile)
    /// A part of the file contradicts its format: cut short, overwritten, or made by a faulty writer.
    case corrupt(file: String, part: String, expected: String, found: String)
    /// A valid file of a known format, using something this reader does not support.
    case unsupported(file: String, what: String, remedy: String)
    /// A number in the file is above a stated limit of this reader; see ``CheckpointLimits``.
    case overLimit(file: String, what: String, limit: Int, found: String)
    /// The file was read but holds no tensors. `classes` are names in its pickle that are not known.
    case noTensors(file: String, found: String, classes: [String])
    /// Two tensors, or two entries of the archive, have the same name.
    case duplicateName(file: String, name: String)
    /// A tensor that the network needs is not there.
    case missingTensor(file: String, name: String, expected: [Int], nearest: [String])
    /// A tensor has another shape than the network needs.
    case misshapenTensor(file: String, name: String, expected: [Int], found: [Int])
    /// A tensor that the network needs is of a kind or element type that weights cannot have.
    case unreadTensor(file: String, name: String, found: String)
    /// A file could not be written.
    case unwritable(file: String, reason: String)
}

/// Kinds of file that are passed for a checkpoint by mistake.
public enum ForeignFile: Equatable, Sendable {
    /// A file of no bytes, most often an interrupted download.
    case empty
    /// A folder that does not hold exactly one checkpoint; the names of those that it holds.
    case directory(checkpoints: [String])
    /// The folder that `torch.distributed.checkpoint` writes.
    case distributedCheckpoint
    /// The text stub that git leaves where git-lfs did not run.
    case gitLFSPointer
    /// A web page, saved where the download should have been.
    case webPage
    /// Some other text.
    case text
    /// The tar format of PyTorch before 0.1.10.
    case oldTorchTar
    /// Some other tar archive.
    case tar
    /// A zip archive that PyTorch did not write.
    case zip
    /// A program of `torch.export`.
    case exportedProgram
    /// A Keras model: HDF5, or a zip with `config.json`.
    case keras
    /// NumPy's npy or npz.
    case numpy
    /// An ONNX model.
    case onnx
    /// A GGUF model.
    case gguf
    /// gzip, bzip2, xz, zstd or 7z.
    case compressed(String)
    /// A PNG or JPEG image.
    case image
    /// Nothing known; the first bytes in hexadecimal.
    case unknown(firstBytes: String)
}
