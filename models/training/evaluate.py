"""Measure an exported model on held-out rooms, or on real frames.

    python evaluate.py ../mtan-rooms --rooms 200
    python evaluate.py ../mtan-rooms --frames FOLDER

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
from PIL import Image
from safetensors.torch import load_file

import rooms
from metrics import Metrics
from network import SegNetMTAN, Task
from scene import LABELS

HEIGHT, WIDTH = 288, 384
REQUIRED = {"pixel_accuracy": (0.65, 1), "depth_relative": (0.25, -1), "normal_mean_degrees": (25.0, -1)}


def load(directory: Path) -> SegNetMTAN:
    """The network of a model directory, weights widened to single precision; tasks and widths come from the files."""
    description = json.loads((directory / "model.json").read_text())
    weights = {name: tensor.float() if tensor.is_floating_point() else tensor
               for name, tensor in load_file(directory / description["weights"]).items()}
    filters = tuple(weights[f"encoder_block.{level}.0.weight"].shape[0] for level in range(5))
    tasks = tuple(Task(task["name"], task["kind"], weights[f"pred_task{number}.1.weight"].shape[0])
                  for number, task in enumerate(description["tasks"], start=1))
    model = SegNetMTAN(filters, tasks)
    missing, unexpected = model.load_state_dict(weights, strict=False)
    missing = [name for name in missing if name != "logsigma" and not name.endswith("num_batches_tracked")]
    if missing or unexpected:
        raise ValueError(f"{directory}: missing {missing}, unexpected {unexpected}")
    return model.eval()


def held_out(number: int):
    """Held-out room `number` at the model's size."""
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


@torch.inference_mode()
def measure(model: SegNetMTAN, frames) -> dict:
    """All metrics over frames."""
    metrics = Metrics(len(LABELS))
    for image, label, depth, normal in frames:
        outputs = model(torch.from_numpy(np.ascontiguousarray(image.transpose(2, 0, 1)))[None])
        truth = (label, depth, normal.transpose(2, 0, 1))
        metrics.add(outputs, *(torch.from_numpy(np.ascontiguousarray(x)) for x in truth))
    return metrics.result(LABELS)


def table(result: dict) -> str:
    """The figures as Markdown."""
    lines = ["| measure | value |", "| --- | --- |"]
    lines += [f"| {name.replace('_', ' ')} | {value:.4g} |"
              for name, value in result.items() if not isinstance(value, dict)]
    lines += ["", "| class | IoU | share of pixels |", "| --- | --- | --- |"]
    for name, iou in result["iou"].items():
        lines.append(f"| {name} | {'absent' if iou is None else format(iou, '.3f')} | {result['share'][name]:.3f} |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path, help="model directory, as export.py writes it")
    parser.add_argument("--rooms", type=int, default=200, help="how many held-out rooms")
    parser.add_argument("--frames", type=Path, help="a folder of real frames, instead of rooms")
    parser.add_argument("--json", type=Path, help="write the figures here too")
    parser.add_argument("--require", action="store_true", help="fail unless the model is as good as promised")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    frames = recorded(options.frames) if options.frames else rendered(options.rooms, options.workers)
    result = measure(load(options.model), frames)
    print(table(result))
    if options.json:
        options.json.write_text(json.dumps(result, indent=2) + "\n")
    failed = [name for name, (bound, sign) in REQUIRED.items() if sign * (result[name] - bound) < 0]
    if options.require and failed:
        sys.exit(f"below what is required: {', '.join(failed)}")


if __name__ == "__main__":
    main()
