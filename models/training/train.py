"""Train MTAN on rooms drawn on the fly.

    python train.py --out runs/rooms --phase 160x224:8:30 --phase 288x384:4:20

Rooms are drawn with seeds 0, 1, 2, ... A phase is height x width : batch size of each process : minutes; the
learning rate follows one warm-up and one cosine over all phases, by the clock, so that the weights are annealed when
the time is up, however fast the machine. `--resume` goes on from the last checkpoint.
"""

import argparse
import json
import math
import os
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")     # the drawing processes run beside the network's threads

import numpy as np
import torch
import torch.distributed as distributed
import torch.multiprocessing as multiprocessing
import torch.nn.functional as F
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

import rooms
from network import ROOM_TASKS, SegNetMTAN, activate

NARROW_FILTERS = (16, 32, 64, 128, 128)


@dataclass(frozen=True)
class Phase:
    height: int
    width: int
    batch: int
    minutes: float

    @staticmethod
    def parse(text: str) -> "Phase":
        size, batch, minutes = text.split(":")
        height, width = size.split("x")
        return Phase(int(height), int(width), int(batch), float(minutes))


class RenderedRooms(Dataset):
    """An endless series of frames: image [3, H, W], label [H, W], depth [1, H, W], normal [3, H, W].

    Drawing costs a good part of a training step, so after a start only one frame in `reuse` is new (seeds first,
    first + stride, ...); the others are taken at random from those drawn before. Half of all are mirrored.
    """

    START = 100

    def __init__(self, first: int, stride: int, reuse: int, height: int, width: int):
        self.first, self.stride, self.reuse, self.size = first, stride, reuse, (height, width)
        self.drawn = []

    def __len__(self) -> int:
        return 10_000_000

    def __getitem__(self, number: int):
        rng = np.random.default_rng([self.first, number])
        if len(self.drawn) < self.START or number % self.reuse == 0:
            frame = rooms.render(self.first + len(self.drawn) * self.stride, *self.size)
            picked = np.uint8(255 * frame.image), frame.label, np.float16(frame.depth), np.float16(frame.normal)
            self.drawn.append(picked)
        else:
            picked = self.drawn[rng.integers(len(self.drawn))]
        mirrored = rng.random() < 0.5
        image, label, depth, normal = (array[:, ::-1] for array in picked) if mirrored else picked
        image = image.transpose(2, 0, 1).astype(np.float32) / 255
        normal = normal.transpose(2, 0, 1).astype(np.float32)
        if mirrored:                                                      # the room's other hand
            normal[0] *= -1
        return image, label.astype(np.int64), depth[None].astype(np.float32), normal


def jitter(image: Tensor, generator: torch.Generator) -> Tensor:
    """Brightness, contrast and saturation of [N, 3, H, W], a little different for every image."""
    def factor(spread):
        return 1 + spread * (2 * torch.rand(image.shape[0], 1, 1, 1, generator=generator) - 1)
    image = image * factor(0.2)
    mean = image.mean(dim=(1, 2, 3), keepdim=True)
    image = mean + (image - mean) * factor(0.2)
    grey = image.mean(dim=1, keepdim=True)
    return (grey + (image - grey) * factor(0.3)).clamp(0, 1)


def losses(outputs: list[Tensor], label: Tensor, depth: Tensor, normal: Tensor) -> Tensor:
    """The paper's three: cross-entropy, mean |error| of valid depth, mean 1 - cosine of valid normals. Shape [3]."""
    valid_depth = depth > 0
    valid_normal = normal.abs().sum(dim=1) > 0
    cosine = (outputs[2] * normal).sum(dim=1)
    return torch.stack([
        F.nll_loss(outputs[0], label, ignore_index=-1),
        (outputs[1] - depth).abs()[valid_depth].mean(),
        1 - cosine[valid_normal].mean()])


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

    def losses(self, attended: list[list[Tensor]], label: Tensor, depth: Tensor, normal: Tensor) -> Tensor:
        """The three losses at each coarse level against the truth at every 2^level-th pixel, summed. Shape [3]."""
        total = torch.zeros(len(self.tasks))
        for place, level in enumerate(self.LEVELS):
            outputs = [activate(task.kind, heads[place](features[level]))
                       for task, heads, features in zip(self.tasks, self.heads, attended)]
            every = slice(2 ** (level - 1), None, 2 ** level)
            total = total + losses(outputs, *(truth[..., every, every] for truth in (label, depth, normal)))
        return total


class DynamicWeightAverage:
    """Weights of the tasks, renewed every `epoch` steps from how fast each loss fell over the last two (T = 2)."""

    def __init__(self, tasks: int, epoch: int, temperature: float = 2.0):
        self.epoch, self.temperature = epoch, temperature
        self.weights, self.means = torch.ones(tasks), []
        self.total, self.steps = torch.zeros(tasks), 0

    def observe(self, values: Tensor) -> None:
        self.total += values.detach()
        self.steps += 1
        if self.steps == self.epoch:
            self.means = (self.means + [self.total / self.steps])[-2:]
            self.total, self.steps = torch.zeros_like(self.total), 0
            if len(self.means) == 2:
                ratio = self.means[1] / self.means[0]
                self.weights = len(ratio) * torch.softmax(ratio / self.temperature, dim=0)


def learning_rate(progress: float, peak: float) -> float:
    """Warm-up over 2 % of the time, then a cosine to nearly nothing."""
    if progress < 0.02:
        return peak * (0.05 + 0.95 * progress / 0.02)
    return peak * (0.005 + 0.995 * 0.5 * (1 + math.cos(math.pi * min((progress - 0.02) / 0.98, 1))))


class Training:
    """One run: network, optimiser, task weights, log and checkpoint in a folder.

    Each of `size` processes works on batches of its own; gradients, losses and the clock are averaged at every step,
    so all hold the same weights. (Batch norm's running statistics are those of process 0.)
    """

    def __init__(self, options: argparse.Namespace, rank: int = 0, size: int = 1):
        torch.manual_seed(options.seed)
        self.rank, self.size = rank, size
        self.options, self.out = options, Path(options.out)
        self.out.mkdir(parents=True, exist_ok=True)
        self.model = SegNetMTAN(NARROW_FILTERS, ROOM_TASKS).to(memory_format=torch.channels_last)
        for module in self.model.modules():
            if isinstance(module, torch.nn.BatchNorm2d):
                module.momentum = 0.02                                    # batches are small: average over fifty
        self.coarse = CoarseHeads(self.model)
        self.parameters = [*self.model.parameters(), *self.coarse.parameters()]
        self.optimizer = torch.optim.Adam(self.parameters, lr=options.lr)
        self.balance = DynamicWeightAverage(len(ROOM_TASKS), options.epoch)
        self.generator = torch.Generator().manual_seed(options.seed + rank)
        self.step, self.frames, self.spent = 0, 0, 0.0
        self.total = 60 * sum(phase.minutes for phase in options.phase)
        if options.start:
            self.model.load_state_dict(torch.load(options.start, weights_only=True)["model"])
        if options.resume:
            self._load()

    def run(self) -> None:
        start = 0.0
        for phase in self.options.phase:
            end = start + 60 * phase.minutes
            if self.spent < end:
                self._run_phase(phase, end)
            start = end
        if self.rank == 0:
            self._save()

    def _run_phase(self, phase: Phase, end: float) -> None:
        reuse = self.options.reuse
        data = RenderedRooms(self.frames // reuse + self.rank, self.size, reuse, phase.height, phase.width)
        loader = DataLoader(data, phase.batch)
        self.model.train()
        recent, clock, saved = [], time.monotonic(), time.monotonic()
        for batch in loader:
            now = time.monotonic()
            measured = torch.cat([self._step(batch), torch.tensor([now - clock])])
            self._average(measured)
            clock = now
            self.spent += measured[-1].item()
            self.frames += phase.batch * self.size
            self.balance.observe(measured[:len(ROOM_TASKS)])
            recent.append(measured)
            if self.step % self.options.log_every == 0:
                self._log(phase, recent)
                recent = []
            if self.rank == 0 and now - saved > 120:
                self._save()
                saved = now
            if self.spent >= end:
                return

    def _step(self, batch: list[Tensor]) -> Tensor:
        """One update; the three losses, pixel accuracy and relative depth error."""
        image, label, depth, normal = batch
        for group in self.optimizer.param_groups:
            group["lr"] = learning_rate(self.spent / self.total, self.options.lr)
        image = jitter(image, self.generator).to(memory_format=torch.channels_last)
        with torch.autocast("cpu", torch.bfloat16, enabled=self.options.bf16):
            attended = self.model.attend(image)
            outputs = self.model.answer(attended)
            coarse = self.coarse.losses(attended, label, depth, normal)
        values = losses(outputs, label, depth, normal)
        loss = (self.balance.weights * torch.tensor(self.options.scale) * (values + self.options.coarse * coarse)).sum()
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        self._average_gradients()
        torch.nn.utils.clip_grad_norm_(self.parameters, 5.0)
        self.optimizer.step()
        self.step += 1
        return torch.cat([values.detach(), _quick_metrics(outputs, label, depth)])

    def _average(self, values: Tensor) -> None:
        """Replace values by their mean over the processes."""
        if self.size > 1:
            distributed.all_reduce(values)
            values /= self.size

    def _average_gradients(self) -> None:
        gradients = [p.grad for p in self.parameters if p.grad is not None]
        flat = torch.cat([g.reshape(-1) for g in gradients])
        self._average(flat)
        for gradient, mean in zip(gradients, flat.split([g.numel() for g in gradients])):
            gradient.copy_(mean.view(gradient.shape))

    def _log(self, phase: Phase, recent: list[Tensor]) -> None:
        if self.rank > 0:
            return
        mean = torch.stack(recent).mean(dim=0).tolist()
        names = ("loss_segmentation", "loss_depth", "loss_normals", "pixel_accuracy", "depth_relative")
        entry = {"step": self.step, "frames": self.frames, "seconds": round(self.spent),
                 "size": [phase.height, phase.width], "lr": self.optimizer.param_groups[0]["lr"],
                 **{name: round(value, 4) for name, value in zip(names, mean)},
                 "weights": [round(w, 3) for w in self.balance.weights.tolist()]}
        with open(self.out / "log.jsonl", "a") as log:
            log.write(json.dumps(entry) + "\n")
        print(json.dumps(entry), flush=True)

    def _save(self) -> None:
        state = {"model": self.model.state_dict(), "coarse": self.coarse.state_dict(), "optimizer": self.optimizer.state_dict(),
                 "balance": vars(self.balance), "step": self.step, "frames": self.frames, "spent": self.spent,
                 "filters": self.model.filters}
        torch.save(state, self.out / "checkpoint.tmp")
        (self.out / "checkpoint.tmp").rename(self.out / "checkpoint.pt")

    def _load(self) -> None:
        state = torch.load(self.out / "checkpoint.pt", weights_only=True)
        self.model.load_state_dict(state["model"])
        self.coarse.load_state_dict(state["coarse"])
        self.optimizer.load_state_dict(state["optimizer"])
        vars(self.balance).update(state["balance"])
        self.step, self.frames, self.spent = state["step"], state["frames"], state["spent"]
        self.generator.manual_seed(self.options.seed + self.rank + self.step * self.size)


@torch.no_grad()
def _quick_metrics(outputs: list[Tensor], label: Tensor, depth: Tensor) -> Tensor:
    """Pixel accuracy and relative depth error of a batch."""
    known, valid = label >= 0, depth > 0
    correct = (outputs[0].argmax(dim=1) == label)[known].float().mean()
    relative = ((outputs[1] - depth).abs() / depth.clamp_min(1e-3))[valid].mean()
    return torch.stack([correct, relative])


def _process(rank: int, options: argparse.Namespace, meeting: str) -> None:
    """One of the training processes; they meet at a file."""
    torch.set_num_threads(1)
    if meeting:
        distributed.init_process_group("gloo", init_method=meeting, rank=rank, world_size=options.processes)
    Training(options, rank, options.processes).run()
    if meeting:
        distributed.destroy_process_group()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", required=True, help="folder for checkpoint.pt and log.jsonl")
    parser.add_argument("--phase", type=Phase.parse, action="append", required=True, metavar="HxW:BATCH:MINUTES")
    parser.add_argument("--lr", type=float, default=1.5e-3, help="peak learning rate")
    parser.add_argument("--epoch", type=int, default=100, help="steps between renewals of the task weights")
    parser.add_argument("--scale", type=float, nargs=3, default=(1.0, 1.0, 1.0), metavar=("S", "D", "N"),
                        help="fixed factors on the losses, which have different units, beside the dynamic weights")
    parser.add_argument("--coarse", type=float, default=0.4, help="weight of the losses at coarse levels")
    parser.add_argument("--start", help="checkpoint whose weights to begin with, on a new schedule")
    parser.add_argument("--processes", type=int, default=2, help="that train side by side, one thread each")
    parser.add_argument("--reuse", type=int, default=3, help="one frame in so many is new")
    parser.add_argument("--seed", type=int, default=0, help="of the initial weights and the colour jitter")
    parser.add_argument("--log-every", type=int, default=25)
    parser.add_argument("--bf16", action="store_true", help="bfloat16 autocast, where the processor has it")
    parser.add_argument("--resume", action="store_true")
    options = parser.parse_args()
    if options.processes == 1:
        _process(0, options, "")
    else:
        with tempfile.TemporaryDirectory() as folder:
            multiprocessing.spawn(_process, (options, f"file://{folder}/meeting"), options.processes)


if __name__ == "__main__":
    main()
