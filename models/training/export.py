"""A checkpoint of train.py as a model directory: weights in half precision and their description.

    python export.py runs/rooms/checkpoint.pt ../mtan-rooms
    python export.py runs/nyuv2/checkpoint.pt /srv/models/mtan-nyuv2 --name mtan-nyuv2
    python export.py runs/later/checkpoint.pt ../mtan-rooms --mix runs/rooms/checkpoint.pt 0.25

The averaged weights are exported, with the tasks of the run and the size of its last phase. `--mix` takes part of them
from the run that this one began with: the mean of two ends of the same way is often better than either (Wortsman et
al., "Model soups", ICML 2022), if both have batch norm's statistics from before, so all of the later run was frozen.

Convolution weights become float16; batch norms (tiny, and their variances may leave the range of half precision)
and biases stay float32. What inference never reads, `logsigma` and `num_batches_tracked`, is left out.
"""

import argparse
import json
from pathlib import Path

import torch
from safetensors.torch import save_file

from scene import LABELS
from start import starting_weights

# One colour per class, told apart by lightness as well as by hue.
PALETTE = {
    "bed": "#882255", "books": "#EE8866", "ceiling": "#F2F0E6", "chair": "#CC3311", "floor": "#A68B6A",
    "furniture": "#6B4A2F", "objects": "#EE99AA", "picture": "#AA4499", "sofa": "#117733", "table": "#DDCC33",
    "tv": "#222233", "wall": "#BBCCDD", "window": "#33A0DD"}

SUMMARY = "Segmentation, depth and surface normals of furnished rooms, learned from rendered ones."
WEIGHTS = "weights.safetensors"
TASKS = {
    "segmentation": {"kind": "segmentation", "labels": list(LABELS), "palette": [PALETTE[label] for label in LABELS]},
    "depth": {"kind": "depth", "unit": "metric", "png_scale": 1000},
    "normals": {"kind": "normals", "axes": ["right", "into the scene", "up"]},
}


def describe(name: str, summary: str, tasks: list[str], size: tuple[int, int]) -> dict:
    """The contents of model.json."""
    return {
        "format": 1, "name": name, "description": summary, "architecture": "segnet-mtan", "weights": WEIGHTS,
        "input": {"height": size[0], "width": size[1], "range": [0, 1], "mean": [0, 0, 0], "std": [1, 1, 1]},
        "tasks": [{"name": task, **TASKS[task]} for task in tasks]}


def compact(state: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Tensors as they are shipped. Fails if a weight does not survive half precision."""
    shipped = {}
    for name, tensor in state.items():
        if name == "logsigma" or name.endswith("num_batches_tracked"):
            continue
        tensor = tensor.float().contiguous()
        if tensor.dim() == 4:
            half = tensor.half()
            if not torch.isfinite(half).all() or (half.float() - tensor).abs().max() > 1e-3 * tensor.abs().max():
                raise ValueError(f"{name} does not fit half precision")
            tensor = half
        shipped[name] = tensor
    return shipped


def mixed(state: dict[str, torch.Tensor], other: dict[str, torch.Tensor], share: float) -> dict[str, torch.Tensor]:
    """Weights `share` of the way from `state` to `other`; ValueError if they are not of the same network, or do not
    hold the same statistics of batch norm: means of different ones are not those of the mixed network."""
    if not 0 <= share <= 1:
        raise ValueError(f"expected a share from 0 to 1, found {share}")
    for name, tensor in state.items():
        if name not in other or other[name].shape != tensor.shape:
            found = tuple(other[name].shape) if name in other else "nothing"
            raise ValueError(f"expected {name} of shape {tuple(tensor.shape)}, found {found}")
        if "running_" in name and not torch.equal(tensor, other[name]):
            raise ValueError(f"expected batch norm's statistics from before in both, found another {name}: mix a run "
                             "all of whose phases are :frozen with what it began with")
    return {name: torch.lerp(tensor, other[name], share) if tensor.is_floating_point() else tensor
            for name, tensor in state.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("directory", type=Path)
    parser.add_argument("--name", default="mtan-rooms")
    parser.add_argument("--description", default=SUMMARY)
    parser.add_argument("--size", type=int, nargs=2, metavar=("H", "W"), help="instead of the last phase's")
    parser.add_argument("--mix", nargs=2, metavar=("RUN/checkpoint.pt|MODEL", "SHARE"), help="take a share of the "
                        "weights, 0 to 1, from the run or model that this run began with")
    options = parser.parse_args()
    state = torch.load(options.checkpoint, weights_only=True, map_location="cpu")
    weights = state["average"]
    if options.mix:
        try:
            weights = mixed(weights, starting_weights(Path(options.mix[0]))["model"], float(options.mix[1]))
        except (OSError, ValueError) as error:
            parser.error(f"--mix {options.mix[0]}: {error}")
    shipped = compact(weights)
    options.directory.mkdir(parents=True, exist_ok=True)
    file = options.directory / WEIGHTS
    save_file(shipped, file, metadata={"architecture": "segnet-mtan", "steps": str(state["step"])})
    description = describe(options.name, options.description, state["tasks"], options.size or state["size"])
    (options.directory / "model.json").write_text(json.dumps(description, indent=2) + "\n")
    print(f"{file}: {len(shipped)} tensors, {file.stat().st_size / 1e6:.2f} MB, {state['step']} steps")


if __name__ == "__main__":
    main()
