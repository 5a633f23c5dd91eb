"""Means over steps and over processes."""

import copy

import torch
import torch.distributed as distributed
from torch import Tensor, nn


class WeightAverage:
    """A running average of a network's weights and batch norm statistics: steadier than the last step's.

    Its memory is `decay`, less in the beginning, so that the first weights are soon forgotten.
    """

    def __init__(self, model: nn.Module, decay: float):
        self.model = copy.deepcopy(model).eval().requires_grad_(False)
        self.decay, self.steps = decay, 0
        self.means, self.values = (
            [tensor for tensor in network.state_dict().values() if tensor.is_floating_point()]
            for network in (self.model, model))

    @torch.no_grad()
    def update(self) -> None:
        """Take in the network's weights of now."""
        self.steps += 1
        decay = min(self.decay, (1 + self.steps) / (10 + self.steps))
        torch._foreach_lerp_(self.means, self.values, 1 - decay)


def sum_over_processes(values: Tensor, size: int) -> None:
    """Replace values by their sum over `size` processes."""
    if size > 1:
        distributed.all_reduce(values)


def over_processes(values: Tensor, size: int) -> None:
    """Replace values by their mean over `size` processes."""
    sum_over_processes(values, size)
    values /= size


def gradients_over_processes(parameters: list[nn.Parameter], size: int) -> None:
    """Replace gradients by their mean over `size` processes, in one exchange."""
    if size > 1:
        gradients = [p.grad for p in parameters if p.grad is not None]
        flat = torch.cat([g.reshape(-1) for g in gradients])
        over_processes(flat, size)
        for gradient, mean in zip(gradients, flat.split([g.numel() for g in gradients])):
            gradient.copy_(mean.view(gradient.shape))
