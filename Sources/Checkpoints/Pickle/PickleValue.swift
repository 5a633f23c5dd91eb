/// A value made by a pickle. Containers are indices into a ``PickleHeap``, so that shared and cyclic ones
/// cost nothing to copy and nothing recurses when they are freed.
enum PickleValue {
    case none
    case bool(Bool)
    case int(Int)
    /// An integer outside `Int`: its two's complement, little-endian.
    case bigInteger([UInt8])
    case float(Double)
    case string(String)
    /// Bytes and byte arrays; nothing that is read needs their contents.
    case bytes
    case tuple(Int)
    case list(Int)
    case dictionary(Int)
    case storage(Int)
    case tensor(Int)
    case type(PickleClass)
    /// An instance of a harmless class, without its contents.
    case inert(String)

    /// What the value is, for messages.
    var kind: String {
        switch self {
        case .none: "None"
        case .bool: "a bool"
        case .int, .bigInteger: "an integer"
        case .float: "a float"
        case .string: "a string"
        case .bytes: "bytes"
        case .tuple: "a tuple"
        case .list: "a list"
        case .dictionary: "a dictionary"
        case .storage: "a storage"
        case .tensor: "a tensor"
        case .type: "a class"
        case .inert(let name): "an instance of \(name)"
        }
    }
}

/// A PyTorch storage as the pickle names it; its bytes are elsewhere in the file.
struct StorageReference {
    /// The name of the zip record, or the key of the legacy section.
    let key: String
    /// The encoding of the elements; nil for an untyped storage, whose element is a byte.
    let elementType: ElementType?
    /// The number of elements of the whole storage.
    let count: Int
    /// A storage view of the legacy format: the part of the storage that is meant, in elements.
    let view: Range<Int>?

    /// The size of an element in bytes.
    var elementSize: Int { elementType?.size ?? 1 }
}

/// A PyTorch tensor as the pickle describes it, not yet checked against its storage.
struct TensorReference {
    let storage: Int
    let elementType: ElementType
    /// The distance from the start of the storage, in elements.
    let offset: Int
    let sizes: [Int]
    let strides: [Int]
}

/// The containers that a pickle made.
struct PickleHeap {
    var tuples: [[PickleValue]] = []
    var lists: [[PickleValue]] = []
    var dictionaries: [[(key: PickleValue, value: PickleValue)]] = []
    var storages: [StorageReference] = []
    var tensors: [TensorReference] = []
}

/// What a pickle holds.
struct PickleDocument {
    let root: PickleValue
    let heap: PickleHeap
}
