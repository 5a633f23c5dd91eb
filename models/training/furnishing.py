"""What goes into a room, by its use: the pieces, how many, how large, and where."""

import numpy as np

import bathroom
import furniture
import things
from palette import Palette
from plan import Plan


def _sized(plan: Plan, p: Palette, builder, width, depth, height=None) -> None:
    """Put a piece of random size along a wall."""
    w, d = p.between(*width), p.between(*depth)
    h = [] if height is None else [p.between(*height)]
    plan.put(builder, plan.along_wall(w, d, tall=h[0] if h else 0.8), w, d, *h)


def _bed(plan, p):
    _sized(plan, p, furniture.bed, (0.9, 1.85), (1.95, 2.15))
    for _ in range(2):
        _sized(plan, p, furniture.cabinet, (0.4, 0.55), (0.35, 0.45), (0.45, 0.65))


def _storage(plan, p, count):
    for _ in range(count):
        if p.chance(0.5):
            _sized(plan, p, furniture.bookshelf, (0.6, 1.4), (0.25, 0.36), (0.8, 2.1))
        else:
            _sized(plan, p, furniture.cabinet, (0.6, 2.0), (0.4, 0.65), p.pick([(0.7, 1.1), (1.7, 2.2)]))


def _sitting(plan, p):
    for _ in range(int(p.rng.integers(1, 3))):
        _sized(plan, p, furniture.sofa, (0.85, 2.5), (0.8, 0.95))
    if p.chance(0.4):
        plan.put(furniture.sofa, plan.free(1.0, 0.9), 1.0, 0.9)
    w, d = p.between(0.6, 1.2), p.between(0.45, 0.7)
    plan.put(furniture.table, plan.free(w, d, gap=0.2), w, d, p.between(0.36, 0.5))
    if p.chance(0.85):
        _sized(plan, p, furniture.tv_stand, (0.9, 1.7), (0.38, 0.5))


def _desk(plan, p):
    w, d = p.between(0.9, 1.7), p.between(0.55, 0.75)
    frame = plan.along_wall(w, d, tall=1.2)
    if frame is None:
        return
    furniture.desk(frame, p, w, d)
    seat = frame.at(p.between(-0.2, 0.2), d / 2 + p.between(0.1, 0.4), 0, np.pi + p.between(-0.5, 0.5))
    furniture.chair(plan.scene.place(*seat.origin, seat.yaw), p)


def _eating(plan, p, length=(0.9, 1.9), chairs=0.75):
    w, d = p.between(*length), p.between(0.75, 1.0)
    frame = plan.free(w + 0.7, d + 0.7, gap=0.05, tries=30)
    if frame is None:
        return
    furniture.table(frame, p, w, d)
    state = int(p.rng.integers(1 << 31))                              # the same chair, drawn again
    for x, y, yaw in [(-w / 4, -d / 2, 0), (w / 4, -d / 2, 0), (-w / 4, d / 2, np.pi), (w / 4, d / 2, np.pi),
                      (w / 2, 0, np.pi / 2), (-w / 2, 0, -np.pi / 2)]:
        out = p.between(0.0, 0.3)
        seat = frame.at(x + out * np.sin(yaw), y - out * np.cos(yaw), 0, yaw + p.between(-0.2, 0.2))
        if p.chance(chairs):
            furniture.chair(plan.scene.place(*seat.origin, seat.yaw), Palette(np.random.default_rng(state)))


def _bedroom(plan, p):
    _bed(plan, p)
    if p.chance(0.35):
        _bed(plan, p)
    _storage(plan, p, int(p.rng.integers(1, 5)))
    if p.chance(0.4):
        _desk(plan, p)
    if p.chance(0.3):
        _sized(plan, p, furniture.tv_stand, (0.8, 1.3), (0.38, 0.5))
    _extras(plan, p)


def _living(plan, p):
    _sitting(plan, p)
    _storage(plan, p, int(p.rng.integers(1, 5)))
    if p.chance(0.3):
        _eating(plan, p)
    _extras(plan, p)


def _study(plan, p):
    for _ in range(int(p.rng.integers(1, 3))):
        _desk(plan, p)
    _storage(plan, p, int(p.rng.integers(2, 5)))
    if p.chance(0.3):
        _sitting(plan, p)
    _extras(plan, p)


def _dining(plan, p):
    for _ in range(int(p.rng.integers(0, 3))):
        width = p.between(1.2, 3.0)
        plan.put(furniture.kitchen, plan.along_wall(width, 0.62, tall=2.0), width)
    _eating(plan, p)
    _storage(plan, p, int(p.rng.integers(1, 4)))
    _extras(plan, p)


def _mixed(plan, p):
    for part in p.rng.permutation([_bed, _sitting, _desk, _eating])[:2]:
        part(plan, p)
    _storage(plan, p, int(p.rng.integers(1, 4)))
    _extras(plan, p)


def _office(plan, p):
    """Desks side by side, or a long table with its chairs; counters, boards and machines."""
    if p.chance(0.5):
        _eating(plan, p, length=(1.6, 3.0), chairs=0.85)
    for _ in range(int(p.rng.integers(1, 4))):
        _desk(plan, p)
    for _ in range(int(p.rng.integers(1, 3))):
        _sized(plan, p, furniture.counter, (0.8, 3.2), (0.45, 0.65), (0.65, 0.95))
    for _ in range(int(p.rng.integers(0, 4))):
        plan.put(things.machine, plan.along_wall(0.6, 0.6, tall=1.0), p.between(0.4, 0.7))
    for _ in range(int(p.rng.integers(0, 3))):
        width = p.between(0.8, 1.8)
        plan.put(things.partition, plan.free(width, 0.1), width, p.between(1.1, 1.8))
    _storage(plan, p, int(p.rng.integers(0, 2)))
    _extras(plan, p)


def rows(plan, p):
    """Seats, half of the time at desks, in rows and all alike, as in a classroom or where many wait."""
    w, d, _ = plan.scene.size
    desks, yaw, state = p.chance(0.5), p.pick([0, np.pi]), int(p.rng.integers(1 << 31))
    across, along = p.between(0.7, 1.1) * (1.8 if desks else 0.9), p.between(1.0, 1.5)
    left, front = p.between(0.8, 2.0), p.between(1.2, 2.5)
    for y in np.arange(front, d - 1.2, along)[:5]:
        for x in np.arange(left, w - 0.8, across)[:6]:
            frame = plan.spot(x, y, 1.1 if desks else 0.5, 0.9 if desks else 0.5, yaw)
            if frame is None:
                continue
            alike = Palette(np.random.default_rng(state))
            if desks:
                furniture.table(frame, alike, 1.1, 0.5, 0.74)
            back = frame.at(0, -0.4 if desks else 0, 0, p.between(-0.15, 0.15))
            furniture.chair(plan.scene.place(*back.origin, back.yaw), alike)


def _hall(plan, p):
    """A classroom, a lounge, a library, a shop: much of two kinds."""
    kinds = [rows, _sitting, _desk, _eating, _shelves, _office]
    for number in p.rng.permutation(len(kinds))[:2]:
        often = 1 if kinds[number] is rows else int(p.rng.integers(1, 4))
        for _ in range(often):
            kinds[number](plan, p)
    _storage(plan, p, int(p.rng.integers(0, 5)))
    _extras(plan, p)


def _shelves(plan, p):
    _storage(plan, p, 4)


def _bathroom(plan, p):
    if p.chance(0.7):
        w, d = p.between(1.2, 1.75), p.between(0.68, 0.8)
        plan.put(bathroom.bathtub, plan.along_wall(w, d, tall=2.0), w, d)
    if p.chance(0.85):
        plan.put(bathroom.toilet, plan.along_wall(0.5, 0.68, tall=0.9))
    for _ in range(int(p.rng.integers(1, 3))):
        w, d = p.between(0.45, 1.3), p.between(0.4, 0.55)
        plan.put(bathroom.basin, plan.along_wall(w, d, tall=2.0), w, d)
    if p.chance(0.5):
        _storage(plan, p, 1)
    for _ in range(int(p.rng.integers(0, 3))):
        plan.put(things.box_pile if p.chance(0.5) else things.heap, plan.along_wall(0.4, 0.4))


FURNISHERS = {"bedroom": _bedroom, "living": _living, "study": _study, "dining": _dining, "mixed": _mixed,
              "office": _office, "hall": _hall, "bathroom": _bathroom}


def _extras(plan: Plan, p: Palette) -> None:
    """Rug, spare chairs, lamps, plants, boxes."""
    w, d, _ = plan.scene.size
    if p.chance(0.45):
        x, y = w * p.between(0.3, 0.7), d * p.between(0.3, 0.7)
        rug = plan.scene.place(x, y, 0, p.between(-0.2, 0.2))
        rug.box((0, 0, 0.006), (p.between(1, 2.6), p.between(0.8, 2), 0.012), "floor", p.rug())
    for _ in range(int(p.rng.integers(0, 3))):
        plan.put(furniture.chair, plan.free(0.5, 0.5))
    if p.chance(0.4):
        width, depth = p.between(0.5, 1.4), p.between(0.45, 0.8)
        plan.put(furniture.table, plan.free(width, depth), width, depth, p.between(0.4, 0.76))
    if p.chance(0.35):
        _sized(plan, p, furniture.bookshelf, (0.6, 1.4), (0.25, 0.36), (0.8, 2.1))
    if p.chance(0.4):
        plan.put(things.floor_lamp, plan.along_wall(0.36, 0.36, tall=1.7))
    if p.chance(0.4):
        plan.put(things.plant, plan.along_wall(0.5, 0.5, tall=1.2), p.between(0.6, 1.4))
    for _ in range(int(p.rng.integers(0, 4))):
        plan.put(things.heap, plan.free(0.5, 0.4))
    if p.chance(0.15):
        plan.put(things.easel, plan.free(0.8, 0.8))
    for _ in range(int(p.rng.integers(0, 6))):
        plan.put(things.box_pile, plan.along_wall(0.5, 0.4) if p.chance(0.6) else plan.free(0.5, 0.4))
