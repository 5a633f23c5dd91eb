"""What a run begins with: the weights of another run or of an exported model, in a wider network if need be.

The wider network gives the same answers. Every channel becomes several equal ones (Net2WiderNet; Chen, Goodfellow and
Shlens, "Net2Net", ICLR 2016). What they give to the next layer is divided among them unevenly, at random, so that they
learn different things from there on.
"""

from pathlib import Path
from pickle import UnpicklingError

import torch
from torch import Tensor

from served import ServedModel


def starting_weights(path: Path) -> dict:
    """The "model", "coarse" heads and "filters" of a checkpoint, or of a model directory, which has no such heads.
    OSError or ValueError if it is neither."""
    if path.is_dir():
        network = ServedModel(path).network
        return {"model": network.state_dict(), "coarse": {}, "filters": network.filters}
    try:
        state = torch.load(path, weights_only=True, map_location="cpu", mmap=True)
    except (RuntimeError, UnpicklingError):
        state = None
    if not isinstance(state, dict) or not {"average", "coarse", "filters"} <= state.keys():
        raise ValueError("neither a checkpoint of train.py nor a model directory")
    return {"model": state["average"], "coarse": state["coarse"], "filters": tuple(state["filters"])}


def times_as_wide(wide: tuple[int, ...], narrow: tuple[int, ...]) -> int:
    """By which whole number every width of a network is larger than another's; ValueError if there is none."""
    factor = wide[0] // narrow[0]
    if factor < 1 or tuple(wide) != tuple(factor * width for width in narrow):
        raise ValueError(f"widths {tuple(wide)} are not {tuple(narrow)} or a multiple of them")
    return factor


def widen(weights: dict[str, Tensor], like: dict[str, Tensor], factor: int, seed: int = 0) -> dict[str, Tensor]:
    """The weights that `like` has too, `factor` times as wide where those are. Other shapes stay as they are."""
    generator = torch.Generator().manual_seed(seed)
    return {name: _widened(tensor, like[name], factor, generator) for name, tensor in weights.items() if name in like}


def _widened(tensor: Tensor, like: Tensor, factor: int, generator: torch.Generator) -> Tensor:
    if factor == 1 or tensor.ndim == 0:
        return tensor
    if len(like) == factor * len(tensor):
        tensor = tensor.repeat_interleave(factor, dim=0)
    if tensor.ndim == 4 and like.shape[1] == factor * tensor.shape[1]:
        tensor = _divided(tensor, factor, generator)
    return tensor


def _divided(weight: Tensor, parts: int, generator: torch.Generator) -> Tensor:
    """Weights [O, I * parts, K, K] that sum to those of [O, I, K, K] over the parts of every input.

    They differ by as much as leaves the length of the whole as it was, so that a step of Muon, whose length is a part of
    it, weighs the same beside what was learned.
    """
    shares = torch.randn(*weight.shape[:2], parts, *weight.shape[2:], generator=generator)
    shares -= shares.mean(dim=2, keepdim=True)
    shares *= weight.norm() * (1 - 1 / parts) ** 0.5 / shares.norm()
    return (weight.unsqueeze(2) / parts + shares).flatten(1, 2)
