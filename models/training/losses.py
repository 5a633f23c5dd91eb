"""The losses of the tasks, the same for the network's answers and for the coarse ones of deep supervision."""

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from data import Truth
from network import SegNetMTAN, Task, activate

DEPTH_LOSSES = ("l1", "relative", "log")
NORMALS_LOSSES = ("cosine", "chord")
NEAREST = 0.1       # metres; what is predicted nearer, or behind the camera, counts as this far away in a logarithm


def depth_loss(predicted: Tensor, truth: Tensor, kind: str, slope: float = 0.0) -> Tensor:
    """Mean over valid pixels of: |error| in metres (the paper's), |error| / truth, or |error of the logarithm|.

    `slope` is the weight of what the error changes by between pixels one and four apart: it makes flat things flat
    and edges sharp.
    """
    valid = truth > 0
    error = predicted - truth
    if kind == "relative":
        error = error / truth.clamp_min(NEAREST)
    elif kind == "log":
        # Below `NEAREST` the logarithm goes on as its tangent, so that there is a way out.
        below = predicted / NEAREST - 1 + math.log(NEAREST)
        log = torch.where(predicted < NEAREST, below, predicted.clamp_min(NEAREST).log())
        error = log - truth.clamp_min(NEAREST).log()
    loss = mean_where(error.abs(), valid)
    if slope:
        changes = [mean_change(error, valid, axis, apart) for apart in (1, 4) for axis in (2, 3)
                   if error.shape[axis] > apart]
        loss = loss + slope / 4 * sum(changes)
    return loss


def mean_change(values: Tensor, chosen: Tensor, axis: int, apart: int) -> Tensor:
    """The mean of |difference| of chosen values so many pixels apart along an axis; zero if there are none."""
    length = values.shape[axis] - apart
    change = values.narrow(axis, apart, length) - values.narrow(axis, 0, length)
    return mean_where(change.abs(), chosen.narrow(axis, apart, length) & chosen.narrow(axis, 0, length))


def mean_where(values: Tensor, chosen: Tensor) -> Tensor:
    """The mean of the chosen values; zero if none is. (Sums, because picking costs more than the loss itself.)"""
    return torch.where(chosen, values, 0).sum() / chosen.sum().clamp_min(1)


def normals_loss(predicted: Tensor, truth: Tensor, kind: str) -> Tensor:
    """Mean over valid pixels of 1 - cosine of the angle (the paper's), or of the chord, the length of the difference.

    The chord grows like the angle, not like its square: near edges the answer is one side or the other, not between.
    """
    cosine = (predicted * truth).sum(dim=1)
    error = 1 - cosine if kind == "cosine" else (2 - 2 * cosine).clamp_min(1e-4).sqrt()
    return mean_where(error, truth.abs().sum(dim=1) > 0)


@dataclass(frozen=True)
class Style:
    """Which `depth_loss`, with which weight of its slope, which `normals_loss`, and the weight of every class in the
    cross-entropy, or None."""

    depth: str = "l1"
    slope: float = 0.0
    normals: str = "cosine"
    classes: Tensor | None = None


class ClassBalance:
    """Class weights (mean share / share) ** `power` from the pixels seen so far, so that rare classes are learned too.

    They average to one over pixels. Power 0 is the plain cross-entropy.
    """

    def __init__(self, classes: int, power: float, device: torch.device):
        self.counts, self.power = torch.ones(classes, device=device), power

    def observe(self, label: Tensor) -> None:
        known = label[label >= 0]
        self.counts = 0.995 * self.counts + torch.bincount(known, minlength=len(self.counts))

    def weights(self) -> Tensor | None:
        if not self.power:
            return None
        share = self.counts / self.counts.sum()
        weights = (1 / share.clamp_min(1e-4)) ** self.power
        return weights / (weights * share).sum()


def task_loss(task: Task, output: Tensor, truth: Truth, style: Style) -> Tensor:
    if task.kind == "segmentation":
        return F.nll_loss(output, truth.label, style.classes, ignore_index=-1)
    if task.kind == "depth":
        return depth_loss(output, truth.depth, style.depth, style.slope)
    return normals_loss(output, truth.normal, style.normals)


def losses(tasks: tuple[Task, ...], outputs: list[Tensor], truth: Truth, style: Style = Style()) -> Tensor:
    """The loss of each task, in order: cross-entropy, a `depth_loss`, a `normals_loss`."""
    return torch.stack([task_loss(task, output, truth, style) for task, output in zip(tasks, outputs)])


class CoarseHeads(torch.nn.Module):
    """Deep supervision: every task answers at the coarse levels of its decoder too, while training.

    Without it the coarse layers hear of their errors only through the sparse, noisy fine ones, and learn slowly.
    """

    LEVELS = (2, 3, 4)

    def __init__(self, model: SegNetMTAN):
        super().__init__()
        self.tasks = model.tasks
        self.heads = torch.nn.ModuleList([
            torch.nn.ModuleList([torch.nn.Conv2d(model.filters[level - 1], task.channels, 1) for level in self.LEVELS])
            for task in model.tasks])

    def losses(self, attended: list[list[Tensor]], truth: Truth, style: Style = Style()) -> Tensor:
        """The losses at each coarse level against the truth at every 2^level-th pixel, summed. Shape [tasks]."""
        total = 0
        for place, level in enumerate(self.LEVELS):
            outputs = [activate(task.kind, heads[place](features[level]))
                       for task, heads, features in zip(self.tasks, self.heads, attended)]
            every = slice(2 ** (level - 1), None, 2 ** level)
            total = total + losses(self.tasks, outputs, Truth(*(t[..., every, every] for t in truth)), style)
        return total
