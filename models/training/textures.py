"""Procedural textures: colour at points of a surface, from value noise and simple patterns."""

import numpy as np

_TABLE = np.random.default_rng(20190616).random((256, 256)).astype(np.float32)


def cell(u: np.ndarray, v: np.ndarray, seed) -> np.ndarray:
    """A random value in 0..1 per unit cell."""
    return _TABLE[(np.floor(v).astype(np.int32) + seed * 31) & 255, (np.floor(u).astype(np.int32) + seed * 17) & 255]


def noise(u: np.ndarray, v: np.ndarray, seed) -> np.ndarray:
    """Smooth value noise in 0..1 with features about one unit wide."""
    iu, iv = np.floor(u), np.floor(v)
    fu, fv = u - iu, v - iv
    fu, fv = fu * fu * (3 - 2 * fu), fv * fv * (3 - 2 * fv)
    x, y = iu.astype(np.int32) + seed * 17, iv.astype(np.int32) + seed * 31
    x0, x1, y0, y1 = x & 255, (x + 1) & 255, y & 255, (y + 1) & 255
    top = _TABLE[y0, x0] * (1 - fu) + _TABLE[y0, x1] * fu
    bottom = _TABLE[y1, x0] * (1 - fu) + _TABLE[y1, x1] * fu
    return top * (1 - fv) + bottom * fv


def cloud(u, v, seed) -> np.ndarray:
    """Three octaves of noise, 0..1."""
    return (4 * noise(u, v, seed) + 2 * noise(2.1 * u, 2.1 * v, seed + 1) + noise(4.3 * u, 4.3 * v, seed + 2)) / 7


def _mix(a, b, m):
    return a + (b - a) * m[:, None]


def _seam(u, width=0.04):
    """1 inside a unit cell, falling to 0 at its edges."""
    edge = np.abs(u - np.round(u))
    return np.clip(edge / width, 0, 1)


# Each texture takes positions (u, v) in pattern units, the two colours [N, 3], seeds [N] and the position (x, y) on
# the face in -1..1, and returns colours [N, 3].

def plain(u, v, a, b, seed, x, y):
    return a * (0.93 + 0.14 * noise(u, v, seed))[:, None]


def plaster(u, v, a, b, seed, x, y):
    return _mix(a, b, 0.35 * cloud(0.35 * u, 0.35 * v, seed)) * (0.97 + 0.06 * noise(9 * u, 9 * v, seed))[:, None]


def wood(u, v, a, b, seed, x, y):
    grain = noise(0.25 * u, 5 * v, seed) + 0.6 * noise(0.8 * u, 19 * v, seed)
    rings = 0.5 + 0.5 * np.sin(6.0 * grain + 2 * v)
    return _mix(a, b, rings) * (0.92 + 0.16 * noise(3 * u, 40 * v, seed))[:, None]


def planks(u, v, a, b, seed, x, y):
    row = np.floor(v)
    shift = 7.3 * cell(row, row * 0, seed)
    along = u / 7 + shift
    tone = cell(along, v, seed + 3)
    colour = wood(u, v + 13 * tone, a, b, seed, x, y) * (0.75 + 0.5 * tone)[:, None]
    return colour * (0.55 + 0.45 * _seam(v, 0.04) * _seam(along, 0.008))[:, None]


def tiles(u, v, a, b, seed, x, y):
    tone = cell(u, v, seed)
    colour = a * (0.88 + 0.14 * tone + 0.1 * (cloud(2 * u, 2 * v, seed) - 0.5))[:, None]
    return _mix(b, colour, _seam(u, 0.025) * _seam(v, 0.025))


def checker(u, v, a, b, seed, x, y):
    odd = ((np.floor(u) + np.floor(v)) % 2).astype(np.float32)
    return _mix(a, b, odd) * (0.92 + 0.12 * cloud(3 * u, 3 * v, seed))[:, None]


def brick(u, v, a, b, seed, x, y):
    row = np.floor(v * 2)
    along = u + 0.5 * (row % 2)
    tone = cell(along, row, seed)
    colour = a * (0.7 + 0.5 * tone + 0.25 * (cloud(4 * u, 4 * v, seed) - 0.5))[:, None]
    return _mix(b, colour, _seam(along, 0.05) * _seam(v * 2, 0.1))


def fabric(u, v, a, b, seed, x, y):
    weave = 0.5 * noise(16 * u, 4 * v, seed) + 0.5 * noise(4 * u, 16 * v, seed + 5)
    return _mix(a, b, 0.25 * cloud(u, v, seed)) * (0.85 + 0.3 * weave)[:, None]


def carpet(u, v, a, b, seed, x, y):
    return _mix(a, b, 0.5 * cloud(0.7 * u, 0.7 * v, seed)) * (0.82 + 0.36 * noise(16 * u, 16 * v, seed))[:, None]


def stripes(u, v, a, b, seed, x, y):
    band = (np.sin(2 * np.pi * u) > 0.1).astype(np.float32)
    return _mix(a, b, band) * (0.9 + 0.2 * noise(9 * u, 9 * v, seed))[:, None]


def plaid(u, v, a, b, seed, x, y):
    bands = 0.5 * (np.sin(2 * np.pi * u) > 0.2) + 0.35 * (np.sin(2 * np.pi * v) > 0.2) + 0.15 * (np.sin(9 * v) > 0.9)
    return _mix(a, b, bands.astype(np.float32)) * (0.9 + 0.2 * noise(14 * u, 14 * v, seed))[:, None]


def dots(u, v, a, b, seed, x, y):
    radius = np.hypot(u - np.floor(u) - 0.5, v - np.floor(v) - 0.5)
    return _mix(b, a, np.clip((radius - 0.22) * 12, 0, 1)) * (0.94 + 0.1 * noise(3 * u, 3 * v, seed))[:, None]


def floral(u, v, a, b, seed, x, y):
    return _mix(a, b, np.clip((cloud(1.6 * u, 1.6 * v, seed) - 0.5) * 7, 0, 1))


def marble(u, v, a, b, seed, x, y):
    veins = np.abs(np.sin(3 * u + 8 * cloud(u, v, seed)))
    return _mix(b, a, np.clip(veins * 2.2, 0, 1) ** 0.5)


def folds(u, v, a, b, seed, x, y):
    """Hanging cloth: soft vertical folds."""
    wave = np.sin(2 * np.pi * u + 3 * noise(0.5 * u, 0.3 * v, seed))
    return _mix(a, b, 0.3 * cloud(u, v, seed)) * (0.78 + 0.22 * wave)[:, None]


def slats(u, v, a, b, seed, x, y):
    """Blinds: horizontal slats with light between."""
    phase = v - np.floor(v)
    return _mix(b, a, np.clip(phase * 5, 0, 1)) * (0.75 + 0.25 * phase)[:, None]


def _random_colour(values: np.ndarray, seed) -> np.ndarray:
    """Colours [N, 3] that differ wherever the values in 0..1 do."""
    hue = 6.28 * (values * 7.13 + seed * 0.37)
    bright = 0.25 + 0.5 * np.mod(values * 31.7, 1)
    vivid = 0.5 + 0.5 * np.stack([np.sin(hue), np.sin(hue + 2.1), np.sin(hue + 4.2)], axis=1)
    return (bright[:, None] * (0.45 * np.array([1.0, 0.85, 0.7]) + 0.55 * vivid)).astype(np.float32)


def spines(u, v, a, b, seed, x, y):
    """A row of books seen from their backs."""
    book = cell(u, u * 0, seed)
    muted = _mix(_random_colour(book, seed), a, 0.15 + 0.7 * cell(u, u * 0 + 1, seed))
    title = (np.abs(y - (book - 0.5)) < 0.14) & (np.abs(u - np.floor(u) - 0.5) < 0.22)
    band = np.abs(np.abs(y) - 0.55 - 0.3 * book) < 0.04
    muted = _mix(muted, b, 0.75 * (title | band).astype(np.float32))
    return muted * (0.35 + 0.65 * np.sqrt(_seam(u, 0.22)))[:, None]


def painting(u, v, a, b, seed, x, y):
    """One of: a landscape, blocks of colour, blots, a gradient; sometimes with a mat around it."""
    style = seed % 4
    hills = 0.25 * (noise(2 * x + 5, seed * 1.3, seed) - 0.5) + 0.3 * (cell(seed * 0.71, seed * 0.3, seed) - 0.5)
    land = _mix(a * (0.7 + 0.5 * cloud(3 * x + 9, 6 * y + 9, seed))[:, None],
                b * (0.75 + 0.3 * y)[:, None] + 0.1, np.clip((y - hills) * 14, 0, 1))
    blocks = _random_colour(cell(1.6 * x + 5, 1.4 * y + 5, seed), seed)
    blots = _mix(_random_colour(cloud(1.3 * x + 5, 1.3 * y + 5, seed), seed), a, 0.5 + 0 * x)
    figure = np.clip((np.hypot(x * 1.2, y - 0.1) - 0.45 - 0.2 * noise(2 * x + 5, 2 * y + 5, seed)) * 9, 0, 1)
    portrait = _mix(b, a, figure) * (0.7 + 0.5 * cloud(2 * x + 7, 2 * y + 7, seed))[:, None]
    colour = np.choose(style[:, None], [land, blocks, blots, portrait])
    mat = ((seed % 5 < 2) & ((np.abs(x) > 0.72) | (np.abs(y) > 0.72)))[:, None]
    return np.where(mat, np.float32(0.85), colour)


def screen(u, v, a, b, seed, x, y):
    """A display: mostly off (dark with a sheen), sometimes showing a picture."""
    off = a * (0.6 + 0.5 * np.clip(x + y, -1, 1))[:, None]
    return np.where((seed % 3 == 0)[:, None], painting(u, v, a + 0.25, b, seed // 3 * 5 + 3, x, y), off)


def outdoors(u, v, a, b, seed, x, y):
    """A view through glass: sky above trees or houses."""
    blue = np.clip(0.5 * y + 0.4 * cloud(2 * x + 5, 3 * y + 5, seed), 0, 1)
    sky = _mix(np.float32([0.95, 0.97, 1.0]) + 0 * a, b, blue)
    horizon = 1.1 * (cell(seed * 0.37, seed * 0.11, seed) - 0.6) + 0.5 * (cloud(3 * x + 6, 0.1 * y, seed) - 0.5)
    ground = a * (0.4 + 0.9 * cloud(6 * x + 9, 6 * y + 9, seed))[:, None]
    return _mix(ground, sky, np.clip((y - horizon) * 9, 0, 1))


KINDS = (plain, plaster, wood, planks, tiles, checker, brick, fabric, carpet, stripes, plaid, dots, floral, marble,
         folds, slats, spines, painting, screen, outdoors)
KIND = {function.__name__: number for number, function in enumerate(KINDS)}


def albedo(materials, index: np.ndarray, local: np.ndarray, axis: np.ndarray, half: np.ndarray) -> np.ndarray:
    """Colours [N, 3] at local positions [N, 3] on the faces `axis` [N] of parts `index` [N] of extents half [N, 3]."""
    first, second = np.where(axis == 0, 1, 0), np.where(axis == 2, 1, 2)
    rows = np.arange(len(index))
    u, v = local[rows, first], local[rows, second]
    x, y = u / half[rows, first], v / half[rows, second]
    lengthwise = (axis == 2) & (half[:, 1] > half[:, 0])              # grain runs along the longer side
    wooden = np.array([m.kind == "wood" for m in materials])[index]
    lengthwise |= (axis != 2) & (half[:, 2] > half[rows, first]) & wooden
    u, v = np.where(lengthwise, v, u), np.where(lengthwise, u, v)
    scale = np.array([m.scale for m in materials], np.float32)[index]
    seed = np.array([m.seed for m in materials], np.int32)[index]
    a = np.array([m.a for m in materials], np.float32)[index]
    b = np.array([m.b for m in materials], np.float32)[index]
    kind = np.array([KIND[m.kind] for m in materials])[index]
    colour = np.empty_like(a)
    for number in np.unique(kind):
        at = np.flatnonzero(kind == number)
        s = scale[at]
        colour[at] = KINDS[number](u[at] / s, v[at] / s, a[at], b[at], seed[at], x[at], y[at])
    return np.clip(colour, 0.0, 1.0)
