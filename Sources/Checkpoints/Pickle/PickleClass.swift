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
    /// A storage class or dtype whose elements are not read, such as `float8_e4m3fn`.
    case unreadElements(String)
    /// `torch.Size`: a tuple.
    case size
    /// `_rebuild_tensor` and `_rebuild_tensor_v2`: storage, offset, sizes, strides, ...
    case rebuildTensor
    /// `_rebuild_tensor_v3`: the same with a dtype, on an untyped storage.
    case rebuildTensorV3
    /// A rebuilder of tensors that are not read: sparse, quantised, on the meta device, ...
    case rebuildUnread(String)
    /// A parameter, which is the tensor in its first argument.
    case parameter
    /// `_rebuild_from_type_v2`: a rebuilder, a class and the arguments of the rebuilder.
    case rebuildFromType
    /// `torch.storage._load_from_bytes`: a storage in the legacy format inside the pickle.
    case loadFromBytes
    /// Every other class or function. Its instances keep what they are given, and do nothing with it.
    case other(String)
}

/// The classes that a pickle may name, and what stands for each.
///
/// The tensor rebuilders are those of torch/_utils.py. Every other name becomes ``PickleClass/other(_:)``.
/// Since nothing is ever called, an unknown class is no danger here; but `torch.load` without `weights_only`
/// would import and call it, so those that are not known to be harmless are reported.
enum PickleClassTable {
    /// What stands for a name, and whether it is known to be harmless in PyTorch too.
    static func lookUp(module: String, name: String) -> (type: PickleClass, isHarmless: Bool) {
        let full = "\(module).\(name)"
        if let known = rebuilders[full] { return (known, true) }
        if module == "torch" || module == "torch.cuda" || module == "torch.storage" {
            if let type = storages[name] { return (.storage(type), true) }
            if let type = elementTypes[name] { return (.elementType(type), true) }
            if name.hasSuffix("Storage") { return (.unreadElements(String(name.dropLast(7))), true) }
            if module == "torch", unreadElementTypes.contains(where: name.hasPrefix) {
                return (.unreadElements(name), true)
            }
        }
        if module == "torch" || module.hasPrefix("torch."), name.hasPrefix("_rebuild"), !name.contains(".") {
            return (.rebuildUnread(name), true)
        }
        return (.other(full), harmless.contains(full) || isModuleClass(module, name))
    }

    private static let rebuilders: [String: PickleClass] = [
        "collections.OrderedDict": .orderedDictionary,
        "collections.defaultdict": .defaultDictionary,
        "torch.Size": .size,
        "torch.storage.UntypedStorage": .untypedStorage,
        "torch.storage._load_from_bytes": .loadFromBytes,
        "torch._utils._rebuild_tensor": .rebuildTensor,
        "torch._utils._rebuild_tensor_v2": .rebuildTensor,
        "torch._utils._rebuild_tensor_v3": .rebuildTensorV3,
        "torch._utils._rebuild_parameter": .parameter,
        "torch._utils._rebuild_parameter_with_state": .parameter,
        "torch.nn.parameter.Parameter": .parameter,
        "torch.nn.parameter.Buffer": .parameter,
        "torch._tensor._rebuild_from_type_v2": .rebuildFromType,
        "torch.tensor._rebuild_from_type_v2": .rebuildFromType,
    ]

    private static let storages: [String: ElementType] = [
        "DoubleStorage": .float64, "FloatStorage": .float32, "HalfStorage": .float16,
        "BFloat16Storage": .bfloat16, "LongStorage": .int64, "IntStorage": .int32, "ShortStorage": .int16,
        "CharStorage": .int8, "ByteStorage": .uint8, "BoolStorage": .bool,
    ]

    private static let elementTypes: [String: ElementType] = Dictionary(
        uniqueKeysWithValues: ElementType.allCases.map { ($0.rawValue, $0) })

    /// The beginnings of the names of PyTorch's other dtypes.
    private static let unreadElementTypes = [
        "float8_", "float4_", "complex", "qint", "quint", "bits", "int1", "int2", "int3", "int4", "int5",
        "int6", "int7", "uint1", "uint2", "uint3", "uint4", "uint5", "uint6", "uint7",
    ]

    /// Layers and optimisers of PyTorch, and the code of TorchScript archives, which is not Python's.
    private static func isModuleClass(_ module: String, _ name: String) -> Bool {
        guard name.first?.isUppercase == true, !name.contains(".") else { return false }
        return [
            "torch.nn.modules.", "torch.nn.parallel.", "torch.optim.", "torchvision.models.", "__torch__.",
        ]
        .contains { "\(module).".hasPrefix($0) }
    }

    private static let harmless: Set<String> = {
        let numpy = ["numpy.core.multiarray", "numpy._core.multiarray"].flatMap { module in
            ["scalar", "_reconstruct"].map { "\(module).\($0)" }
        }
        let builtins = ["builtins", "__builtin__"].flatMap { module in
            builtinTypes.map { "\(module).\($0)" }
        }
        return Set(numpy + builtins + otherHarmless)
    }()

    /// Types alone: a function such as `eval` or `getattr` must never be added.
    private static let builtinTypes = [
        "bool", "int", "long", "float", "complex", "str", "unicode", "bytes", "bytearray", "list", "tuple",
        "dict", "set", "frozenset", "slice", "range", "object",
    ]

    private static let otherHarmless = [
        "argparse.Namespace", "types.SimpleNamespace", "easydict.EasyDict", "yacs.config.CfgNode",
        "collections.Counter", "collections.deque", "_codecs.encode",
        "pathlib.Path", "pathlib.PosixPath", "pathlib.PurePosixPath", "pathlib.WindowsPath",
        "pathlib.PureWindowsPath", "pathlib._local.PosixPath", "pathlib._local.WindowsPath",
        "datetime.datetime", "datetime.date", "datetime.time", "datetime.timedelta", "datetime.timezone",
        "numpy.dtype", "numpy.ndarray", "numpy.core.numeric._frombuffer", "numpy._core.numeric._frombuffer",
        "numpy.float64", "numpy.float32", "numpy.int64", "numpy.int32", "numpy.bool_", "torch.device",
        "torch.Tensor", "torch.torch_version.TorchVersion", "torch.Generator",
        "torch.serialization._get_layout",
        "torch.jit._pickle.build_intlist", "torch.jit._pickle.build_boollist",
        "torch.jit._pickle.build_doublelist", "torch.jit._pickle.build_tensorlist",
        "torch.jit._pickle.restore_type_tag",
    ]
}
