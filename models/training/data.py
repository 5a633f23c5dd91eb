"""Training frames: rooms drawn on the fly, or a folder of recorded ones; and what happens to them on the way.

Frames travel packed, image uint8, label int8, depth float16 and normal int8 (127 to one), so that a pool of thousands
fits into memory and a batch crosses to a GPU quickly. `unpack` makes of a batch what the network and losses take.
"""

from pathlib import Path
from typing import Iterator, NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor
from torch.utils.data import DataLoader, IterableDataset, get_worker_info

import rooms

Packed = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]


class Truth(NamedTuple):
    """label [N, H, W], -1 void; depth [N, 1, H, W] in metres, 0 invalid; normal [N, 3, H, W], zero where invalid."""

    label: Tensor
    depth: Tensor
    normal: Tensor


def pack(image: np.ndarray, label: np.ndarray, depth: np.ndarray, normal: np.ndarray) -> Packed:
    """Image [H, W, 3] in [0, 1], label [H, W], depth [H, W] and normal [H, W, 3] in few bytes."""
    return (np.uint8(255 * np.clip(image, 0, 1) + 0.5), np.int8(label), np.float16(depth),
            np.int8(np.rint(127 * np.clip(normal, -1, 1))))


def mirror(frame: Packed) -> Packed:
    """The room's other hand."""
    image, label, depth, normal = (np.ascontiguousarray(array[:, ::-1]) for array in frame)
    normal[..., 0] *= -1
    return image, label, depth, normal


class Source(IterableDataset):
    """An endless series of packed frames, half of them mirrored. `rank` of `size` processes; workers share its part."""

    def __init__(self, seed: int, rank: int, size: int):
        self.seed, self.rank, self.size = seed, rank, size

    def share(self) -> tuple[int, int]:
        """This worker's number among all workers of all processes, and how many there are."""
        worker = get_worker_info()
        if worker is None:
            return self.rank, self.size
        return self.rank * worker.num_workers + worker.id, self.size * worker.num_workers

    def frames(self, number: int, count: int, rng: np.random.Generator) -> Iterator[Packed]:
        raise NotImplementedError

    def __iter__(self) -> Iterator[Packed]:
        number, count = self.share()
        rng = np.random.default_rng([self.seed, number, count])
        for frame in self.frames(number, count, rng):
            yield mirror(frame) if rng.random() < 0.5 else frame


class RenderedRooms(Source):
    """Rooms of seeds `first`, `first` + 1, ..., drawn at `height` x `width`.

    Drawing costs a good part of a training step, so after a start only one frame in `reuse` is new; the others are
    taken at random from the latest `capacity` that were drawn.
    """

    START = 100

    def __init__(self, first: int, reuse: int, capacity: int, height: int, width: int, without: tuple[str, ...] = (),
                 rank: int = 0, size: int = 1):
        super().__init__(first, rank, size)
        self.first, self.reuse, self.capacity = first, reuse, capacity
        self.height, self.width, self.without = height, width, without

    def frames(self, number, count, rng):
        pool, drawn, served = [], 0, 0
        capacity = max(self.capacity // count, 1)
        while True:
            if drawn < self.START // count + 1 or served % self.reuse == 0:
                frame = rooms.render(self.first + drawn * count + number, self.height, self.width, without=self.without)
                packed = pack(frame.image, frame.label, frame.depth, frame.normal)
                if len(pool) < capacity:
                    pool.append(packed)
                else:
                    pool[drawn % capacity] = packed
                drawn += 1
            else:
                packed = pool[rng.integers(len(pool))]
            served += 1
            yield packed


class RecordedFrames(Source):
    """A folder in the layout of lorenmt/mtan: image, label, depth and normal, each with 0.npy, 1.npy, ...

    Every worker goes through its share of the frames, in a new order each time.
    """

    def __init__(self, folder: Path, seed: int = 0, rank: int = 0, size: int = 1):
        super().__init__(seed, rank, size)
        self.folder = Path(folder)
        self.names = sorted(path.name for path in (self.folder / "image").glob("*.npy"))
        if not self.names:
            raise FileNotFoundError(f"{self.folder}/image holds no .npy files")

    def frames(self, number, count, rng):
        while True:
            for index in rng.permutation(len(self.names))[number % len(self.names)::count]:
                yield pack(*read_npy(self.folder, self.names[index]))


def read_npy(folder: Path, name: str):
    """Image, label, depth [H, W] and normal of one frame of a folder in the layout of lorenmt/mtan."""
    image, label, depth, normal = (np.load(folder / kind / name) for kind in ("image", "label", "depth", "normal"))
    return image.astype(np.float32), label, np.squeeze(depth).astype(np.float32), normal.astype(np.float32)


def loader(source: Source, batch: int, workers: int, pinned: bool) -> DataLoader:
    return DataLoader(source, batch, num_workers=workers, pin_memory=pinned,
                      prefetch_factor=4 if workers else None)


def unpack(batch: list[Tensor], size: tuple[int, int], device: torch.device) -> tuple[Tensor, Truth]:
    """Images [N, 3, H, W] in [0, 1] and their truth at `size`, from packed frames of any size."""
    image, label, depth, normal = (tensor.to(device, non_blocking=True) for tensor in batch)
    image = image.permute(0, 3, 1, 2).float() / 255
    normal = F.normalize(normal.permute(0, 3, 1, 2).float(), dim=1)
    label, depth = label.float()[:, None], depth.float()[:, None]
    if image.shape[-2:] != size:
        image = F.interpolate(image, size, mode="bilinear", antialias=True)
        label, depth, normal = (F.interpolate(truth, size, mode="nearest-exact") for truth in (label, depth, normal))
    return image, Truth(label[:, 0].long(), depth, normal)


def disturb(image: Tensor, generator: torch.Generator, share: float = 1.0) -> Tensor:
    """Images [N, 3, H, W] in [0, 1], about this share of them, chosen at random, `disturbed`."""
    chosen = (torch.rand(len(image), generator=generator) < share).to(image.device)
    if chosen.any():
        image = image.clone()
        image[chosen] = disturbed(image[chosen], generator)
    return image


def disturbed(image: Tensor, generator: torch.Generator) -> Tensor:
    """What light and cameras do to [N, 3, H, W] in [0, 1], different for every image: unequal light, exposure,
    contrast, gamma, white balance, saturation, a little blur or noise. Frames that are shown again look new."""
    count = image.shape[0]

    def factor(spread: float, channels: int = 1) -> Tensor:
        spread = spread * (2 * torch.rand(count, channels, 1, 1, generator=generator) - 1)
        return (1 + spread).to(image.device)

    def chosen(share: float) -> Tensor:
        return (torch.rand(count, 1, 1, 1, generator=generator) < share).to(image.device)

    uneven = 0.35 * chosen(0.5) * torch.randn(count, 1, 3, 4, generator=generator).to(image.device)
    light = F.interpolate(uneven, image.shape[-2:], mode="bilinear", align_corners=True).exp()
    image = image * light * factor(0.3) * factor(0.1, 3)
    mean = image.mean(dim=(1, 2, 3), keepdim=True)
    image = mean + (image - mean) * factor(0.25)
    grey = image.mean(dim=1, keepdim=True)
    image = (grey + (image - grey) * factor(0.4)).clamp(1e-4, 1) ** factor(0.2)
    soft = F.avg_pool2d(F.pad(image, (1, 1, 1, 1), mode="replicate"), 3, stride=1)
    image = torch.where(chosen(0.3), image + (soft - image) * factor(0.5) / 1.5, image)
    noise = 0.015 * factor(1.0) * chosen(0.5)
    return (image + noise * torch.randn_like(image)).clamp(0, 1)
