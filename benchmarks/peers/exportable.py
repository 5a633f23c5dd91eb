"""The network of models/training/network.py in a form that every runtime can run, and runs fastest.

PyTorch's ONNX exporter has no max-unpooling. `Exportable` computes the same function by operations that all have:
within a 2x2 window the places of the maximum get a rank that falls in reading order, so that the first of several
equal maxima is the one with the highest rank.
"""

import copy
import sys
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "models" / "training"))
from network import LEVELS, SegNetMTAN  # noqa: E402


def random_network(width: int, seed: int) -> SegNetMTAN:
    """Weights as before training, and batch-norm statistics away from the identity; `width` is level 0's."""
    torch.manual_seed(seed)
    network = SegNetMTAN(tuple(width * factor for factor in (1, 2, 4, 8, 8))).eval()
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.running_mean.normal_(0, 0.1)
            module.running_var.uniform_(0.5, 1.5)
            module.weight.data.uniform_(0.5, 1.5)
            module.bias.data.normal_(0, 0.1)
    return network


def folded(network: SegNetMTAN) -> SegNetMTAN:
    """A copy whose batch norms are part of the convolutions before them, and whose heads are one convolution."""
    network = copy.deepcopy(network)
    for module in network.modules():
        if isinstance(module, nn.Sequential):
            fold_batch_norms(module)
    for number in range(1, len(network.tasks) + 1):
        setattr(network, f"pred_task{number}", fold_head(*getattr(network, f"pred_task{number}")))
    return network.requires_grad_(False)


def fold_batch_norms(layers: nn.Sequential) -> None:
    for index in range(len(layers) - 1):
        if isinstance(layers[index + 1], nn.BatchNorm2d):
            layers[index] = fuse_conv_bn_eval(layers[index], layers[index + 1])
            layers[index + 1] = nn.Identity()


def fold_head(first: nn.Conv2d, second: nn.Conv2d) -> nn.Conv2d:
    """A 3x3 convolution and the 1x1 convolution after it as one 3x3 convolution."""
    matrix = second.weight.data.double()[:, :, 0, 0]
    head = nn.Conv2d(first.in_channels, second.out_channels, 3, padding=1)
    head.weight.data = torch.einsum("om,mikl->oikl", matrix, first.weight.data.double()).float()
    head.bias.data = (matrix @ first.bias.data.double() + second.bias.data.double()).float()
    return head


class Exportable(SegNetMTAN):
    """SegNetMTAN with max-unpooling by ranks, which works at the size of full maps and needs no gather or scatter."""

    @classmethod
    def copy_of(cls, network: SegNetMTAN) -> "Exportable":
        network = copy.deepcopy(network)
        network.__class__ = cls
        return network

    def _shared_encoder(self, x: Tensor):
        features, ranks = [], []
        for first, second in zip(self.encoder_block, self.conv_block_enc):
            u = first(x)
            p = second(u)
            x = F.max_pool2d(p, 2)
            features.append((u, p))
            ranks.append(F.max_pool2d((p == doubled(x)).to(p.dtype) * window_ranks(x), 2))
        return features, ranks, x

    def _shared_decoder(self, x: Tensor, ranks: list[Tensor]):
        features = []
        for level in reversed(range(LEVELS)):
            unpooled = doubled(x) * (doubled(ranks[level]) == window_ranks(x)).to(x.dtype)
            x = self.conv_block_dec[level](self.decoder_block[level](unpooled))
            features.insert(0, (unpooled, x))
        return features


def doubled(x: Tensor) -> Tensor:
    """Every element as a 2x2 window."""
    return F.interpolate(x, scale_factor=2, mode="nearest")


def window_ranks(x: Tensor) -> Tensor:
    """4, 3, 2, 1 in reading order in the window of each of `x`'s pixels: a constant of the exported network."""
    return torch.tensor([[4.0, 3.0], [2.0, 1.0]], dtype=x.dtype).repeat(x.shape[2], x.shape[3])[None, None]
