"""What stands in bathrooms: all of it objects, in the 13 classes of NYUv2, but for the cupboard. As in furniture.py."""

from furniture import drawers
from palette import Palette
from scene import Place
from things import bottles


def _ceramic(p: Palette):
    white = p.between(0.7, 0.95)
    return p.make("plain", (white, white, white * p.between(0.93, 1.0)), gloss=p.between(0.2, 0.6))


def toilet(f: Place, p: Palette):
    """Bowl, lid and cistern."""
    white, seat = _ceramic(p), p.between(0.38, 0.44)
    f.cylinder((0, 0.08, seat * 0.35), (0.26, 0.36, seat * 0.7), "objects", white)
    f.ellipsoid((0, 0.08, seat * 0.8), (0.38, 0.5, seat * 0.5), "objects", white)
    f.cylinder((0, 0.08, seat), (0.38, 0.48, 0.04), "objects", white)
    f.box((0, -0.24, seat + 0.16), (0.4, 0.18, 0.36), "objects", white)
    f.box((0, -0.24, seat + 0.36), (0.42, 0.2, 0.04), "objects", white)
    if p.chance(0.4):
        f.cylinder((0, -0.1, seat + 0.2), (0.38, 0.04, 0.42), "objects", white, tilt=0.15)


def bathtub(f: Place, p: Palette, width: float, depth: float):
    """Four rims around a floor, sometimes behind a curtain or a screen."""
    white, tall, rim = _ceramic(p), p.between(0.45, 0.6), 0.08
    f.box((0, 0, 0.06), (width, depth, 0.12), "objects", white)
    for side in (-1, 1):
        f.box((0, side * (depth - rim) / 2, tall / 2), (width, rim, tall), "objects", white)
        f.box((side * (width - rim) / 2, 0, tall / 2), (rim, depth, tall), "objects", white)
    if p.chance(0.6):
        cloth = p.make("folds", p.colour((0, 0.6), (0.3, 0.95)), scale=p.between(0.06, 0.16))
        span = width * p.between(0.25, 1.0)
        x = p.pick([-1, 1]) * (width - span) / 2
        f.box((x, depth / 2 - 0.03, 1.1), (span, 0.05, 1.7), "objects", cloth)
        f.box((0, depth / 2 - 0.03, 1.97), (width, 0.025, 0.025), "objects", p.metal())


def basin(f: Place, p: Palette, width: float, depth: float):
    """A wash basin on a cupboard or a foot, with a tap and bottles; usually a mirror above."""
    white, height = _ceramic(p), p.between(0.78, 0.88)
    if p.chance(0.6):
        drawers(f, p, width, depth, height - 0.03, columns=max(1, round(width / 0.45)))
        top = p.make("marble", p.colour((0, 0.2), (0.1, 0.9)), scale=0.4, gloss=0.4)
        f.box((0, 0, height - 0.01), (width, depth, 0.04), "furniture", top)
    else:
        f.cylinder((0, -0.05, height / 2), (0.18, 0.18, height), "objects", white)
    f.ellipsoid((0, 0.02, height), (min(width, 0.52), depth * 0.85, 0.16), "objects", white)
    steel = p.metal()
    f.cylinder((0, -depth * 0.3, height + 0.1), (0.03, 0.03, 0.18), "objects", steel)
    f.box((0, -depth * 0.22, height + 0.18), (0.025, 0.14, 0.025), "objects", steel)
    if p.chance(0.7):
        bottles(f.at(p.pick([-1, 1]) * width * 0.33, -depth * 0.2, height + 0.02), p)
    if p.chance(0.8):
        tall = p.between(0.5, 0.9)
        glass = p.mirror()
        f.box((0, -depth / 2, height + 0.25 + tall / 2), (width * p.between(0.6, 1.0), 0.03, tall), "objects", glass)


def towels(f: Place, p: Palette):
    """One or two on a rail; the frame is on the wall at the rail's height."""
    f.box((0, 0.06, 0), (0.6, 0.02, 0.02), "objects", p.metal())
    for side in (-1, 1) if p.chance(0.5) else (0,):
        drop = p.between(0.35, 0.75)
        f.box((side * 0.15, 0.065, -drop / 2), (p.between(0.22, 0.3), 0.05, drop), "objects", p.cloth())
