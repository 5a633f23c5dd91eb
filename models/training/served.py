"""A model directory as the server sees it: photos of any size in, maps of the photo's size out."""

import json
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.torch import load_file
from torch import Tensor

from network import SegNetMTAN, Task


class ServedModel:
    """An exported network and its description. Weights are widened to single precision."""

    def __init__(self, directory: Path):
        self.description = json.loads((directory / "model.json").read_text())
        size = self.description["input"]
        self.size = size["height"], size["width"]
        self.network = load(self.description, directory / self.description["weights"])

    @property
    def tasks(self) -> tuple[Task, ...]:
        return self.network.tasks

    @torch.inference_mode()
    def predict(self, image: np.ndarray) -> dict[str, Tensor]:
        """Per kind of task the map [1, C, H, W] for an image [H, W, 3] in [0, 1], whatever its size."""
        pixels = torch.from_numpy(np.ascontiguousarray(image.transpose(2, 0, 1)))[None]
        if image.shape[:2] != self.size:
            pixels = F.interpolate(pixels, self.size, mode="bilinear", antialias=True)
        outputs = dict(zip((task.kind for task in self.tasks), self.network(pixels)))
        if image.shape[:2] != self.size:
            outputs = {kind: F.interpolate(output, image.shape[:2], mode="bilinear", antialias=True)
                       for kind, output in outputs.items()}
            if "normals" in outputs:
                outputs["normals"] = F.normalize(outputs["normals"], dim=1)
        return outputs


def load(description: dict, file: Path) -> SegNetMTAN:
    """The network of a weights file; tasks and widths come from the files."""
    weights = {name: tensor.float() if tensor.is_floating_point() else tensor
               for name, tensor in load_file(file).items()}
    filters = tuple(weights[f"encoder_block.{level}.0.weight"].shape[0] for level in range(5))
    tasks = tuple(Task(task["name"], task["kind"], weights[f"pred_task{number}.1.weight"].shape[0])
                  for number, task in enumerate(description["tasks"], start=1))
    network = SegNetMTAN(filters, tasks)
    missing, unexpected = network.load_state_dict(weights, strict=False)
    missing = [name for name in missing if name != "logsigma" and not name.endswith("num_batches_tracked")]
    if missing or unexpected:
        raise ValueError(f"{file}: missing {missing}, unexpected {unexpected}")
    return network.eval()
