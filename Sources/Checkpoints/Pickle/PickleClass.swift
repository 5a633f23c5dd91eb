/// What stands for a class or function that a pickle names. None of them runs anything.
enum PickleClass: Equatable {
    /// `collections.OrderedDict`: a dictionary.
    case orderedDictionary
    /// `collections.defaultdict`: a dictionary whose arguments are dropped.
    case defaultDictionary
    /// A typed storage class, and a dtype, of known encoding.
    case storage(ElementType)
    case untypedStorage
    case elementType(ElementType)
    /// `torch.Size`: a tuple.
    case size
    /// `_rebuild_tensor` and `_rebuild_tensor_v2`: storage, offset, sizes, strides, ...
    case rebuildTensor
    /// `_rebuild_tensor_v3`: the same with a dtype, on an untyped storage.
    case rebuildTensorV3
    /// A parameter, which is the tensor in its first argument.
    case parameter
    /// `_rebuild_from_type_v2`: a rebuilder, a class and the arguments of the rebuilder.
    case rebuildFromType
    /// A class whose instances are kept as a name only, whatever they are given.
    case inert(String)
}

/// The table of classes that a pickle may name; every other name is refused.
///
/// The tensor rebuilders are those of torch/_utils.py. The inert classes are what training scripts put
/// beside the weights: arguments, paths, dates, counters, NumPy scalars, arrays and generator states. Their
/// instances become a name without contents, so nothing they are given is kept, walked or called.
enum PickleClassTable {
    /// Looks a name up.
    ///
    /// - Throws: the reason to refuse it.
    static func lookUp(module: String, name: String) throws(ClassRefusal) -> PickleClass {
        let full = "\(module).\(name)"
        if let known = rebuilders[full] { return known }
        if inert.contains(full) { return .inert(full) }
        if module == "torch" || module == "torch.cuda" || module == "torch.storage" {
            if let type = storages[name] { return .storage(type) }
            if let type = elementTypes[name] { return .elementType(type) }
        }
        throw refusal(module: module, name: name)
    }

    private static let rebuilders: [String: PickleClass] = [
        "collections.OrderedDict": .orderedDictionary,
        "collections.defaultdict": .defaultDictionary,
        "torch.Size": .size,
        "torch.storage.UntypedStorage": .untypedStorage,
        "torch._utils._rebuild_tensor": .rebuildTensor,
        "torch._utils._rebuild_tensor_v2": .rebuildTensor,
        "torch._utils._rebuild_tensor_v3": .rebuildTensorV3,
        "torch._utils._rebuild_parameter": .parameter,
        "torch._utils._rebuild_parameter_with_state": .parameter,
        "torch.nn.parameter.Parameter": .parameter,
        "torch._tensor._rebuild_from_type_v2": .rebuildFromType,
        "torch.tensor._rebuild_from_type_v2": .rebuildFromType,
        "torch.Tensor": .inert("torch.Tensor"),
    ]

    private static let storages: [String: ElementType] = [
        "DoubleStorage": .float64, "FloatStorage": .float32, "HalfStorage": .float16,
        "BFloat16Storage": .bfloat16, "LongStorage": .int64, "IntStorage": .int32, "ShortStorage": .int16,
        "CharStorage": .int8, "ByteStorage": .uint8, "BoolStorage": .bool,
    ]

    private static let elementTypes: [String: ElementType] = Dictionary(
        uniqueKeysWithValues: ElementType.allCases.map { ($0.rawValue, $0) })

    private static let inert: Set<String> = {
        let numpy = ["numpy.core.multiarray", "numpy._core.multiarray"].flatMap { module in
            ["scalar", "_reconstruct"].map { "\(module).\($0)" }
        }
        let builtins = ["builtins", "__builtin__"].flatMap { module in
            builtinTypes.map { "\(module).\($0)" }
        }
        return Set(numpy + builtins + otherInert)
    }()

    /// Types alone: a function such as `eval` or `getattr` must never be added.
    private static let builtinTypes = [
        "bool", "int", "long", "float", "complex", "str", "unicode", "bytes", "bytearray", "list", "tuple",
        "dict", "set", "frozenset", "slice", "range", "object",
    ]

    private static let otherInert = [
        "argparse.Namespace", "types.SimpleNamespace", "easydict.EasyDict", "yacs.config.CfgNode",
        "collections.Counter", "collections.deque", "_codecs.encode",
        "pathlib.Path", "pathlib.PosixPath", "pathlib.PurePosixPath", "pathlib.WindowsPath",
        "pathlib.PureWindowsPath", "pathlib._local.PosixPath", "pathlib._local.WindowsPath",
        "datetime.datetime", "datetime.date", "datetime.time", "datetime.timedelta", "datetime.timezone",
        "numpy.dtype", "numpy.ndarray", "numpy.core.numeric._frombuffer", "numpy._core.numeric._frombuffer",
        "numpy.float64", "numpy.float32", "numpy.int64", "numpy.int32", "numpy.bool_", "torch.device",
    ]

    private static let dangerousModules: Set<String> = [
        "os", "posix", "nt", "sys", "subprocess", "shutil", "socket", "pty", "runpy", "importlib", "imp",
        "ctypes", "commands", "code", "codeop", "pickle", "_pickle", "marshal", "types", "operator",
        "functools", "builtins", "__builtin__", "webbrowser", "tempfile", "io", "asyncio", "multiprocessing",
        "threading", "_thread", "_io", "_codecs", "_posixsubprocess", "pydoc", "timeit", "platform",
        "inspect", "copyreg", "copy_reg",
    ]

    private static func refusal(module: String, name: String) -> ClassRefusal {
        let root = String(module.prefix { $0 != "." })
        if dangerousModules.contains(root) || name.contains("_load_from_bytes") { return .dangerous }
        if module.hasPrefix("torch.nn.") || module.hasPrefix("torchvision.models") { return .wholeModule }
        if root == "torch", name.hasPrefix("_rebuild") || name.hasSuffix("Storage") {
            return .unsupportedTensor
        }
        return .unknown
    }
}
