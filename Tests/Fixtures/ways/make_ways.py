"""Saves one small SegNet-MTAN in the ways in which people save checkpoints, and `ways.json`, what is right for each.

    pip install torch numpy safetensors omegaconf
    python Tests/Fixtures/ways/make_ways.py    # writes beside this script

Each file must give the maps that plain.pth gives, byte for byte, or be refused with the words in `ways.json`. Classes
of libraries that are not installed (Lightning, MMEngine) are imitated under their own names: a pickle holds nothing
of a class but its name and state. The table at the end of docs/checkpoints.md is written too. Made with PyTorch 2.13.
"""

import collections
import dataclasses
import enum
import functools
import json
import pickle
import shutil
import sys
import types
import zipfile
from pathlib import Path

import numpy
import omegaconf
import safetensors.torch
import torch

HERE = Path(__file__).resolve().parent
PAGE = HERE.parents[2] / "docs" / "checkpoints.md"
sys.path.insert(0, str(HERE.parent / "networks"))
sys.path.insert(0, str(HERE.parents[2] / "models" / "training"))
from make_networks import build  # noqa: E402
from network import Task  # noqa: E402

FILTERS, TASKS = (2, 2, 3, 3, 3), (Task("depth", "depth", 1),)
WAYS = []


def loads(name, title, **facts):
    """A file that gives the maps of the plain one. `key` is what --weights must say; `classes` are names that
    inspect lists; `beside` are tensors that it lists as not read."""
    WAYS.append({"file": name, "title": title, "loads": True, **facts})


def refused(name, title, *words, **facts):
    WAYS.append({"file": name, "title": title, "loads": False, "words": words, **facts})


def library(module, **classes):
    """Makes classes of a library that need not be installed, under the names that its pickles have."""
    parts = module.split(".")
    for length in range(1, len(parts) + 1):
        made = sys.modules.setdefault(".".join(parts[:length]), types.ModuleType(".".join(parts[:length])))
    for name, base in classes.items():
        setattr(made, name, type(name, (base,), {"__module__": module}))
    return made


class Stage(enum.Enum):
    FINE_TUNING = "fine tuning"


@dataclasses.dataclass
class Settings:
    rate: float = 1e-4
    tasks: tuple = ("segmentation", "depth")


class Skeleton(torch.nn.Module):
    """The tensors of a network by their names, without the computation: TorchScript keeps them apart."""

    def __init__(self, module):
        super().__init__()
        for name, child in module.named_children():
            self.add_module(name, Skeleton(child))
        for name, parameter in module.named_parameters(recurse=False):
            self.register_parameter(name, parameter)
        for name, buffer in module.named_buffers(recurse=False):
            self.register_buffer(name, buffer)

    def forward(self, x):
        return x


def drop_debug_files(path):
    """Takes out of a TorchScript archive what leads back to lines of source, with their paths."""
    with zipfile.ZipFile(path) as old:
        kept = [(info, old.read(info)) for info in old.infolist() if not info.filename.endswith(".debug_pkl")]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as new:
        for info, contents in kept:
            new.writestr(zipfile.ZipInfo(info.filename, (2020, 1, 1, 0, 0, 0)), contents)
    torch.jit.load(path)


def prefixed(state, prefix):
    return collections.OrderedDict((prefix + key, value) for key, value in state.items())


def save_prefixes(network, state):
    ways = {
        "module.": "`nn.DataParallel`, DistributedDataParallel", "_orig_mod.": "`torch.compile`",
        "module._orig_mod.": "both", "model.": "a network inside a module of one's own", "net.": "the same",
        "network.": "the same", "backbone.": "the same", "segnet.": "the same", "model.module.": "nested wrappers",
        "model._orig_mod.": "nested wrappers", "_fsdp_wrapped_module.": "FullyShardedDataParallel",
    }
    for prefix, title in ways.items():
        file = f"prefix.{prefix}pth"
        torch.save(prefixed(state, prefix), HERE / file)
        loads(file, f"names that begin with `{prefix}`: {title}", prefix=prefix)
    averaged = torch.optim.swa_utils.AveragedModel(network)
    torch.save(averaged.state_dict(), HERE / "averaged.pth")
    loads("averaged.pth", "`torch.optim.swa_utils.AveragedModel`: `n_averaged` beside `module.`",
          prefix="module.", beside=["n_averaged"])


def save_wrappers(state):
    for key in ("state_dict", "model_state_dict", "weights", "params", "model_state", "ema", "best_model"):
        torch.save({"epoch": 3, key: state}, HERE / f"wrapper.{key}.pth")
        loads(f"wrapper.{key}.pth", f"a dictionary with the state dict under `{key}`", wrapper=key)
    torch.save({"checkpoint": {"model": state, "step": 7}}, HERE / "wrapper.nested.pth")
    loads("wrapper.nested.pth", "dictionaries inside each other", wrapper="checkpoint.model")
    torch.save((3, state), HERE / "wrapper.tuple.pth")
    loads("wrapper.tuple.pth", "a tuple or list, such as `(epoch, state_dict)`", wrapper="1")


def save_choices(state):
    other = {key: value + 1 if value.is_floating_point() else value for key, value in state.items()}
    torch.save({"model": state, "model_ema": other}, HERE / "choice.known.pth")
    loads("choice.known.pth", "`model` and `model_ema`: the key that is known is taken, `inspect` names the other",
          wrapper="model")
    torch.save({"model": other, "model_ema": {"module": state}}, HERE / "choice.ema.pth")
    loads("choice.ema.pth", "the same, with `--weights model_ema`", key="model_ema", wrapper="model_ema.module")
    both = prefixed(other, "teacher.") | prefixed(state, "student.")
    torch.save({"state_dict": both}, HERE / "choice.student.pth")
    loads("choice.student.pth", "`student.` and `teacher.` in one state dict, with `--weights student`",
          key="student", wrapper="state_dict", prefix="student.", beside=["teacher"])
    refused("choice.student.pth", "the same without `--weights`",
            "state_dict.student", "state_dict.teacher", "--weights")
    torch.save({"first": state, "second": other}, HERE / "choice.unknown.pth")
    refused("choice.unknown.pth", "two dictionaries under keys that are not known", "first", "second", "--weights")
    torch.save({"model": state, "best": state}, HERE / "choice.same.pth")
    loads("choice.same.pth", "one state dict under two keys", wrapper="model")


def save_neighbours(network, state):
    beside = collections.OrderedDict(state)
    beside["criterion.log_vars"] = torch.zeros(2)
    beside["val_metric.confusion"] = torch.zeros(5, 5)
    beside["logsigma"] = torch.zeros(2)
    beside["discriminator.1.weight"] = torch.ones(4, 3, 3, 3)
    beside["discriminator.1.num_batches_tracked"] = torch.tensor(7)
    torch.save(beside, HERE / "neighbours.tensors.pth")
    loads("neighbours.tensors.pth", "loss weights, a metric's buffers and another network in the state dict",
          beside=["criterion", "discriminator", "logsigma", "val_metric"])
    optimizer = torch.optim.SGD(network.parameters(), lr=0.1, momentum=0.9)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 0.1, total_steps=10)
    history = library("mmengine.logging.history_buffer", HistoryBuffer=object).HistoryBuffer()
    history.values = numpy.arange(3.0)
    hyper = library("lightning.fabric.utilities.data", AttributeDict=dict).AttributeDict(rate=1e-4)
    neighbours = {
        "state_dict": state, "history": history, "config": omegaconf.OmegaConf.create({"rate": 1e-4, "tasks": [1]}),
        "hyper_parameters": hyper, "settings": Settings(), "stage": Stage.FINE_TUNING, "optimizer": optimizer,
        "version": torch.__version__, "schedule": functools.partial(pow, 2), "anneal": schedule._annealing_cos,
        "bound": schedule.get_last_lr, "path": HERE.relative_to(HERE.parents[1]), "dtype": torch.float16,
    }
    torch.save(neighbours, HERE / "neighbours.objects.pth")
    loads("neighbours.objects.pth", "objects of any class beside the state dict: nothing of them is run",
          wrapper="state_dict",
          classes=["mmengine.logging.history_buffer.HistoryBuffer", "omegaconf.dictconfig.DictConfig",
                   "lightning.fabric.utilities.data.AttributeDict", "__main__.Settings", "__main__.Stage",
                   "functools.partial", "getattr"])
    lightning = {
        "epoch": 3, "global_step": 100, "pytorch-lightning_version": "2.5.0", "loops": {"fit_loop": {"state_dict": {}}},
        "state_dict": prefixed(state, "model.") | {"criterion.weight": torch.ones(5)}, "callbacks": {},
        "optimizer_states": [optimizer.state_dict()], "lr_schedulers": [schedule.state_dict()], "hyper_parameters": hyper,
    }
    torch.save(lightning, HERE / "lightning.ckpt")
    loads("lightning.ckpt", "a Lightning checkpoint", wrapper="state_dict", prefix="model.", beside=["criterion"],
          classes=["lightning.fabric.utilities.data.AttributeDict"])


def save_modules(network, state):
    torch.save(network, HERE / "module.pth")
    loads("module.pth", "`torch.save(model)`", classes=["network.SegNetMTAN"])
    # The format keeps the path of a class's source; that of whoever runs this script says nothing.
    lines = torch.serialization.get_source_lines_and_file
    torch.serialization.get_source_lines_and_file = lambda cls: (*lines(cls)[:2], f"{cls.__module__}.py")
    torch.save(network, HERE / "module.legacy.pth", _use_new_zipfile_serialization=False)
    torch.serialization.get_source_lines_and_file = lines
    loads("module.legacy.pth", "the same before PyTorch 1.6")
    network.encoder_block[1][1].eps = 0.1
    torch.save(network, HERE / "module.eps.pth")
    refused("module.eps.pth", "a whole model with another eps in a batch norm", "encoder_block.1.1", "eps 0.1")
    network.encoder_block[1][1].eps = 1e-5
    torch.save({"model": torch.nn.DataParallel(network), "epoch": 3}, HERE / "module.parallel.pth")
    loads("module.parallel.pth", "`torch.save` of a dictionary with an `nn.DataParallel`",
          wrapper="model", prefix="module.")
    torch.jit.script(Skeleton(network)).save(HERE / "torchscript.pt")
    drop_debug_files(HERE / "torchscript.pt")
    loads("torchscript.pt", "a TorchScript archive (`torch.jit.trace` or `script`, then `save`)")
    for protocol in (4, 5):
        (HERE / f"dumped{protocol}.pkl").write_bytes(pickle.dumps(state, protocol))
        loads(f"dumped{protocol}.pkl", f"`pickle.dump` of a state dict, protocol {protocol}")
    (HERE / "dumped.module.pkl").write_bytes(pickle.dumps(network))
    loads("dumped.module.pkl", "`pickle.dump` of a whole model")


def save_shards(state):
    names = list(state)
    parts = {1: names[: len(names) // 2], 2: names[len(names) // 2 :]}
    for suffix, folder in (("safetensors", "shards"), ("bin", "shards.bin")):
        (HERE / folder).mkdir(exist_ok=True)
        stem = "model" if suffix == "safetensors" else "pytorch_model"
        index = {"metadata": {"total_size": 0}, "weight_map": {}}
        for part, keys in parts.items():
            file = f"{stem}-0000{part}-of-00002.{suffix}"
            tensors = {key: state[key] for key in keys}
            if suffix == "safetensors":
                safetensors.torch.save_file(tensors, HERE / folder / file)
            else:
                torch.save(tensors, HERE / folder / file)
            index["weight_map"] |= {key: file for key in keys}
        (HERE / folder / f"{stem}.{suffix}.index.json").write_text(json.dumps(index))
        loads(folder, f"a folder with `{stem}.{suffix}.index.json` and its files")
    loads("shards/model.safetensors.index.json", "the index of such a folder")
    for folder, file in (("folder", "model.safetensors"), ("folder.bin", "pytorch_model.bin")):
        (HERE / folder).mkdir(exist_ok=True)
        if file.endswith("bin"):
            torch.save(state, HERE / folder / file)
        else:
            safetensors.torch.save_file(state, HERE / folder / file)
        loads(folder, f"a folder with one `{file}`")


def save_types(state):
    plain = (HERE / "plain.pth").read_bytes()
    (HERE / "trailing.pth").write_bytes(plain + b"appended" * 100)
    loads("trailing.pth", "bytes after the end of the file's zip archive", remark="800 bytes after the end")
    for name, dtype in (("int8", torch.int8), ("bool", torch.bool), ("float8_e4m3fn", torch.float8_e4m3fn)):
        cast = {key: value.to(dtype) if value.is_floating_point() else value for key, value in state.items()}
        torch.save(cast, HERE / f"type.{name}.pth")
        refused(f"type.{name}.pth", f"weights in {name}", "encoder_block.0.0.weight", name)
    sparse = collections.OrderedDict(state)
    sparse["encoder_block.0.0.weight"] = sparse["encoder_block.0.0.weight"].to_sparse()
    torch.save(sparse, HERE / "type.sparse.pth")
    refused("type.sparse.pth", "a sparse tensor in the network", "encoder_block.0.0.weight", "_rebuild_sparse_tensor")
    beside = collections.OrderedDict(state)
    beside["metric.counts"] = torch.eye(3).to_sparse()
    beside["metric.phase"] = torch.ones(2, dtype=torch.complex64)
    torch.save(beside, HERE / "type.beside.pth")
    loads("type.beside.pth", "sparse and complex tensors beside the network", beside=["metric"])
    huge = {key: torch.full_like(value, 1e38) if value.dim() == 4 else value for key, value in state.items()}
    torch.save(huge, HERE / "huge.pth")
    refused("huge.pth", "finite weights with outputs that are not", "finite", when="predict")


def save_foreign():
    (HERE / "pointer.pth").write_text(
        "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 12345\n")
    refused("pointer.pth", "a git-lfs pointer", "git lfs pull")
    (HERE / "distributed").mkdir(exist_ok=True)
    (HERE / "distributed" / "__0_0.distcp").write_bytes(b"PK\3\4")
    (HERE / "distributed" / ".metadata").write_bytes(b"\x80\2N.")
    refused("distributed", "a folder of `torch.distributed.checkpoint`", "dcp_to_torch")


def outcome(way):
    """What mtan does with a file, for people."""
    if way["loads"]:
        wrapper, prefix = way.get("wrapper"), way.get("prefix")
        place = f"what is under `{wrapper}`" if wrapper else "it"
        parts = [f"loads {place}" + (f" without the prefix `{prefix}`" if prefix else "")]
        if way.get("beside"):
            parts.append("lists " + ", ".join(f"`{name}`" for name in way["beside"]) + " as not read")
        if way.get("classes"):
            parts.append("`inspect` names the classes")
        return "; ".join(parts)
    ways_out = {
        "eps 0.1": "refuses it, naming the layer: a state dict would not tell",
        "--weights": "lists the places and asks for `--weights`", "git lfs pull": "says to run `git lfs pull`",
        "dcp_to_torch": "says how to join its pieces (`dcp_to_torch`)",
        "finite": "refuses to write maps, since the outputs are not finite",
    }
    return ways_out.get(way["words"][-1], "refuses it, naming the first such tensor and its type")


def write_table():
    head, mark, _ = PAGE.read_text().partition("| file | how it was saved |")
    assert mark, f"{PAGE} has no table of ways"
    rows = [f"| `{way['file']}` | {way['title']} | {outcome(way)} |" for way in WAYS]
    PAGE.write_text(f"{head}{mark} what `mtan` does |\n| --- | --- | --- |\n" + "\n".join(rows) + "\n")


def clean():
    for old in HERE.iterdir():
        if old.is_dir():
            shutil.rmtree(old)
        elif old.suffix != ".py":
            old.unlink()


def main():
    clean()
    torch.manual_seed(0)
    network = build(FILTERS, TASKS)
    # The counters of batch norms are as many as its tensors are small.
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.num_batches_tracked = None
    state = collections.OrderedDict((key, value.clone()) for key, value in network.state_dict().items())
    torch.save(state, HERE / "plain.pth")
    loads("plain.pth", "`torch.save(model.state_dict(), path)`")
    torch.save(state, HERE / "plain.legacy.pth", _use_new_zipfile_serialization=False)
    loads("plain.legacy.pth", "the same before PyTorch 1.6")
    safetensors.torch.save_file(state, HERE / "plain.safetensors")
    loads("plain.safetensors", "`safetensors.torch.save_file`")
    save_prefixes(network, state)
    save_wrappers(state)
    save_choices(state)
    save_neighbours(network, state)
    save_modules(network, state)
    save_shards(state)
    save_types(state)
    save_foreign()
    (HERE / "ways.json").write_text(json.dumps(WAYS, indent=1) + "\n")
    write_table()
    total = sum(file.stat().st_size for file in HERE.rglob("*") if file.is_file())
    print(f"{len(WAYS)} ways, {total} bytes in all")


if __name__ == "__main__":
    main()
