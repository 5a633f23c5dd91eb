"""How long a run lasts, at which sizes, and its learning rate."""

import math
from collections import deque
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True)
class Phase:
    """A stretch of a run: frames of one size in batches of `batch` per process, for so many seconds or steps.

    When `frozen`, batch norm keeps its statistics and the network trains as it will be served. Otherwise it takes each
    batch's own, which levels what the frames of a batch have in common: how far away everything is, for one.
    """

    height: int
    width: int
    batch: int
    amount: float
    unit: str
    frozen: bool = False

    @staticmethod
    def parse(text: str) -> "Phase":
        """`128x160:4:30` lasts half an hour, `128x160:4:500steps` five hundred steps; `:frozen` may follow."""
        size, batch, amount, *mode = text.split(":")
        if mode not in ([], ["frozen"]):
            raise ValueError(f"{text}: after the amount comes :frozen or nothing")
        height, width = map(int, size.split("x"))
        if height % 32 or width % 32:
            raise ValueError(f"{size}: sides must be multiples of 32")
        steps = amount.endswith("steps")
        amount = float(amount.removesuffix("steps"))
        return Phase(height, width, int(batch), amount if steps else 60 * amount, "steps" if steps else "seconds",
                     bool(mode))

    @property
    def size(self) -> tuple[int, int]:
        return self.height, self.width


class Clock:
    """How much of the run is over, in seconds of work or in steps, as the phases say.

    A step counts at most three times what steps lately took, so that a process which others stop for a while, or
    a machine that sleeps, does not use up the schedule.
    """

    def __init__(self, phases: list[Phase]):
        self.phases, self.spent, self.recent = phases, 0.0, deque(maxlen=25)
        if len({phase.unit for phase in phases}) > 1:
            raise ValueError("phases must all last minutes, or all last steps")
        self.total = sum(phase.amount for phase in phases)

    def tick(self, seconds: float) -> None:
        """A step is done that took so long."""
        limit = 3 * median(self.recent) if len(self.recent) >= 5 else seconds
        self.recent.append(seconds)
        self.spent += 1 if self.phases[0].unit == "steps" else min(seconds, limit)

    @property
    def progress(self) -> float:
        return self.spent / self.total

    def remaining(self) -> list[tuple[Phase, float]]:
        """The phases that are not over, each with what `spent` is at its end."""
        ends = [sum(phase.amount for phase in self.phases[:number + 1]) for number in range(len(self.phases))]
        return [(phase, end) for phase, end in zip(self.phases, ends) if self.spent < end]


def learning_rate(progress: float, peak: float) -> float:
    """Warm-up over 2 % of the run, then a cosine to nearly nothing."""
    if progress < 0.02:
        return peak * (0.05 + 0.95 * progress / 0.02)
    return peak * (0.005 + 0.995 * 0.5 * (1 + math.cos(math.pi * min((progress - 0.02) / 0.98, 1))))
