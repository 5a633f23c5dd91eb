"""Layers whose batch norm keeps its statistics, for training on a processor in float32: batch norm and ReLU are part
of the convolution, and 3x3 convolutions go by Winograd's algorithm (`winograd.cpp`), with a quarter of the products.

PyTorch computes everything, as it is written in `network.py`, until `use_winograd` has been called.
"""

import ctypes
import os
import subprocess
from ctypes import c_int, c_void_p
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn

SOURCE = Path(__file__).parent / "winograd.cpp"
PANEL = 32              # channels come in so many
FEWEST_PIXELS = 1200    # of a batch: with fewer, the weights' transforms cost more than they save
_library: ctypes.CDLL | None = None


def compile_winograd(folder: Path) -> Path:
    """`winograd.cpp` as a library for this processor, in a folder, by $CXX or c++. RuntimeError if that fails."""
    library = folder / "winograd.so"
    command = [os.environ.get("CXX", "c++"), "-O3", "-march=native", "-ffp-contract=fast", "-std=c++17", "-shared",
               "-fPIC", str(SOURCE), "-o", str(library)]
    try:
        done = subprocess.run(command, capture_output=True, text=True)
    except OSError as error:
        raise RuntimeError(f"needs a C++ compiler (c++, or $CXX): {error}") from error
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}\n{done.stderr}")
    return library


def use_winograd(library: Path) -> None:
    """Compute with what `compile_winograd` made, in this process."""
    global _library
    _library = ctypes.CDLL(str(library))
    _library.winograd_forward.argtypes = [c_void_p] * 3 + [c_int] * 6 + [c_void_p]
    _library.winograd_backward.argtypes = [c_void_p] * 4 + [c_int] * 5 + [c_void_p] * 3


def folds(norm: nn.BatchNorm2d) -> bool:
    """Whether a layer with this batch norm is to be computed here."""
    return _library is not None and not norm.training


def folded(convolution: nn.Conv2d, norm: nn.BatchNorm2d) -> tuple[Tensor, Tensor]:
    """Weight and bias of a convolution that does what `convolution` and then `norm`, with its statistics, do.
    (torch.nn.utils.fusion does the same, and cuts the gradients.)"""
    scale = norm.weight * (norm.running_var + norm.eps).rsqrt()
    return (convolution.weight * scale[:, None, None, None],
            (convolution.bias - norm.running_mean) * scale + norm.bias)


def convolve(x: Tensor, weight: Tensor, bias: Tensor, relu: bool) -> Tensor:
    """A 3x3 convolution of [N, C, H, W] with a border of zeros; its ReLU if `relu`."""
    outputs, inputs = weight.shape[:2]
    pixels = x.numel() // inputs
    if _library is not None and inputs % PANEL == outputs % PANEL == 0 and pixels >= FEWEST_PIXELS:
        return Winograd.apply(x, weight, bias, relu)
    answer = F.conv2d(x, weight, bias, padding=1)
    return F.relu_(answer) if relu else answer


def attention_mask(parts: tuple[Tensor, ...], first: tuple[Tensor, Tensor], last: tuple[Tensor, Tensor]) -> Tensor:
    """Two 1x1 convolutions, of which `first` and `last` are weight and bias, with ReLU between and sigmoid after them,
    as matrix products. The channels of [N, C, H, W] parts together are the inputs."""
    count, _, height, width = parts[0].shape
    pixels = [part.permute(0, 2, 3, 1).reshape(-1, part.shape[1]) for part in parts]
    weights = first[0].flatten(1).t().split([part.shape[1] for part in parts])
    x = torch.addmm(first[1], pixels[0], weights[0])
    for part, weight in zip(pixels[1:], weights[1:]):
        x.addmm_(part, weight)
    x = torch.addmm(last[1], x.relu_(), last[0].flatten(1).t()).sigmoid_()
    return x.view(count, height, width, -1).permute(0, 3, 1, 2)


class Winograd(torch.autograd.Function):
    """`convolve`, of maps that are channels-last."""

    @staticmethod
    def forward(context, x: Tensor, weight: Tensor, bias: Tensor, relu: bool) -> Tensor:
        x, weight = (tensor.contiguous(memory_format=torch.channels_last) for tensor in (x, weight))
        (count, inputs, height, width), outputs = x.shape, len(weight)
        answer = torch.empty((count, outputs, height, width), memory_format=torch.channels_last)
        _library.winograd_forward(x.data_ptr(), weight.data_ptr(), bias.contiguous().data_ptr(), relu, count, height,
                                  width, inputs, outputs, answer.data_ptr())
        context.save_for_backward(x, weight, answer if relu else None)
        return answer

    @staticmethod
    def backward(context, gradient: Tensor):
        x, weight, answer = context.saved_tensors
        gradient = gradient.contiguous(memory_format=torch.channels_last)
        (count, inputs, height, width), outputs = x.shape, len(weight)
        of_x = torch.zeros_like(x) if context.needs_input_grad[0] else None
        of_weight = torch.empty_like(weight) if context.needs_input_grad[1] else None
        of_bias = torch.zeros(outputs)
        _library.winograd_backward(x.data_ptr(), _address(answer), gradient.data_ptr(), weight.data_ptr(), count,
                                   height, width, inputs, outputs, _address(of_x), _address(of_weight),
                                   of_bias.data_ptr())
        return of_x, of_weight, of_bias, None


def _address(tensor: Tensor | None) -> int | None:
    return None if tensor is None else tensor.data_ptr()
