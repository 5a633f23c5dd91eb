"""A checkpoint of train.py as a model directory: weights in half precision and their description.

    python export.py runs/rooms/checkpoint.pt ../mtan-rooms

Convolution weights become float16; batch norms (tiny, and their variances may leave the range of half precision)
and biases stay float32. What inference never reads, `logsigma` and `num_batches_tracked`, is left out.
"""

import argparse
import json
from pathlib import Path

import torch
from safetensors.torch import save_file

from scene import LABELS

# One colour per class, told apart by lightness as well as by hue.
PALETTE = {
    "bed": "#882255", "books": "#EE8866", "ceiling": "#F2F0E6", "chair": "#CC3311", "floor": "#A68B6A",
    "furniture": "#6B4A2F", "objects": "#EE99AA", "picture": "#AA4499", "sofa": "#117733", "table": "#DDCC33",
    "tv": "#222233", "wall": "#BBCCDD", "window": "#33A0DD"}

DESCRIPTION = {
    "format": 1,
    "name": "mtan-rooms",
    "description": "Segmentation, depth and surface normals of furnished rooms, learned from rendered ones.",
    "architecture": "segnet-mtan",
    "weights": "weights.safetensors",
    "input": {"height": 288, "width": 384, "range": [0, 1], "mean": [0, 0, 0], "std": [1, 1, 1]},
    "tasks": [
        {"name": "segmentation", "kind": "segmentation", "labels": list(LABELS),
         "palette": [PALETTE[label] for label in LABELS]},
        {"name": "depth", "kind": "depth", "unit": "metric", "png_scale": 1000},
        {"name": "normals", "kind": "normals", "axes": ["right", "into the scene", "up"]},
    ],
}


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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("directory", type=Path)
    options = parser.parse_args()
    state = torch.load(options.checkpoint, weights_only=True)
    shipped = compact(state["model"])
    options.directory.mkdir(parents=True, exist_ok=True)
    weights = options.directory / DESCRIPTION["weights"]
    save_file(shipped, weights, metadata={"architecture": DESCRIPTION["architecture"], "steps": str(state["step"])})
    (options.directory / "model.json").write_text(json.dumps(DESCRIPTION, indent=2) + "\n")
    print(f"{weights}: {len(shipped)} tensors, {weights.stat().st_size / 1e6:.2f} MB, {state['step']} steps")


if __name__ == "__main__":
    main()
