/// The limits that bound what reading a file can cost, whatever the file says.
///
/// The element data is never read into memory by the reader, so only descriptions count here.
public enum CheckpointLimits {
    /// The largest pickle, and the largest safetensors header, in bytes (64 MiB).
    public static let descriptionBytes = 64 << 20

    /// The maximum number of steps of a pickle. Every opcode is one step and so is every value it copies, each of
    /// which holds at most about 100 bytes of memory.
    public static let pickleSteps = 4 << 20

    /// The maximum number of axes of a tensor.
    public static let rank = 32

    /// A file may describe as many elements as it has bytes, and this many more for tensors that repeat
    /// elements (expanded ones, with stride 0).
    public static let repeatedElements = 16 << 20

    /// The largest depth of dictionaries, objects and modules inside each other that hold tensors.
    public static let wrapperDepth = 64

    /// The longest path of a tensor: keys, attributes, modules and its name, in bytes.
    public static let pathBytes = 4096

    /// The longest name of a class or module in a pickle, in bytes.
    public static let classNameBytes = 1024

    /// The largest number of names under which the tensors of a file may be found.
    public static let tensors = 1 << 18

    /// The largest number of entries in the containers that are walked to find them.
    public static let walkedEntries = 1 << 20

    /// The largest index of a checkpoint in several files, in bytes (16 MiB).
    public static let indexBytes = 16 << 20

    /// The largest number of files that one checkpoint may be spread over.
    public static let shards = 4096
}
