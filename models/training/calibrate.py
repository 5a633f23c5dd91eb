"""Fits the depth head's last layer to the relative error: depth becomes scale * depth + shift.

    python calibrate.py ../mtan-rooms --rooms 120

Training minimises the absolute error, which distant walls dominate, and leaves near things too far away. The two
numbers are chosen on rooms of training seeds, and folded into the weights and the bias of the 1x1 convolution.
"""

import argparse
import json
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file, save_file

import rooms
from evaluate import load

FIRST_SEED = 900_000                # among the training seeds, which count up from 0
SCALES = np.arange(0.70, 1.205, 0.025)
SHIFTS = np.arange(-0.60, 0.305, 0.025)                 # metres
NEAREST = 0.1                       # metres; what falls below is no depth, so it counts as this far away


def training_room(index: int):
    """Image [H, W, 3] in [0, 1] and depth [H, W] in metres."""
    frame = rooms.render(FIRST_SEED + index, 288, 384)
    return frame.image, frame.depth


def best_fit(predicted: np.ndarray, truth: np.ndarray) -> tuple[float, float, float]:
    """The scale and shift of least mean relative error over frames [N, H, W] in metres, and that error."""
    valid = truth > 0
    weight = valid / np.maximum(truth, 1e-9) / valid.sum(axis=(1, 2), keepdims=True)

    def error(scale: float, shift: float) -> float:
        fitted = np.maximum(scale * predicted + shift, NEAREST)
        return float((np.abs(fitted - truth) * weight).sum(axis=(1, 2)).mean())

    least, scale, shift = min((error(a, b), a, b) for a in SCALES for b in SHIFTS)
    print(f"relative error {error(1, 0):.4f} before, {least:.4f} after: scale {scale:.3f}, shift {shift:.3f} m")
    return float(scale), float(shift), least


def fold(folder: Path, layer: str, scale: float, shift: float) -> None:
    """Applies scale and shift to the weights and the bias of the depth head's last layer."""
    file = folder / json.loads((folder / "model.json").read_text())["weights"]
    state = load_file(file)
    for name, value in ((f"{layer}.weight", 0.0), (f"{layer}.bias", shift)):
        state[name] = (state[name].double() * scale + value).to(state[name].dtype)
    save_file(state, file, metadata={"format": "pt"})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path, help="model directory; its weights are changed in place")
    parser.add_argument("--rooms", type=int, default=120)
    arguments = parser.parse_args()
    with ProcessPoolExecutor(2) as pool:
        frames = list(pool.map(training_room, range(arguments.rooms), chunksize=5))
    network = load(arguments.model)
    number = next(i for i, task in enumerate(network.tasks) if task.kind == "depth")
    with torch.inference_mode():
        predicted = [network(torch.from_numpy(image.transpose(2, 0, 1).copy())[None])[number][0, 0].numpy()
                     for image, _ in frames]
    thin = np.s_[::3, ::3]
    truth = np.stack([np.reshape(depth, (288, 384))[thin] for _, depth in frames])
    scale, shift, _ = best_fit(np.stack([p[thin] for p in predicted]), truth)
    fold(arguments.model, f"pred_task{number + 1}.1", scale, shift)


if __name__ == "__main__":
    main()
