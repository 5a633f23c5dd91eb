"""Measure an exported model on held-out rooms, or on real frames.

    python evaluate.py ../mtan-rooms --rooms 500
    python evaluate.py ../mtan-rooms --frames FOLDER
    python evaluate.py ../mtan-nyuv2 --data DATASET/val     # the layout of lorenmt/mtan, image/N.npy and so on
    python evaluate.py constant --frames FOLDER             # the best answer that does not look at the image

A folder of frames holds pairs N.png (the image) and N.npz with `label` [H, W], `depth` [H, W] in metres and
`normal` [H, W, 3], in the conventions of rooms.py. Exits with 1 if a bound given by --require is missed.
"""

import argparse
import json
import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image

import rooms
from data import read_npy
from metrics import Metrics
from scene import LABELS
from served import ServedModel

HEIGHT, WIDTH = 288, 384
REQUIRED = {"mean_iou": (0.74, 1), "pixel_accuracy": (0.90, 1), "depth_relative": (0.115, -1),
            "normal_mean_degrees": (11.5, -1)}
CONSTANT = "constant"               # instead of a model: the best guess that does not look at the image


def held_out(number: int):
    """Held-out room `number` at the size of prepared NYUv2 frames."""
    return rooms.render(rooms.HELD_OUT_SEED + number, HEIGHT, WIDTH)


def rendered(count: int, workers: int):
    """Held-out rooms as (image, label, depth, normal)."""
    with ProcessPoolExecutor(workers) as pool:
        for frame in pool.map(held_out, range(count), chunksize=4):
            yield frame.image, frame.label, frame.depth, frame.normal


def recorded(folder: Path):
    """Real frames from a folder, in the order of their names."""
    for path in sorted(folder.glob("*.png")):
        truth = np.load(path.with_suffix(".npz"))
        image = np.asarray(Image.open(path).convert("RGB"), np.float32) / 255
        yield image, truth["label"], np.squeeze(truth["depth"]).astype(np.float32), truth["normal"].astype(np.float32)


def from_arrays(folder: Path):
    """Frames of a folder in the layout of lorenmt/mtan."""
    for path in sorted((folder / "image").glob("*.npy"), key=lambda path: int(path.stem)):
        yield read_npy(folder, path.name)


def as_tensors(label: np.ndarray, depth: np.ndarray, normal: np.ndarray) -> list[torch.Tensor]:
    return [torch.from_numpy(np.ascontiguousarray(x)) for x in (label, depth, normal.transpose(2, 0, 1))]


def measure(model: ServedModel, frames) -> dict:
    """All metrics over frames, predictions resampled to the truth's size."""
    metrics = Metrics(len(LABELS))
    for image, label, depth, normal in frames:
        metrics.add(model.predict(image), *as_tensors(label, depth, normal))
    return metrics.result(LABELS)


def measure_constant(frames) -> dict:
    """The same for one answer everywhere, the best for these very frames: the commonest class, the depth of least
    relative error, the mean normal."""
    truths = [as_tensors(*frame[1:]) for frame in frames]
    labels = torch.cat([label[label >= 0] for label, _, _ in truths]).long()
    depths = torch.cat([depth[depth > 0] for _, depth, _ in truths])
    guesses = np.linspace(0.5, 6, 111)
    depth = min(guesses, key=lambda guess: float(((guess - depths).abs() / depths).mean()))
    normal = F.normalize(sum(normal.sum(dim=(1, 2)) for _, _, normal in truths), dim=0)
    scores = F.one_hot(labels.mode().values, len(LABELS)).float()
    metrics = Metrics(len(LABELS))
    for label, *others in truths:
        guess = {kind: value.view(1, -1, 1, 1).expand(1, -1, *label.shape)
                 for kind, value in (("segmentation", scores), ("depth", torch.tensor([float(depth)])),
                                     ("normals", normal))}
        metrics.add(guess, label, *others)
    return metrics.result(LABELS)


def share_or_absent(share: float | None) -> str:
    return "absent" if share is None else f"{share:.3f}"


def table(result: dict) -> str:
    """The figures as Markdown."""
    lines = ["| measure | value |", "| --- | --- |"]
    lines += [f"| {name.replace('_', ' ')} | {value:.4g} |"
              for name, value in result.items() if not isinstance(value, dict)]
    if "iou" not in result:
        return "\n".join(lines)
    lines += ["", "| class | IoU | share of pixels | share found | most often taken for |"]
    lines += ["| --- | --- | --- | --- | --- |"]
    for name, share in result["share"].items():
        iou, found = (share_or_absent(result[figure][name]) for figure in ("iou", "found"))
        mistaken = "{} {:.3f}".format(*result["mistaken"][name]) if result["mistaken"][name] else ""
        lines.append(f"| {name} | {iou} | {share:.3f} | {found} | {mistaken} |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path, help="model directory, as export.py writes it; or `constant`")
    parser.add_argument("--rooms", type=int, default=500, help="how many held-out rooms")
    parser.add_argument("--frames", type=Path, help="a folder of real frames, instead of rooms")
    parser.add_argument("--data", type=Path, help="a folder in the layout of lorenmt/mtan, instead of rooms")
    parser.add_argument("--json", type=Path, help="write the figures here too")
    parser.add_argument("--require", action="store_true", help="fail unless the model is as good as promised")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    frames = (recorded(options.frames) if options.frames else from_arrays(options.data) if options.data
              else rendered(options.rooms, options.workers))
    constant = str(options.model) == CONSTANT
    result = measure_constant(frames) if constant else measure(ServedModel(options.model), frames)
    print(table(result))
    if options.json:
        options.json.write_text(json.dumps(result, indent=2) + "\n")
    failed = [name for name, (bound, sign) in REQUIRED.items() if name in result and sign * (result[name] - bound) < 0]
    if options.require and failed:
        sys.exit(f"below what is required: {', '.join(failed)}")


if __name__ == "__main__":
    main()
