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
    /// Bytes and byte arrays: where they lie in the file.
    case bytes(Range<Int>)
    case tuple(Int)
    case list(Int)
    case dictionary(Int)
    case storage(Int)
    case tensor(Int)
    /// A tensor that cannot be rebuilt without running code, or of a kind that is not read: what it is.
    case unreadableTensor(String)
    case type(PickleClass)
    /// An instance of any other class.
    case object(Int)
}

/// An instance of a class that is not known, or is harmless: what the pickle gives it, and nothing run.
struct PickleObject {
    /// The full name of the class or function that would have made it.
    let className: String
    /// The positional arguments, as an index of a tuple.
    let arguments: Int?
    /// What `__setstate__` would have been given: mostly a dictionary of attributes.
    var state = PickleValue.none
    /// The items of a dictionary's subclass, as an index of a dictionary.
    var items: Int?
    /// The elements of a list's or set's subclass, as an index of a list.
    var elements: Int?

    /// Whether the arguments are all that there is of it, as of a named tuple.
    var isCall: Bool {
        if case .none = state { items == nil && elements == nil } else { false }
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
    /// Where the bytes lie, for a storage inside the pickle itself (`pickle.dump` of a tensor).
    var inlineBytes: Range<Int>?

    /// The size of an element in bytes.
    var elementSize: Int { elementType?.size ?? 1 }
}

/// A PyTorch storage of elements that are not read.
struct UnreadStorage {
    /// What PyTorch calls them, without "Storage".
    let elements: String
    let count: Int

    /// The size of the storage in bytes; nil if it is not known.
    var byteCount: Int? {
        let sizes = [
            "ComplexDouble": 16, "ComplexFloat": 8, "ComplexHalf": 4, "QInt32": 4, "QInt8": 1, "QUInt8": 1,
            "QUInt4x2": 1, "QUInt2x4": 1,
        ]
        guard let size = sizes[elements] else { return nil }
        let (bytes, overflow) = count.multipliedReportingOverflow(by: size)
        return overflow ? nil : bytes
    }
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
    var objects: [PickleObject] = []
    var storages: [StorageReference] = []
    /// Storages whose elements are not read, by key.
    var unreadStorages: [String: UnreadStorage] = [:]
    var tensors: [TensorReference] = []

    /// What a value is, for messages.
    func kind(of value: PickleValue) -> String {
        switch value {
        case .none: "None"
        case .bool: "a bool"
        case .int: "an integer"
        case .bigInteger: "an integer of more than 64 bits"
        case .float: "a float"
        case .string: "a string"
        case .bytes: "bytes"
        case .tuple: "a tuple"
        case .list: "a list"
        case .dictionary: "a dictionary"
        case .storage: "a storage"
        case .tensor: "a tensor"
        case .unreadableTensor(let kind): kind
        case .type: "a class"
        case .object(let index): "an instance of \(objects[index].className)"
        }
    }
}

/// What a pickle holds.
struct PickleDocument {
    let root: PickleValue
    let heap: PickleHeap
    /// The names of classes and functions in the pickle that are not known to be harmless, each once, in order.
    let unfamiliarClasses: [String]
}
