"""Makes the checkpoint fixtures and `expected.json`, what PyTorch reads from each of them.

    python Tests/Fixtures/checkpoints/make_checkpoints.py

Made with PyTorch 2.13, safetensors 0.8 and NumPy 2.4. The tensors come from seeded generators, but PyTorch
puts memory addresses into the keys of its legacy format, so not every run gives the same bytes.
"""

import argparse
import collections
import json
import os
import pathlib
import pickle
import struct
import zipfile

import numpy
import safetensors.torch
import torch

FOLDER = pathlib.Path(__file__).resolve().parent
EXPECTED = {}


def random(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def bits(tensor):
    """The elements as float32, in row-major order, as bit patterns of 8 hexadecimal digits each."""
    values = tensor.detach().to(torch.float32).contiguous().reshape(-1)
    return "".join(f"{value:08x}" for value in values.numpy().view(numpy.uint32).tolist())


def expect(name, state, file_format, wrapper=None, prefix=None, others=(), metadata=None):
    EXPECTED[name] = {
        "format": file_format,
        "wrapper": wrapper,
        "prefix": prefix,
        "others": list(others),
        "metadata": metadata or {},
        "tensors": [
            {
                "name": key,
                "shape": list(value.shape),
                "type": str(value.dtype).removeprefix("torch."),
                "bits": bits(value),
            }
            for key, value in state.items()
        ],
    }


def save(name, value, state, protocol=2, **facts):
    """Saves a value in both PyTorch formats; `state` is the state dict that should be found in it."""
    for legacy in (False, True):
        file = f"{name}.{'legacy' if legacy else 'zip'}.pth"
        torch.save(
            value,
            FOLDER / file,
            pickle_protocol=protocol,
            _use_new_zipfile_serialization=not legacy,
        )
        loaded = torch.load(FOLDER / file, weights_only=False)
        assert type(loaded) is type(value)
        expect(file, state, "pytorchLegacy" if legacy else "pytorchZip", **facts)


def element_types():
    floats = torch.tensor(
        [0.0, -0.0, 1.0, -1.5, 0.1, 3.14159274, 65504.0, 6.1035e-5, 5.9604645e-8, 1e-7, 1e30, -1e-40,
         float("inf"), float("-inf"), 16777217.0, 2049.0],
        dtype=torch.float64,
    )
    whole = torch.tensor([0, 1, -1, 127, -128, 100])
    return {
        "float64": floats,
        "float32": floats.to(torch.float32),
        "float16": floats.to(torch.float16),
        "bfloat16": floats.to(torch.bfloat16),
        "float16.all": torch.arange(0, 65536, 61).to(torch.uint16).view(torch.float16).nan_to_num(nan=1.0),
        "int64": torch.cat([whole, torch.tensor([2**40 + 1, -(2**62) - 1])]),
        "int32": torch.cat([whole, torch.tensor([2**31 - 1])]).to(torch.int32),
        "int16": torch.cat([whole, torch.tensor([-(2**15)])]).to(torch.int16),
        "int8": whole.to(torch.int8),
        "uint8": torch.tensor([0, 1, 255], dtype=torch.uint8),
        "bool": torch.tensor([True, False, True]),
        "scalar": torch.tensor(2.5),
        "empty": torch.zeros(0, 3),
        "bn.num_batches_tracked": torch.tensor(12345),
    }


def unsigned_types():
    """The types without a storage class of their own, which PyTorch writes with `_rebuild_tensor_v3` and
    cannot read back from its legacy format."""
    whole = torch.tensor([0, 1, 255, 65535])
    state = {"uint16": whole.to(torch.uint16), "uint32": whole.to(torch.uint32), "uint64": whole.to(torch.uint64)}
    torch.save(state, FOLDER / "unsigned.zip.pth")
    expect("unsigned.zip.pth", state, "pytorchZip")


def views():
    base = random(4, 6, seed=1)
    image = random(2, 3, 4, 5, seed=2)
    shared = random(40, seed=3)
    return {
        "base": base,
        "transposed": base.t(),
        "sliced": base[1:4:2, 1:6:2],
        "permuted": image.permute(3, 0, 2, 1),
        "channels_last": image.to(memory_format=torch.channels_last),
        "expanded": random(3, 1, seed=4).expand(3, 7),
        "expanded_scalar": torch.tensor(0.75).expand(2, 2),
        "shared.head": shared[:10],
        "shared.tail": shared[33:],
        "shared.window": shared.as_strided((5, 4), (3, 2), 2),
        "half_transposed": random(3, 5, seed=5).half().t(),
        "double_column": random(3, 5, seed=6).double()[:, 2],
        "one_row": random(1, 9, seed=7)[:, 2:5],
        "empty_view": base[2:2, :],
    }


def small():
    return collections.OrderedDict(
        [
            ("encoder_block.0.0.weight", random(4, 3, 3, 3, seed=8)),
            ("encoder_block.0.0.bias", random(4, seed=9)),
            ("encoder_block.0.1.running_mean", random(4, seed=10)),
            ("encoder_block.0.1.num_batches_tracked", torch.tensor(7)),
            ("logsigma", random(3, seed=11)),
        ]
    )


class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.body = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3), torch.nn.BatchNorm2d(4))
        self.head = torch.nn.Linear(4, 2)


def training_checkpoints():
    torch.manual_seed(12)
    net = Net()
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-4)
    net.head(net.body(torch.ones(2, 3, 5, 5)).mean((2, 3))).sum().backward()
    optimizer.step()
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 100, 0.5)
    state = net.state_dict()
    value = {
        "epoch": 17,
        "state_dict": collections.OrderedDict((f"module.{key}", value) for key, value in state.items()),
        "optimizer": optimizer.state_dict(),
        "scheduler": scheduler.state_dict(),
        "args": argparse.Namespace(lr=1e-4, out=pathlib.PurePosixPath("out"), tasks=("seg", "depth")),
        "best": numpy.float64(0.5),
        "history": numpy.arange(4.0),
        "losses": collections.defaultdict(list, {"seg": [1.0, 0.5]}),
        "seen": {1, 2},
        "big": 2**70,
        "rng": torch.get_rng_state()[:16],
    }
    others = [
        "epoch: an integer", "optimizer: a dictionary", "scheduler: a dictionary",
        "args: an instance of argparse.Namespace", "best: an instance of numpy._core.multiarray.scalar",
        "history: an instance of numpy._core.multiarray._reconstruct", "losses: a dictionary", "seen: an instance of __builtin__.set",
        "big: an integer of more than 64 bits", "rng: a tensor",
    ]
    save("training", value, state, wrapper="state_dict", prefix="module.", others=others)
    others = [
        other.replace("__builtin__.set", "set").replace("multiarray._reconstruct", "numeric._frombuffer")
        for other in others
    ]
    save("training.protocol5", value, state, protocol=5, wrapper="state_dict", prefix="module.", others=others)


def wrapped_checkpoints():
    state = small()
    for key in ("model", "model_state_dict", "net", "network"):
        save(f"wrapper.{key}", {key: state}, state, wrapper=key)
    save("wrapper.nested", {"step": 1, "model": {"state_dict": state, "tag": None}}, state,
         wrapper="model.state_dict", others=["tag: None", "step: an integer"])
    compiled = {f"module._orig_mod.{key}": value for key, value in state.items()}
    save("prefix.compiled", compiled, state, prefix="module._orig_mod.")
    partial = {"module.a": torch.ones(2), "head.a": torch.zeros(2)}
    save("prefix.partial", partial, partial)
    parameters = {"weight": torch.nn.Parameter(random(2, 3, seed=13)), "bias": torch.nn.Parameter(random(2, seed=14))}
    parameters["bias"].note = "kept as an attribute"
    tagged = random(2, seed=15)
    tagged.note = "an attribute of a tensor"
    parameters["tagged"] = tagged
    save("parameters", parameters, parameters)
    for protocol in (3, 4, 5):
        save(f"protocol{protocol}", state, state, protocol=protocol)
    extra = collections.OrderedDict(state)
    extra["encoder_block._extra_state"] = {"scale": 1}
    save("extra_state", extra, state, others=["encoder_block._extra_state: a dictionary"])


def zip64():
    """The archive of `small` again with every size and offset in ZIP64 fields, and another root."""
    state = small()
    source = FOLDER / "zip64.tmp"
    torch.save(state, source)
    limits = zipfile.ZIP64_LIMIT, zipfile.ZIP_FILECOUNT_LIMIT
    with zipfile.ZipFile(source) as old:
        names = old.namelist()
        contents = {name: old.read(name) for name in names}
    zipfile.ZIP64_LIMIT, zipfile.ZIP_FILECOUNT_LIMIT = -1, 0
    with zipfile.ZipFile(FOLDER / "zip64.pth", "w", zipfile.ZIP_STORED) as new:
        for name in names:
            info = zipfile.ZipInfo(name.replace("zip64/", "any root/", 1), (2020, 1, 1, 0, 0, 0))
            with new.open(info, "w", force_zip64=True) as entry:
                entry.write(contents[name])
    zipfile.ZIP64_LIMIT, zipfile.ZIP_FILECOUNT_LIMIT = limits
    source.unlink()
    torch.load(FOLDER / "zip64.pth")
    expect("zip64.pth", state, "pytorchZip")


def text(value, python2):
    """A string as pickle opcodes; Python 2 wrote its byte strings as SHORT_BINSTRING."""
    data = value.encode()
    return (b"U" + bytes([len(data)]) if python2 else b"X" + struct.pack("<I", len(data))) + data


def python2_legacy():
    """What PyTorch 0.4 wrote under Python 2: byte strings, an OrderedDict made from a list of pairs, long
    integers, `_rebuild_tensor`, and a storage that is a view of another."""
    storage = random(20, seed=16)
    state = {"conv.weight": storage[2:8].reshape(2, 3), "conv.bias": storage[11:13]}

    def tensor(view, offset, size, stride):
        def tuple_of(numbers):
            return b"(" + b"".join(b"K" + bytes([number]) for number in numbers) + b"t"

        view = b"N" if view is None else b"(" + text("v1", True) + b"K\x08K\x08t"
        return (
            b"ctorch._utils\n_rebuild_tensor\n((" + text("storage", True) + b"ctorch\nFloatStorage\n"
            + text("123", True) + text("cuda:0", True) + b"\x8a\x01\x14" + view + b"tQ"
            + b"K" + bytes([offset]) + tuple_of(size) + tuple_of(stride) + b"tR"
        )

    pairs = (
        b"](" + b"](" + text("conv.weight", True) + tensor(None, 2, (2, 3), (3, 1)) + b"e"
        + b"](" + text("conv.bias", True) + tensor("v1", 3, (2,), (1,)) + b"ee"
    )
    pickled = (
        b"\x80\x02}(" + text("epoch", True) + b"I4294967296\n"
        + text("state_dict", True) + b"ccollections\nOrderedDict\n" + pairs + b"\x85R" + b"u."
    )
    magic, version = pickle.dumps(0x1950A86A20F9469CFC6C, 2), pickle.dumps(1001, 2)
    facts = pickle.dumps({"protocol_version": 1001, "little_endian": True, "type_sizes": {}}, 2)
    data = struct.pack("<q", 20) + storage.numpy().tobytes()
    file = FOLDER / "python2.legacy.pth"
    file.write_bytes(magic + version + facts + pickled + pickle.dumps(["123"], 2) + data)
    loaded = torch.load(file, weights_only=False, map_location="cpu")["state_dict"]
    assert all(torch.equal(loaded[key], value) for key, value in state.items())
    expect("python2.legacy.pth", state, "pytorchLegacy", wrapper="state_dict", others=["epoch: an integer"])


def safetensors_files():
    types = {key: value.contiguous() for key, value in element_types().items()}
    metadata = {"format": "pt", "tasks": "segmentation,depth"}
    safetensors.torch.save_file(types, FOLDER / "types.safetensors", metadata)
    loaded = safetensors.torch.load_file(FOLDER / "types.safetensors")
    expect("types.safetensors", {key: loaded[key] for key in header_order("types.safetensors")},
           "safetensors", metadata=metadata)
    state = {f"module.{key}": value for key, value in small().items()}
    safetensors.torch.save_file(state, FOLDER / "prefix.safetensors")
    expect("prefix.safetensors",
           {key.removeprefix("module."): state[key] for key in header_order("prefix.safetensors")},
           "safetensors", prefix="module.")
    # For comparing with our own writer, byte by byte.
    written = {
        "b": random(3, 2, seed=17), "a\u00e9\"\\\n": random(5, seed=18).half(),
        "c": random(3, seed=19).bfloat16(), "scalar": torch.tensor(1.5), "d": random(7, seed=20).half(),
    }
    safetensors.torch.save_file(written, FOLDER / "written.safetensors", {"format": "pt"})
    expect("written.safetensors", {key: written[key] for key in header_order("written.safetensors")},
           "safetensors", metadata={"format": "pt"})


def header_order(name):
    data = (FOLDER / name).read_bytes()
    header = json.loads(data[8 : 8 + struct.unpack("<Q", data[:8])[0]])
    return [key for key in header if key != "__metadata__"]


def main():
    for old in list(FOLDER.glob("*.pth")) + list(FOLDER.glob("*.safetensors")):
        os.remove(old)
    save("types", element_types(), element_types())
    unsigned_types()
    save("views", views(), views())
    training_checkpoints()
    wrapped_checkpoints()
    zip64()
    python2_legacy()
    safetensors_files()
    (FOLDER / "expected.json").write_text(
        json.dumps(EXPECTED, separators=(",", ":")).replace('},"', '},\n"') + "\n")
    for file in FOLDER.glob("*.safetensors"):
        file.chmod(0o644)
    total = sum(file.stat().st_size for file in FOLDER.iterdir())
    print(f"{len(EXPECTED)} checkpoints, {total} bytes in all")


main()
