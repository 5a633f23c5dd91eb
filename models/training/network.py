"""Multi-Task Attention Network on SegNet, with any filter widths and any tasks.

The network of "End-to-End Multi-Task Learning with Attention" (Liu, Johns, Davison, CVPR 2019). The names of
its parameters are those of the published implementation's `model_segnet_mtan.py`, so that checkpoints of either
load into the other. Two of those names need a word:

* levels are counted from the finest, 0, to the coarsest, 4, in the decoder too;
* the second convolution block of levels 0 and 1 is one layer, that of levels 2 to 4 is a sequence of two.
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from convolution import attention_mask, convolve, folded, folds

FULL_FILTERS = (64, 128, 256, 512, 512)
LEVELS = 5


@dataclass(frozen=True)
class Task:
    """One output: `kind` is "segmentation", "depth" or "normals", which decides what follows the head."""

    name: str
    kind: str
    channels: int


ROOM_TASKS = (Task("segmentation", "segmentation", 13), Task("depth", "depth", 1), Task("normals", "normals", 3))


class ConvLayer(nn.Sequential):
    """3x3 convolution, batch norm, ReLU."""

    def __init__(self, inputs: int, outputs: int):
        super().__init__(nn.Conv2d(inputs, outputs, 3, padding=1), nn.BatchNorm2d(outputs), nn.ReLU(inplace=True))

    def forward(self, x: Tensor) -> Tensor:
        convolution, norm, _ = self
        return convolve(x, *folded(convolution, norm), relu=True) if folds(norm) else super().forward(x)


class AttentionLayer(nn.Sequential):
    """The mask of one task at one level: 1x1 convolution, batch norm, ReLU, the same again with a sigmoid."""

    def __init__(self, inputs: int, outputs: int):
        super().__init__(
            nn.Conv2d(inputs, outputs, 1), nn.BatchNorm2d(outputs), nn.ReLU(inplace=True),
            nn.Conv2d(outputs, outputs, 1), nn.BatchNorm2d(outputs), nn.Sigmoid())

    def forward(self, *parts: Tensor) -> Tensor:
        """Of parts whose channels together are the inputs."""
        first, norm, _, second, last_norm, _ = self
        if folds(norm):
            return attention_mask(parts, folded(first, norm), folded(second, last_norm))
        return super().forward(torch.cat(parts, dim=1) if len(parts) > 1 else parts[0])


class Head(nn.Sequential):
    """3x3 convolution, 1x1 convolution, nothing between."""

    def __init__(self, inputs: int, outputs: int):
        super().__init__(nn.Conv2d(inputs, inputs, 3, padding=1), nn.Conv2d(inputs, outputs, 1))

    def forward(self, x: Tensor) -> Tensor:
        return self[1](convolve(x, self[0].weight, self[0].bias, relu=False))


def second_block(level: int, channels: int) -> nn.Sequential:
    """What follows a level's first convolution: one more at levels 0 and 1, two more below."""
    if level < 2:
        return ConvLayer(channels, channels)
    return nn.Sequential(ConvLayer(channels, channels), ConvLayer(channels, channels))


class SegNetMTAN(nn.Module):
    """Image [N, 3, H, W] in [0, 1], H and W multiples of 32, to one map [N, C, H, W] per task."""

    def __init__(self, filters: tuple[int, ...] = FULL_FILTERS, tasks: tuple[Task, ...] = ROOM_TASKS):
        super().__init__()
        if len(filters) != LEVELS or filters[3] != filters[4]:
            raise ValueError(f"filters must be {LEVELS} widths, the last two equal; got {filters}")
        self.filters, self.tasks = tuple(filters), tuple(tasks)
        above = (3, *filters[:-1])                      # channels that enter each encoder level
        below = (filters[0], *filters[:-1])             # channels that leave each decoder level
        next_level = (*filters[1:], filters[-1])

        def per_level(make):
            return nn.ModuleList([make(level) for level in range(LEVELS)])

        def per_task(make):
            return nn.ModuleList([per_level(make) for _ in tasks])

        self.encoder_block = per_level(lambda j: ConvLayer(above[j], filters[j]))
        self.decoder_block = per_level(lambda j: ConvLayer(filters[j], below[j]))
        self.conv_block_enc = per_level(lambda j: second_block(j, filters[j]))
        self.conv_block_dec = per_level(lambda j: second_block(j, below[j]))
        self.encoder_att = per_task(lambda j: AttentionLayer(filters[j] * (1 if j == 0 else 2), filters[j]))
        self.decoder_att = per_task(lambda j: AttentionLayer(filters[j] + below[j], below[j]))
        self.encoder_block_att = per_level(lambda j: ConvLayer(filters[j], next_level[j]))
        self.decoder_block_att = per_level(lambda j: ConvLayer(filters[j], below[j]))
        for number, task in enumerate(tasks, start=1):
            self.add_module(f"pred_task{number}", Head(filters[0], task.channels))
        self.logsigma = nn.Parameter(torch.full((len(tasks),), -0.5))
        self.apply(_initialise)

    def encoder_parameters(self, levels: int) -> list[nn.Parameter]:
        """Those of the encoder's `levels` finest levels, shared and of all tasks."""
        blocks = (self.encoder_block, self.conv_block_enc, *self.encoder_att, self.encoder_block_att)
        return [weight for block in blocks for weight in block[:levels].parameters()]

    def forward(self, image: Tensor) -> list[Tensor]:
        """Per task, in order: log-probabilities; depth; unit normals (a zero vector stays zero)."""
        return self.answer(self.attend(image))

    def answer(self, attended: list[list[Tensor]]) -> list[Tensor]:
        """The heads, on each task's finest features."""
        return [activate(task.kind, getattr(self, f"pred_task{number}")(features[0]))
                for number, (task, features) in enumerate(zip(self.tasks, attended), start=1)]

    def attend(self, image: Tensor) -> list[list[Tensor]]:
        """Per task the attended decoder features of every level, finest first."""
        encoder, indices, coarsest = self._shared_encoder(image)
        decoder = self._shared_decoder(coarsest, indices)
        return [self._attend_decoder(self.decoder_att[number], decoder,
                                     self._attend_encoder(self.encoder_att[number], encoder))
                for number in range(len(self.tasks))]

    def _shared_encoder(self, x: Tensor):
        """Per level (first, last) features and pooling indices, finest first; and the coarsest pooled features."""
        features, indices = [], []
        for first, second in zip(self.encoder_block, self.conv_block_enc):
            u = first(x)
            p = second(u)
            x, index = F.max_pool2d(p, 2, return_indices=True)
            features.append((u, p))
            indices.append(index)
        return features, indices, x

    def _shared_decoder(self, x: Tensor, indices: list[Tensor]):
        """Per level (unpooled, last) features, finest first."""
        features = []
        for level in reversed(range(LEVELS)):
            unpooled = F.max_unpool2d(x, indices[level], 2)
            x = self.conv_block_dec[level](self.decoder_block[level](unpooled))
            features.insert(0, (unpooled, x))
        return features

    def _attend_encoder(self, attention: nn.ModuleList, features: list[tuple[Tensor, Tensor]]) -> Tensor:
        """The task's features after the coarsest level's attention and pooling."""
        previous = None
        for level, (u, p) in enumerate(features):
            mask = attention[level](*((u,) if previous is None else (u, previous)))
            previous = F.max_pool2d(self.encoder_block_att[level](mask * p), 2)
        return previous

    def _attend_decoder(self, attention: nn.ModuleList, features: list[tuple[Tensor, Tensor]], x: Tensor):
        """The task's features per level, finest first."""
        attended = []
        for level in reversed(range(LEVELS)):
            unpooled, last = features[level]
            x = F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=True)
            x = self.decoder_block_att[level](x)
            x = attention[level](unpooled, x) * last
            attended.insert(0, x)
        return attended


def activate(kind: str, x: Tensor) -> Tensor:
    """What follows a head: log-softmax, nothing, or division by the norm."""
    x = x.float()
    if kind == "segmentation":
        return F.log_softmax(x, dim=1)
    if kind == "normals":
        return F.normalize(x, dim=1)
    return x


def _initialise(module: nn.Module) -> None:
    if isinstance(module, nn.Conv2d):
        nn.init.xavier_normal_(module.weight)
        nn.init.zeros_(module.bias)
