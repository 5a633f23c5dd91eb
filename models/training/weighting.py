"""How the losses of the tasks become one: equal weights, dynamic weight average, or learned uncertainty.

Each has `combine(losses)`, the scalar to minimise; `observe(losses)` after every step; `weights`, what it weighs with
now; and `state_dict`/`load_state_dict` for checkpoints.
"""

import torch
from torch import Tensor

from network import SegNetMTAN


class Equal:
    """All tasks count the same."""

    def __init__(self, tasks: int):
        self.weights = torch.ones(tasks)

    def combine(self, losses: Tensor) -> Tensor:
        return (self.weights.to(losses.device) * losses).sum()

    def observe(self, losses: Tensor) -> None:
        pass

    def state_dict(self) -> dict:
        return {}

    def load_state_dict(self, state: dict) -> None:
        pass


class DynamicWeightAverage(Equal):
    """Weights renewed every `epoch` steps from how fast each loss fell over the last two (the paper's T = 2)."""

    def __init__(self, tasks: int, epoch: int, temperature: float = 2.0):
        super().__init__(tasks)
        self.epoch, self.temperature, self.means = epoch, temperature, []
        self.total, self.steps = torch.zeros(tasks), 0

    def observe(self, losses: Tensor) -> None:
        self.total += losses.detach().cpu()
        self.steps += 1
        if self.steps == self.epoch:
            self.means = (self.means + [self.total / self.steps])[-2:]
            self.total, self.steps = torch.zeros_like(self.total), 0
            if len(self.means) == 2:
                ratio = self.means[1] / self.means[0]
                self.weights = len(ratio) * torch.softmax(ratio / self.temperature, dim=0)

    def state_dict(self) -> dict:
        return {name: getattr(self, name) for name in ("weights", "means", "total", "steps")}

    def load_state_dict(self, state: dict) -> None:
        vars(self).update(state)


class Uncertainty(Equal):
    """Kendall et al.: each loss over twice its learned variance, plus half the variance's logarithm.

    The logarithms are the network's `logsigma`, as in the published implementation, and train with it.
    """

    def __init__(self, model: SegNetMTAN):
        self.log_variance = model.logsigma

    @property
    def weights(self) -> Tensor:
        return 1 / (2 * self.log_variance.detach().exp())

    def combine(self, losses: Tensor) -> Tensor:
        return (losses / (2 * self.log_variance.exp()) + self.log_variance / 2).sum()


def weighting(name: str, model: SegNetMTAN, epoch: int):
    """`equal`, `dwa` or `uncertainty`."""
    if name == "uncertainty":
        return Uncertainty(model)
    return DynamicWeightAverage(len(model.tasks), epoch) if name == "dwa" else Equal(len(model.tasks))


NAMES = ("dwa", "equal", "uncertainty")
