"""The shell of a room: floor, ceiling and walls, a way through to the next room, pillars, what runs under ceilings.

Walls are numbered as in plan.py: 0 at y = 0, 1 at the far end of y, 2 at x = 0, 3 at the far end of x.
"""

import numpy as np

from palette import Palette
from plan import Plan
from scene import BOX, LABEL, Material, Part, Scene

THICK = 0.2


def enclose(plan: Plan, p: Palette, opening: float) -> None:
    """Build the shell of the plan's room; with probability `opening` one wall leads on."""
    scene = plan.scene
    w, d, h = scene.size
    walls = p.wall()
    accent = p.wall() if p.chance(0.3) else walls
    skirting = p.make("plain", (p.between(0.5, 0.9),) * 3) if p.chance(0.7) else p.wood()
    floor, ceiling = p.floor(), p.ceiling()
    _box(scene, (-1, w + 1), (-1, d + 1), (-THICK, 0), "floor", floor)
    _box(scene, (-1, w + 1), (-1, d + 1), (h, h + THICK), "ceiling", ceiling)
    leads_on = int(p.rng.integers(4)) if p.chance(opening) else None
    for wall in range(4):
        length, paint = (w if wall < 2 else d), accent if wall == 1 else walls
        if wall == leads_on:
            middle, width = _way_through(scene, p, wall, length, paint, floor, ceiling)
            plan.hung[wall].append((middle, width))
            plan.keep_clear(*plan.on_wall(wall, middle), width / 2)
        else:
            _panel(scene, wall, (0, length), (0, h), (0, THICK), "wall", paint)
            _panel(scene, wall, (0, length), (0, 0.1), (-0.015, 0), "wall", skirting)
    if p.chance(0.3):
        _corner(plan, p, walls)
    if p.chance(0.3):
        _under_ceiling(scene, p)


def _box(scene: Scene, x, y, z, label: str, material: Material) -> None:
    """A part of no furniture, from three ranges in metres."""
    low, high = np.array([x, y, z], float).T
    scene.parts.append(Part(BOX, (low + high) / 2, np.maximum((high - low) / 2, 1e-3), np.eye(3), LABEL[label],
                            material, 0))


def _panel(scene: Scene, wall: int, along, z, out, label: str, material: Material) -> None:
    """A box in a wall's coordinates: a range along it, a range of heights, a range outwards from its inner face."""
    w, d, _ = scene.size
    far = (d if wall < 2 else w) if wall % 2 else 0.0
    across = (far + out[0], far + out[1]) if wall % 2 else (-out[1], -out[0])
    x, y = (along, across) if wall < 2 else (across, along)
    _box(scene, x, y, z, label, material)


def _way_through(scene: Scene, p: Palette, wall: int, length: float, paint, floor, ceiling) -> tuple[float, float]:
    """A wall with a doorway or a wide opening, and the space behind it. Returns the opening's middle and width."""
    height = scene.size[2]
    width = min(p.between(0.8, 1.0) if p.chance(0.6) else p.between(1.2, 3.0), 0.8 * length)
    top = min(p.between(1.95, 2.2), height) if p.chance(0.8) else height
    left = p.between(0.05, 0.95) * (length - width)
    right = left + width
    _panel(scene, wall, (0, left), (0, height), (0, THICK), "wall", paint)
    _panel(scene, wall, (right, length), (0, height), (0, THICK), "wall", paint)
    if top < height - 0.01:
        _panel(scene, wall, (left, right), (top, height), (0, THICK), "wall", paint)
    frame = p.make("plain", (p.between(0.4, 0.9),) * 3) if p.chance(0.6) else p.wood()
    if p.chance(0.7):
        for edge in (left, right):
            _panel(scene, wall, (edge - 0.05, edge + 0.05), (0, top), (-0.02, THICK + 0.02), "wall", frame)
    deep, beside = p.between(1.0, 4.0), p.between(0.2, 1.5)
    behind = paint if p.chance(0.5) else p.wall()
    on = floor if p.chance(0.6) else p.floor()
    reach, near, far = (left - beside, right + beside), THICK, THICK + deep
    _panel(scene, wall, reach, (-THICK, 0.002), (near, far), "floor", on)
    _panel(scene, wall, reach, (height - 0.002, height + THICK), (near, far), "ceiling", ceiling)
    _panel(scene, wall, reach, (0, height), (far, far + THICK), "wall", behind)
    for edge in (reach[0] - THICK, reach[1]):
        _panel(scene, wall, (edge, edge + THICK), (0, height), (near, far), "wall", behind)
    return (left + right) / 2, width + 0.2


def _corner(plan: Plan, p: Palette, walls: Material) -> None:
    """A pillar, a chimney breast or a shaft in one corner, or so large that the room is an L."""
    w, d, h = plan.scene.size
    size = np.array([p.between(0.3, 1.0), p.between(0.3, 1.0)]) if p.chance(0.6) else \
        np.array([w, d]) * np.array([p.between(0.15, 0.4), p.between(0.15, 0.4)])
    x, y = p.pick([0, w]), p.pick([0, d])
    spans = [(0, s) if at == 0 else (at - s, at) for at, s in ((x, size[0]), (y, size[1]))]
    _box(plan.scene, *spans, (0, h), "wall", walls)
    plan.block(*spans)


def _under_ceiling(scene: Scene, p: Palette) -> None:
    """Beams, ducts or rails with lamps, side by side below the ceiling: objects, in the 13 classes, but for beams."""
    w, d, h = scene.size
    kind = p.pick(["beams", "ducts", "rails"])
    wide = {"beams": p.between(0.1, 0.3), "ducts": p.between(0.12, 0.5), "rails": 0.04}[kind]
    drop = p.between(0.02, 0.25) if kind != "beams" else 0.0
    material = {"beams": p.wood if p.chance(0.5) else p.ceiling, "ducts": p.metal, "rails": p.metal}[kind]()
    label, along_x, count = "ceiling" if kind == "beams" else "objects", p.chance(0.5), int(p.rng.integers(1, 4))
    for number in range(count):
        at = (d if along_x else w) * (number + p.between(0.3, 0.7)) / count
        span, z = (at - wide / 2, at + wide / 2), (h - drop - wide, h - drop)
        _box(scene, *(((0, w), span) if along_x else (span, (0, d))), z, label, material)
        for _ in range(int(p.rng.integers(2, 6)) if kind == "rails" else 0):
            place = p.between(0.05, 0.95) * (w if along_x else d)
            lamp = scene.place(*((place, at) if along_x else (at, place)), z[0], p.between(-3, 3))
            lamp.cylinder((0, 0, -0.1), (0.1, 0.1, 0.18), "objects", p.metal(), tilt=p.between(0.2, 1.0))
