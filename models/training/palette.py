"""Colours and materials drawn at random, in the ranges that rooms have."""

import colorsys

import numpy as np

from scene import Material

_WOODS = [(0.62, 0.42, 0.24), (0.45, 0.27, 0.14), (0.28, 0.15, 0.08), (0.75, 0.58, 0.38), (0.55, 0.30, 0.16),
          (0.16, 0.09, 0.06), (0.70, 0.50, 0.28), (0.82, 0.70, 0.54)]


class Palette:
    """A source of materials. `rng` decides everything."""

    def __init__(self, rng: np.random.Generator):
        self.rng = rng

    def chance(self, p: float) -> bool:
        return bool(self.rng.random() < p)

    def between(self, low: float, high: float) -> float:
        return float(self.rng.uniform(low, high))

    def pick(self, options):
        return options[int(self.rng.integers(len(options)))]

    def seed(self) -> int:
        return int(self.rng.integers(1000))

    def colour(self, saturation=(0.1, 0.7), value=(0.15, 0.85)) -> tuple[float, float, float]:
        hue = self.rng.random() if self.chance(0.4) else self.rng.normal(0.08, 0.06) % 1     # mostly warm
        return colorsys.hsv_to_rgb(hue, self.between(*saturation), self.between(*value))

    def shade(self, colour, amount: float = 0.35) -> tuple[float, float, float]:
        """A darker or lighter neighbour of a colour."""
        factor = 1 + self.between(-amount, amount)
        return tuple(float(np.clip(c * factor + self.between(-0.03, 0.03), 0.01, 0.98)) for c in colour)

    def make(self, kind: str, a, b=None, scale=0.1, gloss=0.0, emission=0.0) -> Material:
        second = b if b is not None else self.shade(a)
        return Material(kind, tuple(a), tuple(second), scale, gloss, emission, self.seed())

    def wood(self) -> Material:
        tone = self.shade(self.pick(_WOODS), 0.2)
        return self.make("wood", tone, tuple(c * self.between(0.6, 0.9) for c in tone), 0.12, self.between(0.05, 0.4))

    def lacquer(self) -> Material:
        """Painted or veneered: what cabinets are made of."""
        if self.chance(0.55):
            return self.wood()
        grey = self.between(0.03, 0.9)
        colour = (grey, grey, grey) if self.chance(0.6) else self.colour((0.1, 0.5), (0.2, 0.85))
        return self.make("plain", colour, scale=0.3, gloss=self.between(0, 0.4))

    def metal(self) -> Material:
        grey = self.between(0.03, 0.6)
        return self.make("plain", (grey, grey, grey * 1.03), scale=0.2, gloss=self.between(0.3, 0.8))

    def mirror(self) -> Material:
        """Glass that shows something else of the room, blurred."""
        return self.make("painting", self.colour((0, 0.3), (0.1, 0.7)), self.colour((0, 0.3), (0.4, 0.95)), gloss=0.6)

    def cloth(self) -> Material:
        """Upholstery and bedding: plain weave, leather or a pattern."""
        colour = self.colour((0.05, 0.65), (0.08, 0.8))
        kind = self.pick(["fabric"] * 5 + ["plain", "plaid", "stripes", "floral", "dots"])
        gloss = self.between(0.1, 0.4) if kind == "plain" else 0.0
        return self.make(kind, colour, self.shade(colour, 0.6), self.between(0.06, 0.2), gloss)

    def wall(self) -> Material:
        light = self.between(0.45, 0.9) if self.chance(0.85) else self.between(0.04, 0.45)
        colour = (light, light * self.between(0.93, 1.0), light * self.between(0.78, 1.0))
        if self.chance(0.35):
            colour = self.colour((0.05, 0.5), (0.35, 0.85))
        kind = self.pick(["plaster"] * 12 + ["stripes", "floral", "brick", "tiles", "dots", "planks"])
        scale = {"plaster": 1.0, "brick": 0.22, "tiles": 0.2, "planks": 0.14}.get(kind, self.between(0.08, 0.35))
        return self.make(kind, colour, self.shade(colour, 0.15), scale)

    def floor(self) -> Material:
        kind = self.pick(["planks"] * 4 + ["carpet"] * 4 + ["tiles"] * 2 + ["checker", "wood", "marble"])
        if kind in ("planks", "wood"):
            return self.make(kind, *self._wood_pair(), scale=self.between(0.08, 0.18), gloss=self.between(0, 0.35))
        colour = self.colour((0.0, 0.4), (0.12, 0.75))
        scale = {"carpet": 0.15, "tiles": self.between(0.2, 0.6), "marble": 0.8}.get(kind, self.between(0.15, 0.4))
        second = self.shade(colour, 0.4)
        return self.make(kind, colour, second, scale, 0.0 if kind == "carpet" else self.between(0, 0.3))

    def ceiling(self) -> Material:
        light = self.between(0.6, 0.95)
        kind = self.pick(["plaster"] * 6 + ["tiles", "planks"])
        scale = {"plaster": 1.0, "tiles": 0.6, "planks": 0.15}[kind]
        return self.make(kind, (light, light * 0.99, light * self.between(0.9, 1)), (light * 0.8,) * 3, scale)

    def rug(self) -> Material:
        colour = self.colour((0.1, 0.7), (0.15, 0.75))
        kind = self.pick(["carpet", "stripes", "checker", "floral", "dots"])
        return self.make(kind, colour, self.colour((0.1, 0.6), (0.2, 0.85)), self.between(0.08, 0.3))

    def thing(self) -> Material:
        """A small object."""
        kind = self.pick(["plain", "plain", "plain", "stripes", "dots", "marble", "fabric"])
        return self.make(kind, self.colour((0.0, 0.9), (0.05, 0.9)), self.colour(), self.between(0.03, 0.12),
                         self.between(0, 0.6))

    def _wood_pair(self):
        tone = self.shade(self.pick(_WOODS), 0.25)
        return tone, tuple(c * self.between(0.6, 0.9) for c in tone)
