"""Furniture from parts. Every builder takes a frame (origin on the floor, y to the front) and a palette.

`width` is along x, `depth` along y, metres. A builder stays within its footprint and returns nothing.
"""

from palette import Palette
from scene import Place
from things import book_row, clutter, folders, laptop, machine, monitor, papers, table_lamp


def _legs(f: Place, p: Palette, width, depth, height, label, material=None, base=0.0):
    """Four legs under a top of the given footprint."""
    material, thick = material or p.wood(), p.between(0.03, 0.07)
    make = f.cylinder if p.chance(0.4) else f.box
    for x in (-1, 1):
        for y in (-1, 1):
            make((x * (width / 2 - thick), y * (depth / 2 - thick), base + height / 2), (thick, thick, height),
                 label, material)


def bed(f: Place, p: Palette, width: float, depth: float):
    """Head against the wall. Pillows count as objects."""
    wood, sheet, blanket = p.lacquer(), p.make("fabric", p.colour((0, 0.25), (0.55, 0.95)), scale=0.2), p.cloth()
    low, high = p.between(0.12, 0.32), p.between(0.42, 0.62)
    f.box((0, 0, low * 0.75), (width, depth, low * 0.7), "bed", wood)
    if p.chance(0.4):
        _legs(f, p, width, depth, low * 0.45, "bed", wood)
    f.box((0, 0.02, (low + high) / 2), (width - 0.04, depth - 0.08, high - low), "bed", sheet)
    cover = p.between(0.45, 0.78)
    f.box((0, depth / 2 - depth * cover / 2, (low + high) / 2 - 0.03), (width, depth * cover, high - low + 0.11),
          "bed", blanket)
    if p.chance(0.3):
        f.box((0, depth * 0.3, (low + high) / 2), (width + 0.02, depth * 0.22, high - low + 0.09), "bed", p.cloth())
    if p.chance(0.85):
        f.box((0, -depth / 2 + 0.03, p.between(0.4, 0.62)), (width + 0.04, 0.06, p.between(0.8, 1.2)), "bed", wood)
    if p.chance(0.25):
        f.box((0, depth / 2 - 0.02, high * 0.6), (width + 0.02, 0.05, high * 1.2), "bed", wood)
    pillow, count = p.cloth() if p.chance(0.5) else sheet, 1 if width < 1.15 else 2
    for number in range(count):
        x = (number - (count - 1) / 2) * width * 0.47
        f.ellipsoid((x, -depth / 2 + 0.33, high + 0.09), (width * 0.9 / count, 0.46, 0.22), "objects", pillow,
                    tilt=p.between(0.0, 0.5), yaw=p.between(-0.15, 0.15))


def sofa(f: Place, p: Palette, width: float, depth: float):
    cloth, seat, back = p.cloth(), p.between(0.38, 0.46), p.between(0.72, 0.95)
    arm, legs = p.between(0.1, 0.24), p.between(0.03, 0.12)
    cushion = cloth if p.chance(0.75) else p.cloth()
    f.box((0, 0, (legs + seat - 0.12) / 2), (width, depth, seat - 0.12 - legs + 0.001), "sofa", cloth)
    f.box((0, -depth / 2 + 0.11, (legs + back) / 2), (width, 0.22, back - legs), "sofa", cloth, tilt=0.05)
    for side in (-1, 1):
        top = seat + p.between(0.12, 0.24)
        f.box((side * (width - arm) / 2, 0, (legs + top) / 2), (arm, depth, top - legs), "sofa", cloth)
    _legs(f, p, width, depth, legs, "sofa")
    room = width - 2 * arm
    count = max(1, round(room / p.between(0.6, 0.9)))
    for number in range(count):
        x = (number - (count - 1) / 2) * room / count
        f.box((x, 0.06, seat - 0.05), (room / count - 0.015, depth - 0.16, 0.15), "sofa", cushion)
        f.box((x, -depth / 2 + 0.3, seat + (back - seat) / 2 + 0.04), (room / count - 0.02, 0.16, back - seat),
              "sofa", cushion, tilt=0.2)
    for _ in range(int(p.rng.integers(0, 4))):
        f.box((p.between(-0.45, 0.45) * room, -depth / 2 + 0.46, seat + 0.22), (0.42, 0.13, 0.42), "objects", p.cloth(),
              tilt=0.4, roll=p.between(-0.4, 0.4))


def chair(f: Place, p: Palette, width: float = 0.45, depth: float = 0.48):
    """Dining chair or, one time in three, office chair. The back is at -y."""
    if p.chance(0.35):
        return office_chair(f, p)
    wood, seat, back = p.wood() if p.chance(0.7) else p.metal(), p.between(0.42, 0.48), p.between(0.82, 1.05)
    cover = p.cloth() if p.chance(0.5) else wood
    _legs(f, p, width, depth, seat, "chair", wood)
    f.box((0, 0, seat), (width, depth, 0.05), "chair", cover)
    for side in (-1, 1):
        f.box((side * (width / 2 - 0.02), -depth / 2 + 0.02, (seat + back) / 2), (0.035, 0.035, back - seat),
              "chair", wood)
    if p.chance(0.5):
        f.box((0, -depth / 2 + 0.02, (seat + back) / 2 + 0.06), (width - 0.05, 0.03, (back - seat) * 0.75),
              "chair", cover)
    else:
        for number in range(3):
            f.box((0, -depth / 2 + 0.02, seat + (number + 0.7) * (back - seat) / 3.1), (width - 0.05, 0.02, 0.06),
                  "chair", wood)
    if p.chance(0.25):
        for side in (-1, 1):
            f.box((side * width / 2, 0, seat + 0.2), (0.04, depth * 0.85, 0.03), "chair", wood)
            f.box((side * width / 2, depth * 0.36, seat + 0.1), (0.035, 0.035, 0.2), "chair", wood)


def office_chair(f: Place, p: Palette):
    cloth = p.cloth() if p.chance(0.4) else p.make("fabric", (0.03, 0.03, 0.035), (0.06, 0.06, 0.07), 0.1)
    metal = p.metal()
    for number in range(5):
        f.at(0, 0, 0, number * 1.2566).box((0, 0.15, 0.07), (0.04, 0.3, 0.05), "chair", metal)
    f.cylinder((0, 0, 0.25), (0.06, 0.06, 0.36), "chair", metal)
    f.box((0, 0, 0.46), (0.5, 0.48, 0.09), "chair", cloth)
    f.box((0, -0.24, 0.78), (0.46, 0.08, p.between(0.42, 0.62)), "chair", cloth, tilt=0.1)
    if p.chance(0.6):
        for side in (-1, 1):
            f.box((side * 0.28, 0, 0.66), (0.06, 0.28, 0.04), "chair", metal)
            f.box((side * 0.28, 0, 0.56), (0.03, 0.05, 0.2), "chair", metal)


def table(f: Place, p: Palette, width: float, depth: float, height: float = 0.74):
    wood = p.lacquer()
    under = wood if p.chance(0.6) else p.metal()
    if p.chance(0.2) and height < 0.76:
        side = min(width, depth)
        f.cylinder((0, 0, height), (side, side, 0.04), "table", wood)
        f.cylinder((0, 0, height / 2), (0.1, 0.1, height), "table", under)
        f.cylinder((0, 0, 0.02), (side * 0.5, side * 0.5, 0.04), "table", under)
    else:
        f.box((0, 0, height), (width, depth, p.between(0.025, 0.06)), "table", wood)
        if p.chance(0.75):
            _legs(f, p, width, depth, height, "table", under)
            if p.chance(0.5):
                f.box((0, 0, height - 0.07), (width - 0.1, depth - 0.1, 0.08), "table", under)
        else:
            for side in (-1, 1):
                f.box((side * (width / 2 - 0.04), 0, height / 2), (0.04, depth * 0.95, height), "table", under)
    clutter(f.at(0, 0, height + 0.02), p, width * 0.75, depth * 0.7, int(p.rng.integers(0, 8)))


def desk(f: Place, p: Palette, width: float, depth: float):
    """A table with drawers, a monitor or a laptop."""
    wood, height = p.lacquer(), p.between(0.7, 0.76)
    f.box((0, 0, height), (width, depth, 0.035), "table", wood)
    _legs(f, p, width, depth, height, "table", wood if p.chance(0.5) else p.metal())
    if p.chance(0.6):
        side = p.pick([-1, 1])
        drawers(f.at(side * (width / 2 - 0.24), 0, 0), p, 0.42, depth * 0.92, height - 0.03, wood, label="table")
    if p.chance(0.25):
        laptop(f.at(p.between(-0.3, 0.3), 0.05, height + 0.02, p.between(-0.3, 0.3)), p)
    if p.chance(0.7):
        monitor(f.at(p.between(-0.2, 0.2), -depth * 0.22, height + 0.02), p, p.between(0.42, 0.68))
        keys = p.make("tiles", (0.05, 0.05, 0.05), scale=0.02)
        f.box((0, depth * 0.15, height + 0.03), (0.42, 0.15, 0.02), "objects", keys)
    clutter(f.at(0, 0, height + 0.02), p, width * 0.85, depth * 0.8, int(p.rng.integers(1, 12)))


def drawers(f: Place, p: Palette, width, depth, height, material=None, label="furniture", columns=1):
    """A carcass with fronts and handles: cabinets, dressers, night tables."""
    wood, foot = material or p.lacquer(), p.between(0.0, 0.1)
    front, handle = wood if p.chance(0.7) else p.lacquer(), p.metal()
    f.box((0, -0.01, (foot + height) / 2), (width, depth - 0.02, height - foot), label, wood)
    if foot > 0.03:
        f.box((0, -0.03, foot / 2), (width - 0.06, depth - 0.08, foot), label, wood)
    rows = max(1, round((height - foot) / p.between(0.18, 0.75)))
    for row in range(rows):
        for column in range(columns):
            x = (column - (columns - 1) / 2) * width / columns
            z = foot + (row + 0.5) * (height - foot) / rows
            tall = (height - foot) / rows
            f.box((x, depth / 2 - 0.015, z), (width / columns - 0.02, 0.02, tall - 0.02), label, front)
            size = (0.1, 0.02, 0.015) if tall < 0.4 else (0.015, 0.02, 0.14)
            f.box((x + (0 if tall < 0.4 else width / columns * 0.38), depth / 2 + 0.005, z), size, label, handle)


def cabinet(f: Place, p: Palette, width: float, depth: float, height: float):
    """Night table, dresser, sideboard or wardrobe by its size, with things on top."""
    drawers(f, p, width, depth, height, columns=max(1, round(width / p.between(0.4, 0.7))))
    if height < 1.3:
        clutter(f.at(0, 0, height), p, width * 0.85, depth * 0.7, int(p.rng.integers(0, 8)))
        if p.chance(0.35):
            table_lamp(f.at(p.between(-0.3, 0.3) * width, 0, height), p)


def bookshelf(f: Place, p: Palette, width: float, depth: float, height: float):
    wood, thick = p.lacquer(), 0.03
    for side in (-1, 1):
        f.box((side * (width - thick) / 2, 0, height / 2), (thick, depth, height), "furniture", wood)
    f.box((0, -depth / 2 + 0.01, height / 2), (width, 0.02, height), "furniture", wood)
    rows = max(2, round(height / p.between(0.3, 0.42)))
    for row in range(rows + 1):
        f.box((0, 0, 0.02 + row * (height - 0.04) / rows), (width, depth, thick), "furniture", wood)
    for row in range(rows):
        base, room = 0.035 + row * (height - 0.04) / rows, (height - 0.04) / rows - 0.05
        if p.chance(0.85):
            book_row(f.at(0, 0.02, base), p, width - 2 * thick, depth - 0.06, room)
        elif p.chance(0.7):
            clutter(f.at(0, 0, base), p, width * 0.7, depth * 0.5, 2, tallest=room * 0.9)


def tv_stand(f: Place, p: Palette, width: float, depth: float):
    height = p.between(0.4, 0.62)
    drawers(f, p, width, depth, height, columns=2)
    monitor(f.at(0, 0, height), p, min(width * 0.9, p.between(0.7, 1.3)))
    clutter(f.at(0, depth * 0.25, height), p, width * 0.9, 0.1, int(p.rng.integers(0, 3)), tallest=0.15)


def kitchen(f: Place, p: Palette, width: float, depth: float = 0.62):
    """Counter with a worktop, cupboards above, sometimes a fridge at one end."""
    front, top = p.lacquer(), p.make("marble", p.colour((0, 0.2), (0.1, 0.8)), scale=0.4, gloss=0.4)
    drawers(f, p, width, depth - 0.04, 0.87, front, columns=max(2, round(width / 0.55)))
    f.box((0, 0, 0.89), (width, depth, 0.04), "furniture", top)
    clutter(f.at(0, 0, 0.91), p, width * 0.9, depth * 0.6, int(p.rng.integers(2, 8)))
    if p.chance(0.75):
        drawers(f.at(0, -depth / 2 + 0.18, 1.45), p, width, 0.35, 0.7, front, columns=max(2, round(width / 0.5)))
    if p.chance(0.4):
        steel = p.make("plain", (p.between(0.3, 0.9),) * 3, gloss=0.5)
        drawers(f.at(p.pick([-1, 1]) * (width / 2 - 0.33), 0.02, 0), p, 0.66, depth + 0.04, 1.75, steel)


def counter(f: Place, p: Palette, width: float, depth: float, height: float):
    """An office's cabinets, with machines and papers on top and sometimes pigeonholes above."""
    drawers(f, p, width, depth, height, columns=max(1, round(width / 0.5)))
    for number in range(int(p.rng.integers(1, 4))):
        machine(f.at(p.between(-0.42, 0.42) * width, 0, height, p.between(-0.2, 0.2)), p, p.between(0.25, 0.5))
    clutter(f.at(0, depth * 0.15, height), p, width * 0.9, depth * 0.5, int(p.rng.integers(2, 8)))
    if p.chance(0.5):
        pigeonholes(f.at(0, -depth / 2 + 0.15, height + p.between(0.5, 0.7)), p, width, 0.28, p.between(0.5, 0.9))


def pigeonholes(f: Place, p: Palette, width: float, depth: float, height: float):
    """Thin open shelves with sheets of paper, built into the wall: objects ("other structure"), in the 13 classes."""
    white = p.make("plain", (p.between(0.6, 0.95),) * 3) if p.chance(0.7) else p.lacquer()
    rows, columns = max(1, round(height / 0.3)), max(2, round(width / p.between(0.15, 0.4)))
    f.box((0, -depth / 2 + 0.01, height / 2), (width, 0.02, height), "objects", white)
    for row in range(rows + 1):
        f.box((0, 0, row * height / rows), (width, depth, 0.015), "objects", white)
    for column in range(columns + 1):
        f.box(((column / columns - 0.5) * width, 0, height / 2), (0.012, depth, height), "objects", white)
    for column in range(columns):
        for row in range(rows):
            inside = f.at(((column + 0.5) / columns - 0.5) * width, -0.03, row * height / rows + 0.01)
            if p.chance(0.25):
                papers(inside, p)
            elif p.chance(0.4):
                folders(inside, p, width / columns, height / rows)
