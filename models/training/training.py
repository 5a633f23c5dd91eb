"""One training run: network, optimiser, task weights, schedule, log and checkpoints in a folder."""

import argparse
import json
import time
from pathlib import Path

import torch
from torch import Tensor

from average import WeightAverage, gradients_over_processes, over_processes
from data import RecordedFrames, RenderedRooms, Truth, disturb, loader, unpack
from losses import ClassBalance, CoarseHeads, Style, losses, mean_where
from network import ROOM_TASKS, SegNetMTAN
from scene import LABELS
from optimizers import optimizers
from schedule import Clock, Phase, learning_rate
from start import starting_weights, times_as_wide, widen
from weighting import weighting

SAVE_EVERY = 120            # seconds
HEADS_ALONE = 200           # steps in which new coarse heads learn and trained weights do not learn from them
POOL = 6000                 # rendered frames that are kept to be shown again, of all workers together
FIGURES = ("pixel_accuracy", "depth_relative", "normals_degrees")       # of training batches, for the log


def chosen_tasks(names: list[str]):
    """The tasks of these names, in this order."""
    known = {task.name: task for task in ROOM_TASKS}
    return tuple(known[name] for name in names)


class Training:
    """A run as `options` say (see train.py).

    Each of `size` processes works on batches of its own; gradients, losses and the clock are averaged at every step,
    so all hold the same weights. (Batch norm's running statistics are those of process 0.)
    """

    def __init__(self, options: argparse.Namespace, rank: int = 0, size: int = 1):
        torch.manual_seed(options.seed)
        self.options, self.out, self.rank, self.size = options, Path(options.out), rank, size
        self.device = torch.device(options.device)
        self.tasks = chosen_tasks(options.tasks)
        self.model = SegNetMTAN(tuple(options.filters), self.tasks)
        self.norms = [module for module in self.model.modules() if isinstance(module, torch.nn.BatchNorm2d)]
        for norm in self.norms:
            norm.momentum = 0.02                                          # batches are small: average over fifty
        self.model.to(self.device, memory_format=torch.channels_last)
        for weight in self.model.encoder_parameters(options.keep_encoder):
            weight.requires_grad_(False)
        self.coarse = CoarseHeads(self.model).to(self.device)
        self.parameters = [*self.model.parameters(), *self.coarse.parameters()]
        self.optimizers = optimizers(options.optimizer, self.model, self.coarse, options.lr, options.muon_lr,
                                     rank, size)
        self.balance = weighting(options.weighting, self.model, options.epoch)
        self.scale = torch.tensor([options.scale[task.name] for task in self.tasks], device=self.device)
        self.classes = ClassBalance(len(LABELS), options.balance_classes, self.device)
        self.generator = torch.Generator().manual_seed(options.seed + rank)
        self.clock, self.step, self.frames = Clock(options.phase), 0, 0
        self.new_heads = bool(options.start) and self._start(options.start)
        self.average = WeightAverage(self.model, options.average)
        if options.resume and (self.out / "checkpoint.pt").exists():
            self._load(torch.load(self.out / "checkpoint.pt", weights_only=True, map_location=self.device))

    def run(self) -> None:
        self.out.mkdir(parents=True, exist_ok=True)
        for phase, end in self.clock.remaining():
            self._run_phase(phase, end)
        if self.rank == 0:
            self._save()

    def _batches(self, phase: Phase):
        options = self.options
        if options.data:
            source = RecordedFrames(options.data / "train", self.step, self.rank, self.size)
        else:
            height, width = options.render or phase.size
            first = options.first_room + self.frames // options.reuse
            source = RenderedRooms(first, options.reuse, options.pool, height, width, tuple(options.without),
                                   self.rank, self.size)
        return loader(source, phase.batch, options.workers, self.device.type == "cuda")

    def _run_phase(self, phase: Phase, end: float) -> None:
        self.model.train()
        for module in self.norms if phase.frozen else ():
            module.eval()
        recent, before, saved = [], time.monotonic(), time.monotonic()
        for batch in self._batches(phase):
            values = self._step(*unpack(batch, phase.size, self.device)).cpu()
            now = time.monotonic()
            measured = torch.cat([values, torch.tensor([now - before])])
            over_processes(measured, self.size)
            before = now
            self.clock.tick(measured[-1].item())
            self.frames += phase.batch * self.size
            self.balance.observe(measured[:len(self.tasks)])
            recent.append(measured)
            if self.step % self.options.log_every == 0:
                self._log(phase, torch.stack(recent).mean(dim=0))
                recent = []
            if now - saved > SAVE_EVERY:
                self._save()
                saved = now
            if self.clock.spent >= end:
                return

    def _step(self, image: Tensor, truth: Truth) -> Tensor:
        """One update; the losses of the tasks, then the figures of `_quick_metrics`."""
        options = self.options
        for group in (group for optimizer in self.optimizers for group in optimizer.param_groups):
            group["lr"] = learning_rate(self.clock.progress, group["peak"])
        image = disturb(image, self.generator, options.disturb).to(memory_format=torch.channels_last)
        self.classes.observe(truth.label)
        style = Style(options.depth_loss, options.depth_slope, options.normals_loss, self.classes.weights())
        with torch.autocast(self.device.type, torch.bfloat16, enabled=options.bf16):
            attended = self.model.attend(image)
            outputs = self.model.answer(attended)
            coarse = self._coarse_losses(attended, truth, style) if options.coarse else 0
        values = losses(self.tasks, outputs, truth, style)
        for optimizer in self.optimizers:
            optimizer.zero_grad(set_to_none=True)
        self.balance.combine(self.scale * (values + options.coarse * coarse)).backward()
        gradients_over_processes(self.parameters, self.size)
        torch.nn.utils.clip_grad_norm_(self.parameters, 5.0)
        for optimizer in self.optimizers:
            optimizer.step()
        self.average.update()
        self.step += 1
        return torch.cat([values.detach(), self._quick_metrics(outputs, truth)])

    def _coarse_losses(self, attended: list[list[Tensor]], truth: Truth, style: Style) -> Tensor:
        """Those of deep supervision. Model directories have no coarse heads: what new ones ask for at first would
        undo what the network has learned."""
        if self.new_heads and self.step < HEADS_ALONE:
            attended = [[features.detach() for features in levels] for levels in attended]
        return self.coarse.losses(attended, truth, style)

    @torch.no_grad()
    def _quick_metrics(self, outputs: list[Tensor], truth: Truth) -> Tensor:
        """The `FIGURES` of a batch; NaN without the task."""
        figures = dict.fromkeys(FIGURES, torch.nan)
        for task, output in zip(self.tasks, outputs):
            if task.kind == "segmentation":
                right = (output.argmax(dim=1) == truth.label).float()
                figures["pixel_accuracy"] = mean_where(right, truth.label >= 0)
            elif task.kind == "depth":
                error = (output - truth.depth).abs() / truth.depth.clamp_min(1e-3)
                figures["depth_relative"] = mean_where(error, truth.depth > 0)
            else:
                angle = (output * truth.normal).sum(dim=1).clamp(-1, 1).acos().rad2deg()
                figures["normals_degrees"] = mean_where(angle, truth.normal.abs().sum(dim=1) > 0)
        return torch.tensor(list(figures.values()), device=self.device)

    def _log(self, phase: Phase, mean: Tensor) -> None:
        if self.rank > 0:
            return
        names = [*(f"loss_{task.name}" for task in self.tasks), *FIGURES]
        entry = {"step": self.step, "frames": self.frames, "spent": round(self.clock.spent), "size": phase.size,
                 "lr": self.optimizers[0].param_groups[0]["lr"],
                 **{name: round(value, 4) for name, value in zip(names, mean.tolist()) if value == value},
                 "step_seconds": round(mean[-1].item(), 3),
                 "weights": [round(w, 3) for w in self.balance.weights.tolist()]}
        with open(self.out / "log.jsonl", "a") as log:
            log.write(json.dumps(entry) + "\n")
        print(json.dumps(entry), flush=True)

    def _save(self) -> None:
        if self.rank > 0:
            return
        state = {"model": self.model.state_dict(), "average": self.average.model.state_dict(),
                 "average_steps": self.average.steps, "coarse": self.coarse.state_dict(),
                 "optimizers": [optimizer.state_dict() for optimizer in self.optimizers],
                 "balance": self.balance.state_dict(),
                 "step": self.step, "frames": self.frames, "spent": self.clock.spent,
                 "filters": self.model.filters, "tasks": [task.name for task in self.tasks],
                 "size": self.options.phase[-1].size}
        torch.save(state, self.out / "checkpoint.tmp")
        (self.out / "checkpoint.tmp").rename(self.out / "checkpoint.pt")

    def _start(self, path: Path) -> bool:
        """Begin with the weights of another network, as wide or narrower, where the same tensors exist (tasks may
        differ). Whether it had no coarse heads."""
        start = starting_weights(path)
        factor = times_as_wide(self.model.filters, start["filters"])
        for module, name in ((self.model, "model"), (self.coarse, "coarse")):
            own = module.state_dict()
            found = widen(start[name], own, factor, self.options.seed)
            module.load_state_dict({name: tensor for name, tensor in found.items()
                                    if own[name].shape == tensor.shape}, strict=False)
        return not start["coarse"]

    def _load(self, state: dict) -> None:
        """Go on where a checkpoint of this run stopped."""
        self.model.load_state_dict(state["model"])
        self.average.model.load_state_dict(state["average"])
        self.average.steps = state["average_steps"]
        self.coarse.load_state_dict(state["coarse"])
        for optimizer, kept in zip(self.optimizers, state["optimizers"], strict=True):
            optimizer.load_state_dict(kept)
        self.balance.load_state_dict(state["balance"])
        self.step, self.frames, self.clock.spent = state["step"], state["frames"], state["spent"]
        self.generator.manual_seed(self.options.seed + self.rank + self.step * self.size)
