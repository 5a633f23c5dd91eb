"""Makes the network fixtures: small checkpoints and what PyTorch computes with them.

    pip install torch numpy safetensors
    python Tests/Fixtures/networks/make_networks.py    # writes beside this script

For each network: NAME.pth (zip), NAME.legacy.pth, NAME.safetensors hold the same weights, and
NAME.expected.safetensors holds PyTorch's outputs on a grid of every `step`-th pixel, the class map of every
pixel, and as metadata how far PyTorch's own channels-last run is from its default run: `rms.TASK` over the same
grid and `agreement.TASK`, the percentage of pixels with the same class. Tests allow a multiple of those.

The image and the weights come from formulas in 64-bit integer and double arithmetic, which the tests compute
too, so that the full-width network needs no file for either. Of its checkpoints only what torch.save wrote around
the elements is kept, and the tests put the elements in: full.data.pkl and full.data.names (the tensor of each record
data/0, data/1, ...) of the zip file, full.legacy.head and full.legacy.names (the tensors in the order of the file)
of the legacy one.
"""

import math
import sys
import tempfile
import zipfile
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parents[2] / "models" / "training"))
from network import FULL_FILTERS, ROOM_TASKS, SegNetMTAN, Task  # noqa: E402

CITY_TASKS = (Task("segmentation", "segmentation", 7), Task("depth", "depth", 1))
NETWORKS = {  # name: (filters, tasks, height, width, step)
    "full": (FULL_FILTERS, ROOM_TASKS, 64, 96, 2),
    "narrow": ((4, 6, 10, 14, 14), ROOM_TASKS, 288, 384, 8),
    "city": ((4, 7, 8, 12, 12), CITY_TASKS, 128, 256, 4),
}


def mix(x: np.ndarray) -> np.ndarray:
    """The output function of SplitMix64, on uint64."""
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


def uniform(name: str, count: int) -> np.ndarray:
    """`count` doubles in [0, 1) that follow from `name`: 24 bits of SplitMix64 seeded by the name's FNV-1a hash."""
    seed = 0xCBF29CE484222325
    for byte in name.encode():
        seed = (seed ^ byte) * 0x100000001B3 % 2**64
    with np.errstate(over="ignore"):
        states = np.uint64(seed) + np.arange(1, count + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        return (mix(states) >> np.uint64(40)).astype(np.float64) / 2**24


def weight(name: str, shape: tuple[int, ...]) -> np.ndarray:
    """A tensor of the state dict: He-uniform kernels, batch-norm statistics away from the identity.

    Where masks or unpooling thin the signal out, kernels are larger, so that it reaches the outputs.
    """
    x = uniform(name, math.prod(shape)).reshape(shape)
    if len(shape) == 4:
        thinned = name.startswith(("encoder_block_att", "decoder_block", "pred_task"))
        bound = math.sqrt((24.0 if thinned else 6.0) / (shape[1] * shape[2] * shape[3]))
        x = (2.0 * x - 1.0) * bound
    elif name.endswith("running_var") or (name.endswith(".weight") and len(shape) == 1):
        x = 0.5 + x
    else:
        x = 0.2 * x - 0.1
    return x.astype(np.float32)


def image(height: int, width: int) -> np.ndarray:
    """[1, 3, height, width] in [0, 1]: slow waves in different directions, and a fifth of noise."""
    c, y, x = np.meshgrid(np.arange(3), np.arange(height), np.arange(width), indexing="ij")
    wave = ((3 * x + (5 + 2 * c) * y + 40 * c) % 256) / 255.0
    noise = uniform("image", 3 * height * width).reshape(3, height, width)
    return (0.8 * wave + 0.2 * noise).astype(np.float32)[None]


def build(filters: tuple[int, ...], tasks: tuple[Task, ...]) -> SegNetMTAN:
    network = SegNetMTAN(filters, tasks).eval()
    state = network.state_dict()
    for name, tensor in state.items():
        if tensor.dtype == torch.float32:
            state[name] = torch.from_numpy(weight(name, tuple(tensor.shape)))
    network.load_state_dict(state)
    return network


def rms(a: torch.Tensor, b: torch.Tensor) -> float:
    return (a.double() - b.double()).square().mean().sqrt().item()


@torch.inference_mode()
def expected(network: SegNetMTAN, height: int, width: int, step: int):
    """PyTorch's outputs, thinned, and how far its two memory formats are apart."""
    x = torch.from_numpy(image(height, width))
    first = network(x)
    second = network.to(memory_format=torch.channels_last)(x.to(memory_format=torch.channels_last))
    tensors, metadata = {}, {"made_by": "make_networks.py", "torch": torch.__version__, "step": str(step)}
    for task, a, b in zip(network.tasks, first, second):
        a, b = a.contiguous(), b.contiguous()
        grid = a[:, :, ::step, ::step].contiguous()
        tensors[task.name] = grid
        metadata[f"rms.{task.name}"] = repr(rms(grid, b[:, :, ::step, ::step]))
        if task.kind == "segmentation":
            classes = a.argmax(1)
            tensors[f"{task.name}.classes"] = classes.to(torch.uint8)
            agreement = (classes == b.argmax(1)).double().mean().item()
            metadata[f"agreement.{task.name}"] = repr(100 * agreement)
    return tensors, metadata


def save(network: SegNetMTAN, folder: Path, name: str) -> dict[str, torch.Tensor]:
    """The state dict in the three formats, without the counters of batch norms, to keep the files small."""
    state = {k: v.contiguous() for k, v in network.state_dict().items() if "num_batches" not in k}
    torch.save(state, folder / f"{name}.pth")
    torch.save(state, folder / f"{name}.legacy.pth", _use_new_zipfile_serialization=False)
    save_file(state, folder / f"{name}.safetensors")
    return state


def save_frames(network: SegNetMTAN, folder: Path) -> None:
    """What torch.save writes around the elements of the full-width network."""
    with tempfile.TemporaryDirectory() as scratch:
        state = save(network, Path(scratch), "full")
        with zipfile.ZipFile(Path(scratch) / "full.pth") as archive:
            (folder / "full.data.pkl").write_bytes(archive.read("full/data.pkl"))
        (folder / "full.data.names").write_text("\n".join(state) + "\n")  # records are numbered as they are met
        legacy = Path(scratch) / "full.legacy.pth"
        elements = sum(8 + 4 * tensor.numel() for tensor in state.values())  # a count precedes each storage
        with open(legacy, "rb") as file:
            (folder / "full.legacy.head").write_bytes(file.read(legacy.stat().st_size - elements))
        by_key = sorted(state, key=lambda name: str(state[name].untyped_storage()._cdata))
        (folder / "full.legacy.names").write_text("\n".join(by_key) + "\n")


def main() -> None:
    for name, (filters, tasks, height, width, step) in NETWORKS.items():
        network = build(filters, tasks)
        if name == "full":
            save_frames(network, HERE)
        else:
            save(network, HERE, name)
        tensors, metadata = expected(network, height, width, step)
        save_file(tensors, HERE / f"{name}.expected.safetensors", metadata)
        print(name, {k: v for k, v in metadata.items() if "." in k})


if __name__ == "__main__":
    main()
