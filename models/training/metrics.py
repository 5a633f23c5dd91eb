"""The measures of multi-task papers on NYUv2: segmentation, depth and surface normals."""

import numpy as np
import torch
from torch import Tensor

ANGLES = (11.25, 22.5, 30.0)


class Metrics:
    """Accumulates over frames, one at a time; `result` gives the figures.

    One confusion matrix over all pixels; depth errors over valid pixels, averaged over frames; normal angles in
    degrees, pooled over all valid pixels (to a hundredth of a degree).
    """

    def __init__(self, classes: int):
        self.classes = classes
        self.confusion = torch.zeros(classes, classes, dtype=torch.int64)           # rows: truth
        self.absolute, self.relative = [], []
        self.angles = torch.zeros(18001, dtype=torch.int64)

    def add(self, outputs: list[Tensor], label: Tensor, depth: Tensor, normal: Tensor) -> None:
        """Outputs [1, C, H, W], [1, 1, H, W], [1, 3, H, W]; truth [H, W], [H, W] and [3, H, W]."""
        known = label >= 0
        pairs = self.classes * label[known].long() + outputs[0][0].argmax(dim=0)[known]
        self.confusion += torch.bincount(pairs, minlength=self.classes ** 2).view(self.classes, self.classes)
        valid = depth > 0
        error = (outputs[1][0, 0] - depth).abs()[valid]
        self.absolute.append(error.mean().item())
        self.relative.append((error / depth[valid]).mean().item())
        valid = normal.abs().sum(dim=0) > 0
        cosine = (outputs[2][0] * normal).sum(dim=0)[valid].clamp(-1, 1)
        angle = torch.rad2deg(torch.acos(cosine))
        self.angles += torch.bincount((angle * 100).long(), minlength=18001)

    def result(self, labels: tuple[str, ...]) -> dict:
        matrix = self.confusion.double()
        truth, correct = matrix.sum(dim=1), matrix.diag()
        union = truth + matrix.sum(dim=0) - correct
        iou = (correct / union).numpy()
        centres = np.arange(18001) / 100 + 0.005
        count, total = self.angles.numpy(), max(int(self.angles.sum()), 1)
        cumulative = np.cumsum(count) / total
        return {
            "frames": len(self.absolute),
            "mean_iou": float(np.nanmean(iou)), "pixel_accuracy": float(correct.sum() / truth.sum()),
            "depth_absolute_metres": float(np.mean(self.absolute)), "depth_relative": float(np.mean(self.relative)),
            "normal_mean_degrees": float((count * centres).sum() / total),
            "normal_median_degrees": float(centres[np.searchsorted(cumulative, 0.5)]),
            **{f"normal_within_{angle}": float(cumulative[round(angle * 100) - 1]) for angle in ANGLES},
            "iou": {name: None if np.isnan(value) else float(value) for name, value in zip(labels, iou)},
            "share": {name: float(value) for name, value in zip(labels, truth / truth.sum())},
        }
