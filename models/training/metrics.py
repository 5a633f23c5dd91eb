"""The measures of multi-task papers on NYUv2: segmentation, depth and surface normals."""

import numpy as np
import torch
from torch import Tensor

ANGLES = (11.25, 22.5, 30.0)


class Metrics:
    """Accumulates over frames, one at a time; `result` gives the figures.

    One confusion matrix over all pixels; depth errors over valid pixels, averaged over frames, and the median over a
    frame's valid pixels of prediction / truth, averaged likewise (below 1: predictions are too near); normal angles
    in degrees, pooled over all valid pixels (to a hundredth of a degree).
    """

    def __init__(self, classes: int):
        self.classes = classes
        self.confusion = torch.zeros(classes, classes, dtype=torch.int64)           # rows: truth
        self.frames, self.absolute, self.relative, self.ratios = 0, [], [], []
        self.angles = torch.zeros(18001, dtype=torch.int64)

    def add(self, outputs: dict[str, Tensor], label: Tensor, depth: Tensor, normal: Tensor) -> None:
        """Outputs by kind [1, 13, H, W], [1, 1, H, W], [1, 3, H, W], not all need be there; truth [H, W], [H, W] and
        [3, H, W]."""
        self.frames += 1
        if "segmentation" in outputs:
            known = label >= 0
            pairs = self.classes * label[known].long() + outputs["segmentation"][0].argmax(dim=0)[known]
            self.confusion += torch.bincount(pairs, minlength=self.classes ** 2).view(self.classes, self.classes)
        if "depth" in outputs:
            valid = depth > 0
            guess, true = outputs["depth"][0, 0][valid], depth[valid]
            error = (guess - true).abs()
            self.absolute.append(error.mean().item())
            self.relative.append((error / true).mean().item())
            self.ratios.append((guess / true).median().item())
        if "normals" in outputs:
            valid = normal.abs().sum(dim=0) > 0
            cosine = (outputs["normals"][0] * normal).sum(dim=0)[valid].clamp(-1, 1)
            angle = torch.rad2deg(torch.acos(cosine))
            self.angles += torch.bincount((angle * 100).long(), minlength=18001)

    def result(self, labels: tuple[str, ...]) -> dict:
        """The figures of the tasks that were measured."""
        figures = {"frames": self.frames}
        if self.confusion.any():
            figures |= self._segmentation(labels)
        if self.relative:
            figures["depth_absolute_metres"] = float(np.mean(self.absolute))
            figures["depth_relative"] = float(np.mean(self.relative))
            figures["depth_ratio"] = float(np.mean(self.ratios))
        if self.angles.any():
            figures |= self._normals()
        return figures

    def _segmentation(self, labels: tuple[str, ...]) -> dict:
        matrix = self.confusion.double()
        truth, correct = matrix.sum(dim=1), matrix.diag()
        iou = (correct / (truth + matrix.sum(dim=0) - correct)).numpy()
        return {
            "mean_iou": float(np.nanmean(iou)), "pixel_accuracy": float(correct.sum() / truth.sum()),
            "iou": {name: None if np.isnan(value) else float(value) for name, value in zip(labels, iou)},
            "share": {name: float(value) for name, value in zip(labels, truth / truth.sum())},
            "found": {name: float(value) if present else None
                      for name, value, present in zip(labels, correct / truth, truth > 0)},
            "mistaken": self._mistaken(labels)}

    def _mistaken(self, labels: tuple[str, ...]) -> dict:
        """Per class the other class that most of its pixels are taken for, and their share of it; None if there are no
        such pixels."""
        wrong = self.confusion.double()
        wrong.fill_diagonal_(0)
        most, other = wrong.max(dim=1)
        share = most / self.confusion.sum(dim=1)
        return {name: (labels[other[row]], float(share[row])) if most[row] > 0 else None
                for row, name in enumerate(labels)}

    def _normals(self) -> dict:
        centres = np.arange(18001) / 100 + 0.005
        count, total = self.angles.numpy(), int(self.angles.sum())
        cumulative = np.cumsum(count) / total
        return {
            "normal_mean_degrees": float((count * centres).sum() / total),
            "normal_median_degrees": float(centres[np.searchsorted(cumulative, 0.5)]),
            **{f"normal_within_{angle}": float(cumulative[round(angle * 100) - 1]) for angle in ANGLES}}
