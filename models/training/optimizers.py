"""Adam, as in the paper; or Muon for the convolutions and Adam for the rest, which learns the same from fewer frames.

Muon (Jordan et al., 2024, https://kellerjordan.github.io/posts/muon/) makes the step of a convolution, as a matrix
[outputs, inputs * 9], nearly orthogonal: no direction learns faster than the others. Batch norm follows all those
convolutions, so the length of a weight means nothing while batch norm takes each batch's statistics. It stays what it
was at first, since batch norm that keeps its statistics relies on it, and the learning rate is the part of its length
by which a weight changes in a step.
"""

import torch
from torch import Tensor, nn
from torch.optim import Adam, Optimizer

from average import sum_over_processes
from network import SegNetMTAN

NAMES = ("adam", "muon")


def optimizers(name: str, model: SegNetMTAN, coarse: nn.Module, adam_lr: float, muon_lr: float, rank: int,
               size: int) -> list[Optimizer]:
    """Those that together train all parameters. Every group's peak learning rate is its "peak"."""
    convolutions = []
    if name == "muon":
        convolutions = [weight for key, weight in model.named_parameters()
                        if weight.ndim == 4 and not key.startswith("pred_task")]     # no batch norm follows a head
    chosen = set(map(id, convolutions))
    rest = [weight for weight in (*model.parameters(), *coarse.parameters()) if id(weight) not in chosen]
    found: list[Optimizer] = [Adam([{"params": rest, "peak": adam_lr}], lr=adam_lr, fused=True)]
    if convolutions:
        found.append(Muon([{"params": convolutions, "peak": muon_lr}], muon_lr, rank=rank, size=size))
    return found


class Muon(Optimizer):
    """Nesterov momentum, then an orthogonal step of length `lr` times that of the weight.

    Each of `size` processes works out every `size`-th weight's step, from gradients that are the same in all of them.
    """

    def __init__(self, parameters, lr: float, momentum: float = 0.9, rank: int = 0, size: int = 1):
        super().__init__(parameters, {"lr": lr, "momentum": momentum})
        self.rank, self.size = rank, size

    @torch.no_grad()
    def step(self) -> None:
        for group in self.param_groups:
            weights = [weight for weight in group["params"] if weight.grad is not None]
            for weight, step in zip(weights, self._steps(weights, group["momentum"])):
                now = weight.norm()
                length = self.state[weight].setdefault("length", now)
                weight.mul_(length / now).addcmul_(step, length, value=-group["lr"])

    def _steps(self, weights: list[Tensor], momentum: float) -> list[Tensor]:
        """The direction of each weight's step, of length one."""
        flat = torch.zeros(sum(weight.numel() for weight in weights), device=weights[0].device)
        parts = flat.split([weight.numel() for weight in weights])
        for number, (weight, part) in enumerate(zip(weights, parts)):
            mean = self.state[weight].setdefault("mean", torch.zeros_like(weight))
            mean.mul_(momentum).add_(weight.grad)
            if number % self.size == self.rank:
                step = orthogonal(weight.grad.add(mean, alpha=momentum).flatten(1))
                part.copy_((step / (step.norm() + 1e-7)).flatten())
        sum_over_processes(flat, self.size)
        return [part.view(weight.shape) for weight, part in zip(weights, parts)]


def orthogonal(matrix: Tensor, rounds: int = 5) -> Tensor:
    """Nearly the nearest matrix whose rows, or columns if there are more rows, are orthonormal: Newton-Schulz
    iterations with the coefficients of Muon.

    They only ever multiply by polynomials of the small matrix x x', so it is iterated in place of x, in float32: in
    less, the errors of its small eigenvalues would grow beyond all bounds.
    """
    wide = matrix.shape[0] <= matrix.shape[1]
    x = (matrix if wide else matrix.T) / (matrix.norm() + 1e-7)
    square, product = x @ x.T, torch.eye(min(matrix.shape), device=matrix.device)
    for _ in range(rounds):
        factor = torch.addmm(square, square, square, beta=-4.7750, alpha=2.0315)
        factor.diagonal().add_(3.4445)
        product, square = factor @ product, factor @ square @ factor
    x = product @ x
    return x if wide else x.T
