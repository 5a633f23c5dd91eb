"""What hangs on walls and ceilings: windows, doors, pictures, lamps. Frames lie on the wall, y into the room."""

import numpy as np

from palette import Palette
from scene import Light, Place
from things import book_row, clutter, television


def window(f: Place, p: Palette, width: float, height: float, day: float):
    """Glass with a view, bars, a sill, and often curtains or blinds, all of the window class."""
    white = p.make("plain", (0.85, 0.85, 0.83)) if p.chance(0.7) else p.wood()
    pane = p.make("outdoors", p.colour((0.2, 0.6), (0.1, 0.5)), (0.45, 0.62, 0.9), gloss=0.5, emission=day)
    if p.chance(0.25):
        pane = p.make("slats", (0.8, 0.8, 0.76), (0.95, 0.95, 1.0), 0.05, emission=day * 0.5)
    f.box((0, 0.005, 0), (width, 0.012, height), "window", pane)
    for side in (-1, 1):
        f.box((side * width / 2, 0.02, 0), (0.06, 0.05, height + 0.06), "window", white)
        f.box((0, 0.02, side * height / 2), (width + 0.06, 0.05, 0.06), "window", white)
    for number in range(1, int(p.rng.integers(1, 4))):
        f.box((0, 0.015, 0), (0.04, 0.03, height), "window", white) if number == 1 else \
            f.box((0, 0.015, height * 0.1), (width, 0.03, 0.03), "window", white)
    if p.chance(0.5):
        f.box((0, 0.07, -height / 2 - 0.02), (width + 0.16, 0.14, 0.03), "window", white)
    if p.chance(0.5):
        cloth = p.make("folds", p.colour((0, 0.6), (0.2, 0.9)), scale=p.between(0.06, 0.14))
        drop, share = p.between(0.1, 0.9), p.between(0.15, 0.45)
        for side in (-1, 1):
            f.box((side * width * (0.55 - share / 2 + 0.05), 0.09, 0.1 - drop / 2),
                  (width * share, 0.06, height + drop), "window", cloth)


def door(f: Place, p: Palette, height: float = 2.02):
    """A panelled door; part of the wall, as in the 13 classes of NYUv2."""
    leaf = p.lacquer() if p.chance(0.5) else p.make("plain", (p.between(0.04, 0.9),) * 3)
    width = p.between(0.75, 0.92)
    f.box((0, 0.01, height / 2), (width, 0.05, height), "wall", leaf)
    for x in (-1, 1):
        f.box((x * (width / 2 + 0.04), 0.015, height / 2), (0.08, 0.07, height + 0.08), "wall", leaf)
        for z, tall in ((0.5, 0.7), (1.4, 0.8)):
            f.box((x * width * 0.22, 0.035, z), (width * 0.32, 0.012, tall), "wall", leaf)
    f.ellipsoid((width * 0.4, 0.08, 1.0), (0.06, 0.08, 0.06), "wall", p.metal())


def picture(f: Place, p: Palette, width: float, height: float):
    """A framed painting or photograph, or a bare poster."""
    canvas = p.make("painting", p.colour((0.1, 0.8), (0.1, 0.8)), p.colour((0.1, 0.7), (0.2, 0.95)), gloss=0.2)
    f.box((0, 0.02, 0), (width, 0.02, height), "picture", canvas)
    if p.chance(0.8):
        wood, bar = p.lacquer(), p.between(0.02, 0.06)
        for side in (-1, 1):
            f.box((side * width / 2, 0.025, 0), (bar, 0.04, height + bar), "picture", wood)
            f.box((0, 0.025, side * height / 2), (width + bar, 0.04, bar), "picture", wood)


def board(f: Place, p: Palette, width: float, height: float):
    """A whiteboard, a cork board with notes, or a projection screen: objects, in the 13 classes."""
    kind = int(p.rng.integers(3))
    face = p.make("plain", (p.between(0.75, 0.95),) * 3, gloss=0.4) if kind else p.make("carpet", (0.55, 0.36, 0.2))
    rim = p.metal() if p.chance(0.6) else p.wood()
    f.box((0, 0.015, 0), (width, 0.03, height), "objects", rim)
    f.box((0, 0.02, 0), (width - 0.05, 0.03, height - 0.05), "objects", face)
    for _ in range(int(p.rng.integers(0, 7)) if kind < 2 else 0):
        x, z = p.between(-0.4, 0.4) * width, p.between(-0.38, 0.38) * height
        f.box((x, 0.034, z), (p.between(0.08, 0.3), 0.004, p.between(0.05, 0.3)), "objects", p.thing())


def mirror(f: Place, p: Palette, width: float, height: float):
    """Framed or bare; objects, in the 13 classes."""
    f.box((0, 0.01, 0), (width, 0.02, height), "objects", p.mirror())
    if p.chance(0.6):
        rim = p.lacquer()
        for side in (-1, 1):
            f.box((side * width / 2, 0.015, 0), (0.05, 0.04, height + 0.05), "objects", rim)
            f.box((0, 0.015, side * height / 2), (width + 0.05, 0.04, 0.05), "objects", rim)


def hanging_cloth(f: Place, p: Palette, width: float, height: float):
    """A cloth from a rail at `height` metres: a shower curtain, a backdrop, a carpet on the wall. Not of a window."""
    colour = p.colour((0.0, 0.8), (0.15, 0.9))
    cloth = p.make("folds", colour, scale=p.between(0.08, 0.25)) if p.chance(0.6) else p.cloth()
    drop = p.between(0.5, 1.0) * height
    f.box((0, 0.06, height - drop / 2), (width, 0.05, drop), "objects", cloth)
    if p.chance(0.4):
        f.box((0, 0.06, height), (width + 0.2, 0.025, 0.025), "objects", p.metal())


def vent(f: Place, p: Palette, width: float):
    """The grille of a ventilation, or a radiator low on the wall."""
    grey = p.between(0.3, 0.9)
    slats = p.make("slats", (grey,) * 3, (grey * p.between(0.3, 0.8),) * 3, p.between(0.03, 0.08))
    deep = p.between(0.02, 0.15)
    f.box((0, deep / 2, 0), (width, deep, width * p.between(0.5, 1.2)), "objects", slats)


def notices(f: Place, p: Palette):
    """Sheets of paper, switches, a telephone or a clock on the wall."""
    if p.chance(0.25):
        f.ellipsoid((0, 0.02, 0.1), (0.3, 0.06, 0.3), "objects", p.thing())
    for _ in range(int(p.rng.integers(1, 6))):
        sheet = p.thing() if p.chance(0.4) else p.make("plain", (p.between(0.6, 0.95),) * 3)
        f.box((p.between(-0.4, 0.4), 0.01, p.between(-0.4, 0.4)), (p.between(0.07, 0.3), 0.02, p.between(0.1, 0.3)),
              "objects", sheet)


def wall_television(f: Place, p: Palette, width: float):
    television(f.at(0, 0.06, 0), p, width)


def wall_shelf(f: Place, p: Palette, width: float):
    """A board with books and things."""
    f.box((0, 0.12, 0), (width, 0.24, 0.03), "furniture", p.lacquer())
    if p.chance(0.7):
        book_row(f.at(0, 0.12, 0.015), p, width * 0.9, 0.2, p.between(0.22, 0.32))
    else:
        clutter(f.at(0, 0.12, 0.015), p, width * 0.85, 0.12, 4, tallest=0.28)


def ceiling_lamp(f: Place, p: Palette, power: float):
    """A lamp below the ceiling at the frame's origin, with its light."""
    warm = np.array([1.0, p.between(0.78, 0.98), p.between(0.55, 0.95)])
    glow = p.make("plain", (1, 0.95, 0.85), emission=p.between(0.8, 1.6))
    kind, drop = p.pick(["panel", "bowl", "pendant"]), 0.08
    if kind == "panel":
        f.box((0, 0, -0.015), (p.between(0.3, 1.2), p.between(0.15, 0.6), 0.03), "objects", glow)
    elif kind == "bowl":
        f.ellipsoid((0, 0, -0.03), (0.4, 0.4, 0.18), "objects", glow)
    else:
        drop = p.between(0.3, 0.7)
        f.cylinder((0, 0, -drop / 2), (0.015, 0.015, drop), "objects", p.metal())
        f.ellipsoid((0, 0, -drop), (0.32, 0.32, 0.26), "objects", glow)
    f.scene.lights.append(Light(f.origin - np.array([0, 0, drop + 0.12]), warm * power, p.between(0.08, 0.3)))
