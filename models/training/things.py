"""Small things: screens, books, lamps, plants, boxes and what lies on tables. Builders as in furniture.py."""

from palette import Palette
from scene import Place


def monitor(f: Place, p: Palette, width: float):
    """A screen on a foot: tv."""
    case, height = p.make("plain", (0.02, 0.02, 0.022), gloss=0.4), width * 0.58
    f.box((0, 0, 0.01), (width * 0.4, 0.18, 0.02), "tv", case)
    f.box((0, -0.02, 0.08), (0.06, 0.03, 0.14), "tv", case)
    television(f.at(0, 0, 0.1 + height / 2), p, width)


def television(f: Place, p: Palette, width: float):
    """A flat screen around the frame's origin, facing +y."""
    height = width * 0.57
    glow = p.between(0.3, 0.9) if p.chance(0.5) else 0.0
    face = p.make("screen", (0.015, 0.016, 0.02), p.colour(), gloss=0.7, emission=glow)
    f.box((0, -0.02, 0), (width, 0.04, height), "tv", p.make("plain", (0.02,) * 3, gloss=0.3))
    f.box((0, 0.002, 0.005), (width - 0.05, 0.006, height - 0.06), "tv", face)


def book_row(f: Place, p: Palette, width: float, depth: float, room: float):
    """Runs of standing books, sometimes with a gap or a lying stack."""
    x = -width / 2
    while x < width / 2 - 0.08:
        run = min(p.between(0.08, 0.35), width / 2 - x)
        if p.chance(0.86):
            tall, deep = room * p.between(0.6, 0.97), depth * p.between(0.65, 0.95)
            y = (deep - depth) / 2 + (depth - deep) * p.between(0.3, 1)
            f.box((x + run / 2, y, tall / 2), (run - 0.004, deep, tall), "books", _spines(p))
        x += run


def _spines(p: Palette):
    cover, title = p.colour((0.1, 0.7), (0.1, 0.7)), p.pick([(0.85, 0.8, 0.6), (0.05, 0.05, 0.05)])
    return p.make("spines", cover, title, p.between(0.02, 0.05))


def book_stack(f: Place, p: Palette):
    z = 0.0
    for _ in range(int(p.rng.integers(1, 5))):
        thick = p.between(0.015, 0.045)
        f.box((0, 0, z + thick / 2), (p.between(0.14, 0.22), p.between(0.2, 0.3), thick), "books",
              p.make("plain", p.colour((0.1, 0.9), (0.08, 0.85)), gloss=0.2), yaw=p.between(-0.5, 0.5))
        z += thick


def papers(f: Place, p: Palette):
    """Loose sheets, or a pile of them."""
    white = p.make("plain", (p.between(0.7, 0.95),) * 3, scale=0.1)
    for _ in range(int(p.rng.integers(1, 4))):
        thick = p.between(0.002, 0.04)
        f.box((p.between(-0.12, 0.12), p.between(-0.12, 0.12), thick / 2), (0.21, 0.3, thick), "objects", white,
              yaw=p.between(-3, 3))


def folders(f: Place, p: Palette, width: float, room: float):
    """Thin folders and magazines that stand or lean in a compartment of `width` and height `room`."""
    colour = p.make("plain", (p.between(0.6, 0.95),) * 3) if p.chance(0.5) else p.thing()
    for _ in range(int(p.rng.integers(1, 5))):
        thick, tall = p.between(0.005, 0.03), room * p.between(0.5, 0.85)
        f.box((p.between(-0.4, 0.4) * width, 0, tall / 2), (thick, 0.22, tall), "objects", colour,
              roll=p.between(-0.25, 0.25))


def laptop(f: Place, p: Palette):
    """Counts as an object, unlike a screen on a foot."""
    case = p.make("plain", (p.between(0.02, 0.6),) * 3, gloss=0.4)
    face = p.make("screen", (0.015, 0.016, 0.02), p.colour(), gloss=0.7, emission=p.pick([0, 0.5, 0.9]))
    f.box((0, 0.06, 0.01), (0.34, 0.24, 0.02), "objects", case)
    f.box((0, -0.09, 0.13), (0.34, 0.015, 0.24), "objects", case, tilt=0.25)
    f.box((0, -0.08, 0.13), (0.31, 0.012, 0.2), "objects", face, tilt=0.25)


def machine(f: Place, p: Palette, width: float):
    """A printer, copier, microwave oven or computer case: boxes with slots and a panel."""
    grey = p.between(0.5, 0.9) if p.chance(0.6) else p.between(0.02, 0.3)
    case, dark = p.make("plain", (grey, grey, grey * 0.97), gloss=0.2), p.make("plain", (0.03,) * 3, gloss=0.4)
    depth, tall = width * p.between(0.7, 1.0), width * p.between(0.45, 1.3)
    f.box((0, 0, tall / 2), (width, depth, tall), "objects", case)
    f.box((0, depth / 2, tall * p.between(0.2, 0.8)), (width * 0.8, 0.02, tall * p.between(0.05, 0.4)), "objects", dark)
    f.box((0, 0, tall + 0.02), (width * 0.9, depth * p.between(0.4, 0.9), 0.05), "objects", p.pick([case, dark]))
    if p.chance(0.4):
        f.box((0, depth * 0.5, tall * 0.4), (width * 0.7, depth * 0.4, 0.02), "objects", case, tilt=0.3)


def bottles(f: Place, p: Palette):
    """A group of the same bottles or cans."""
    glass, tall = p.thing(), p.between(0.1, 0.3)
    for _ in range(int(p.rng.integers(2, 7))):
        x, y = p.between(-0.14, 0.14), p.between(-0.1, 0.1)
        f.cylinder((x, y, tall * 0.4), (0.07, 0.07, tall * 0.8), "objects", glass)
        f.cylinder((x, y, tall * 0.9), (0.03, 0.03, tall * 0.2), "objects", glass)


def clutter(f: Place, p: Palette, width: float, depth: float, count: int, tallest: float = 0.32):
    """Small things on a surface at the frame's origin: cups, boxes, bottles, bowls, vases, books, papers, machines."""
    for _ in range(count):
        x, y, tall = p.between(-0.5, 0.5) * width, p.between(-0.5, 0.5) * depth, p.between(0.06, tallest)
        kind = int(p.rng.integers(12))
        if kind <= 1:
            book_stack(f.at(x, y, 0, p.between(-1.5, 1.5)), p)
        elif kind == 2:
            f.cylinder((x, y, 0.05), (0.08, 0.08, 0.1), "objects", p.thing())
        elif kind == 3:
            size = (p.between(0.06, 0.25), p.between(0.06, 0.2), tall)
            f.box((x, y, tall / 2), size, "objects", p.thing(), yaw=p.between(0, 3))
        elif kind == 4:
            glass = p.thing()
            f.cylinder((x, y, tall * 0.35), (0.075, 0.075, tall * 0.7), "objects", glass)
            f.cylinder((x, y, tall * 0.8), (0.03, 0.03, tall * 0.4), "objects", glass)
        elif kind == 5:
            f.ellipsoid((x, y, 0.05), (p.between(0.12, 0.3), p.between(0.12, 0.3), 0.12), "objects", p.thing())
        elif kind <= 7:
            papers(f.at(x, y, 0), p)
        elif kind == 8:
            bottles(f.at(x, y, 0), p)
        elif kind == 9 and tallest > 0.3:
            machine(f.at(x, y * 0.4, 0, p.between(-0.3, 0.3)), p, p.between(0.2, 0.45))
        elif kind == 10 and tallest > 0.3:
            laptop(f.at(x, y * 0.5, 0, p.between(-0.6, 0.6)), p)
        elif tallest > 0.3:
            plant(f.at(x, y, 0), p, p.between(0.25, 0.45))


def table_lamp(f: Place, p: Palette):
    shade = p.make("plain", (0.9, 0.82, 0.66), emission=p.between(0, 1.0) if p.chance(0.5) else 0)
    f.cylinder((0, 0, 0.14), (0.06, 0.06, 0.28), "objects", p.thing())
    f.cylinder((0, 0, 0.36), (0.24, 0.24, 0.2), "objects", shade)


def floor_lamp(f: Place, p: Palette):
    metal, tall = p.metal(), p.between(1.3, 1.8)
    f.cylinder((0, 0, 0.015), (0.26, 0.26, 0.03), "objects", metal)
    f.cylinder((0, 0, tall / 2), (0.03, 0.03, tall), "objects", metal)
    shade = p.make("plain", (0.9, 0.84, 0.7), emission=p.pick([0, 0.6, 1.0]))
    f.cylinder((0, 0, tall), (0.36, 0.36, 0.26), "objects", shade)


def plant(f: Place, p: Palette, height: float):
    """A pot and leaves as thin ellipsoids."""
    pot, green = p.thing(), p.make("fabric", (0.05, p.between(0.15, 0.35), 0.05), (0.2, 0.4, 0.1), 0.05)
    f.cylinder((0, 0, height * 0.15), (height * 0.34, height * 0.34, height * 0.3), "objects", pot)
    for number in range(int(p.rng.integers(5, 10))):
        turn, lean = number * 2.4, p.between(0.2, 0.9)
        size = (height * 0.13, height * 0.05, height * 0.75)
        f.at(0, 0, height * 0.3, turn).ellipsoid((0, height * 0.25 * lean, height * 0.33), size, "objects", green,
                                                 tilt=-lean)


def box_pile(f: Place, p: Palette):
    """Bins, boxes, bags on the floor."""
    if p.chance(0.35):
        f.cylinder((0, 0, 0.17), (0.26, 0.26, 0.34), "objects", p.thing())
        return
    size = (p.between(0.25, 0.5), p.between(0.2, 0.4), p.between(0.15, 0.45))
    cardboard = p.make("plain", (0.5, 0.35, 0.2), gloss=0) if p.chance(0.4) else p.thing()
    f.box((0, 0, size[2] / 2), size, "objects", cardboard)
    if p.chance(0.4):
        above = (size[0] * 0.7, size[1] * 0.7, 0.2)
        f.box((0.03, 0.02, size[2] + 0.1), above, "objects", p.thing(), yaw=p.between(-0.5, 0.5))


def heap(f: Place, p: Palette):
    """Clothes, a bag, a blanket: soft things that lie about."""
    for _ in range(int(p.rng.integers(1, 4))):
        size = (p.between(0.2, 0.5), p.between(0.2, 0.4), p.between(0.08, 0.35))
        f.ellipsoid((p.between(-0.12, 0.12), p.between(-0.1, 0.1), size[2] * 0.4), size, "objects", p.cloth(),
                    yaw=p.between(-3, 3), tilt=p.between(-0.3, 0.3))


def easel(f: Place, p: Palette):
    """A ladder, an easel, a clothes horse: two leaning sides with rungs or a board."""
    bar, wide, tall = (p.metal() if p.chance(0.5) else p.wood()), p.between(0.4, 0.8), p.between(1.0, 1.9)
    lean = p.between(0.12, 0.3)
    for turn in (0, 3.14159) if p.chance(0.7) else (0,):
        side = f.at(0, 0, 0, turn)
        for x in (-1, 1):
            side.box((x * wide / 2, 0.5 * tall * lean, tall / 2), (0.04, 0.04, tall), "objects", bar, tilt=lean)
        for number in range(1, int(p.rng.integers(3, 7))):
            z = tall * number / 6
            side.box((0, (tall - z) * lean, z), (wide, 0.03, 0.03), "objects", bar)
    if p.chance(0.3):
        f.box((0, 0.5 * tall * lean + 0.05, tall * 0.65), (wide * 1.4, 0.03, tall * 0.5), "objects", p.thing(),
              tilt=lean)


def partition(f: Place, p: Palette, width: float, height: float):
    """A free-standing panel between desks, or a folding screen."""
    cloth, rim = p.cloth(), p.metal()
    f.box((0, 0, height / 2 + 0.04), (width, 0.05, height - 0.08), "objects", cloth)
    f.box((0, 0, height), (width + 0.02, 0.06, 0.03), "objects", rim)
    for x in (-1, 1):
        f.box((x * width / 2, 0, height / 2), (0.04, 0.06, height), "objects", rim)
