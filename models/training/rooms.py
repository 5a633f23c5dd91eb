"""Furnished rooms at random: `render(seed, height, width)` gives an image with exact labels, depth and normals.

Conventions are those of NYU Depth v2 as prepared for multi-task learning: labels in `scene.LABELS`, -1 void; depth
along the optical axis in metres, 0 invalid; normals in the *camera's* frame (x right, y into the scene, z up, so a
wall that faces the camera has y = -1). That the frame is the camera's and not upright was checked on real frames:
normals computed from their depth with the Kinect's intrinsics (moved through the crop and the resize) agree with
the stored ones best under a rotation of less than one degree.
"""

from dataclasses import dataclass

import numpy as np

import fittings
import furniture
import raycast
import shading
import textures
from palette import Palette
from scene import BOX, LABEL, Light, Material, Part, Scene, nyu_camera

HELD_OUT_SEED = 1_000_000_000      # seeds from here on are never trained on


@dataclass(frozen=True)
class Frame:
    """image [H, W, 3] float32 0..1; label [H, W] int8; depth [H, W] float32 metres; normal [H, W, 3] float32."""

    image: np.ndarray
    label: np.ndarray
    depth: np.ndarray
    normal: np.ndarray


def render(seed: int, height: int = 288, width: int = 384, samples: int = 1, grain: float = 1.0) -> Frame:
    """Draw room `seed`. The image averages samples x samples rays per pixel; the labels come from single rays."""
    rng = np.random.default_rng(seed)
    scene, view = furnish(Palette(rng))
    sensor_seed = int(rng.integers(1 << 31))
    camera = nyu_camera(*view, height, width)
    label, depth, normal, light = _trace(scene, camera, height, width)
    if samples > 1:
        fine = nyu_camera(*view, height * samples, width * samples)
        light = _trace(scene, fine, height * samples, width * samples)[3]
        light = np.clip(light, 0, 4).reshape(height, samples, width, samples, 3).mean(axis=(1, 3))
    image = shading.develop(light, np.random.default_rng(sensor_seed), grain)
    return Frame(image, label, depth, normal)


def _trace(scene: Scene, camera, height: int, width: int):
    """Label, depth, camera-frame normal and linear light, each [H, W, ...]."""
    depth, index = raycast.cast(camera, scene.parts, height, width)
    index = index.reshape(-1)
    points = (camera.position[:, None] + camera.rays(height, width).reshape(3, -1) * depth.reshape(-1)).T.astype(np.float32)
    normal, local, axis = raycast.surface(scene.parts, index, points)
    half = np.stack([p.half for p in scene.parts]).astype(np.float32)[index]
    colour = textures.albedo([p.material for p in scene.parts], index, local, axis, half)
    light = shading.radiance(scene, camera.position, points, normal, colour, index, (height, width))
    label = np.array([p.label for p in scene.parts], np.int8)[index]
    shape = (height, width)
    seen = (normal @ camera.axes.T.astype(np.float32)).reshape(*shape, 3)
    return label.reshape(shape), depth, seen, light.reshape(*shape, 3)


def furnish(p: Palette) -> tuple[Scene, tuple]:
    """A room of one of five uses, and a view into it: position, yaw, pitch, roll."""
    scene = Scene(size=np.array([p.between(2.6, 6.2), p.between(2.8, 6.5), p.between(2.3, 3.1)]))
    _shell(scene, p)
    plan = Plan(scene, p)
    position = _standpoint(scene, p)
    plan.keep_clear(position[0], position[1], 0.5)
    use = p.pick(["bedroom", "living", "living", "study", "dining", "bedroom", "mixed"])
    _FURNISHERS[use](plan, p)
    _hang(plan, p)
    _lights(scene, p)
    return scene, (position, *_aim(scene, position, p))


def _shell(scene: Scene, p: Palette) -> None:
    """Floor, ceiling and four walls as slabs around the room, skirting, sometimes a pillar."""
    w, d, h = scene.size
    walls, thick = p.wall(), 0.2
    accent = p.wall() if p.chance(0.3) else walls
    skirting = p.make("plain", (p.between(0.5, 0.9),) * 3) if p.chance(0.7) else p.wood()

    def slab(centre, size, label, material):
        scene.parts.append(Part(BOX, np.array(centre, float), np.array(size, float) / 2, np.eye(3), LABEL[label], material, 0))

    slab((w / 2, d / 2, -thick / 2), (w + 1, d + 1, thick), "floor", p.floor())
    slab((w / 2, d / 2, h + thick / 2), (w + 1, d + 1, thick), "ceiling", p.ceiling())
    for side in (0, 1):
        slab((side * (w + thick) - thick / 2, d / 2, h / 2), (thick, d, h), "wall", walls)
        slab((w / 2, side * (d + thick) - thick / 2, h / 2), (w, thick, h), "wall", accent if side else walls)
        slab((side * w, d / 2, 0.05), (0.03, d, 0.1), "wall", skirting)
        slab((w / 2, side * d, 0.05), (w, 0.03, 0.1), "wall", skirting)
    if p.chance(0.3):
        x, y, size = p.pick([0, w]), p.pick([0, d]), p.between(0.3, 1.0)
        slab((x, y, h / 2), (size, size, h), "wall", walls)


def _standpoint(scene: Scene, p: Palette):
    """A place near an edge of the room, at the height of a hand or an eye."""
    w, d, h = scene.size
    edge, along = p.between(0.3, 0.9), p.between(0.15, 0.85)
    x, y = [(along * w, edge), (along * w, d - edge), (edge, along * d), (w - edge, along * d)][int(p.rng.integers(4))]
    return x, y, min(p.between(0.9, 1.75), h - 0.4)


def _aim(scene: Scene, position, p: Palette):
    """Yaw, pitch and roll: of a few directions, the one with the most different things in view."""
    places = {part.group: part.centre - position for part in scene.parts if part.group}
    away = np.array([(np.hypot(c[0], c[1]), np.arctan2(-c[0], c[1])) for c in places.values()]).reshape(-1, 2)

    def interest(yaw: float) -> float:
        off = np.abs((away[:, 1] - yaw + np.pi) % (2 * np.pi) - np.pi)
        return float(((off < 0.42) / (1 + 0.25 * away[:, 0])).sum())

    pitch, roll = p.rng.normal(-0.19, 0.14), p.rng.normal(0, 0.03)
    yaws = sorted(p.rng.uniform(-np.pi, np.pi, 8), key=interest, reverse=True)
    for yaw in yaws[:4]:
        if _is_a_view(scene, nyu_camera(position, yaw, pitch, roll, 18, 24)):
            return yaw, pitch, roll
    return yaws[0], pitch, roll


def _is_a_view(scene: Scene, camera) -> bool:
    """Whether a glance through a camera of 18x24 pixels shows things, and none of them right before the lens."""
    depth, index = raycast.cast(camera, scene.parts, 18, 24)
    furnished = np.array([part.group > 0 for part in scene.parts])[index]
    return np.median(depth) > 1.4 and np.quantile(depth, 0.1) > 0.7 and furnished.mean() > 0.2


class Plan:
    """The floor plan: finds free places along the walls and in the middle of the room."""

    def __init__(self, scene: Scene, p: Palette):
        self.scene, self.p, self.taken, self.tall = scene, p, [], []

    def keep_clear(self, x: float, y: float, radius: float) -> None:
        self.taken.append((x - radius, y - radius, x + radius, y + radius))

    def _claim(self, box, gap: float) -> bool:
        x0, y0, x1, y1 = box
        w, d, _ = self.scene.size
        if x0 < -0.01 or y0 < -0.01 or x1 > w + 0.01 or y1 > d + 0.01:
            return False
        if any(x0 < b[2] + gap and b[0] < x1 + gap and y0 < b[3] + gap and b[1] < y1 + gap for b in self.taken):
            return False
        self.taken.append(box)
        return True

    def along_wall(self, width: float, depth: float, gap: float = 0.03, tall: float = 0.0, tries: int = 12):
        """A frame with its back to a wall, or None. `tall` keeps things from being hung behind it."""
        for _ in range(tries):
            wall = int(self.p.rng.integers(4))
            x, y, yaw = self.wall_place(wall, self.p.between(0, 1), width, depth / 2 + 0.02)
            half = (width / 2, depth / 2) if wall < 2 else (depth / 2, width / 2)
            if self._claim((x - half[0], y - half[1], x + half[0], y + half[1]), gap):
                self.tall.append((x - half[0], y - half[1], x + half[0], y + half[1], tall))
                return self.scene.frame(x, y, 0, yaw)
        return None

    def wall_place(self, wall: int, share: float, width: float, out: float):
        """x, y and yaw at a share 0..1 of a wall's free length, `out` metres into the room."""
        w, d, _ = self.scene.size
        length = (w if wall < 2 else d) - width
        s = width / 2 + share * max(length, 0)
        return [(s, out, 0.0), (s, d - out, np.pi), (out, s, -np.pi / 2), (w - out, s, np.pi / 2)][wall]

    def free(self, width: float, depth: float, gap: float = 0.1, tries: int = 12):
        """A frame anywhere, turned any way (its bounding circle must be free), or None."""
        radius = np.hypot(width, depth) / 2
        for _ in range(tries):
            yaw = self.p.pick([0, np.pi / 2, np.pi, -np.pi / 2]) if self.p.chance(0.6) else self.p.between(-3.1, 3.1)
            square = abs(np.sin(2 * yaw)) < 1e-6
            hx, hy = (width / 2, depth / 2) if abs(np.sin(yaw)) < 0.5 else (depth / 2, width / 2)
            hx, hy = (hx, hy) if square else (radius, radius)
            x, y = self.p.between(0, self.scene.size[0]), self.p.between(0, self.scene.size[1])
            if self._claim((x - hx, y - hy, x + hx, y + hy), gap):
                return self.scene.frame(x, y, 0, yaw)
        return None

    def put(self, builder, frame, *size) -> None:
        if frame is not None:
            builder(frame, self.p, *size)


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
        if p.chance(0.62):
            _sized(plan, p, furniture.bookshelf, (0.6, 1.4), (0.25, 0.36), (0.8, 2.1))
        else:
            _sized(plan, p, furniture.cabinet, (0.6, 1.6), (0.4, 0.6), p.pick([(0.7, 1.1), (1.7, 2.1)]))


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
    furniture.chair(plan.scene.frame(*seat.origin, seat.yaw), p)


def _eating(plan, p):
    w, d = p.between(0.9, 1.9), p.between(0.75, 1.0)
    frame = plan.free(w + 0.7, d + 0.7, gap=0.05, tries=30)
    if frame is None:
        return
    furniture.table(frame, p, w, d)
    state = int(p.rng.integers(1 << 31))                              # the same chair, drawn again
    for x, y, yaw in [(-w / 4, -d / 2, 0), (w / 4, -d / 2, 0), (-w / 4, d / 2, np.pi), (w / 4, d / 2, np.pi),
                      (w / 2, 0, np.pi / 2), (-w / 2, 0, -np.pi / 2)]:
        out = p.between(0.0, 0.3)
        seat = frame.at(x + out * np.sin(yaw), y - out * np.cos(yaw), 0, yaw + p.between(-0.2, 0.2))
        if p.chance(0.75):
            furniture.chair(plan.scene.frame(*seat.origin, seat.yaw), Palette(np.random.default_rng(state)))


def _bedroom(plan, p):
    _bed(plan, p)
    if p.chance(0.35):
        _bed(plan, p)
    _storage(plan, p, int(p.rng.integers(1, 3)))
    if p.chance(0.4):
        _desk(plan, p)
    if p.chance(0.3):
        _sized(plan, p, furniture.tv_stand, (0.8, 1.3), (0.38, 0.5))
    _extras(plan, p)


def _living(plan, p):
    _sitting(plan, p)
    _storage(plan, p, int(p.rng.integers(1, 3)))
    if p.chance(0.3):
        _eating(plan, p)
    _extras(plan, p)


def _study(plan, p):
    for _ in range(int(p.rng.integers(1, 3))):
        _desk(plan, p)
    _storage(plan, p, int(p.rng.integers(1, 4)))
    if p.chance(0.3):
        _sitting(plan, p)
    _extras(plan, p)


def _dining(plan, p):
    if p.chance(0.65):
        width = p.between(1.4, 3.0)
        plan.put(furniture.kitchen, plan.along_wall(width, 0.62, tall=2.0), width)
    _eating(plan, p)
    _storage(plan, p, int(p.rng.integers(0, 3)))
    _extras(plan, p)


def _mixed(plan, p):
    for part in p.rng.permutation([_bed, _sitting, _desk, _eating])[:2]:
        part(plan, p)
    _storage(plan, p, 1)
    _extras(plan, p)


_FURNISHERS = {"bedroom": _bedroom, "living": _living, "study": _study, "dining": _dining, "mixed": _mixed}


def _extras(plan: Plan, p: Palette) -> None:
    """Rug, spare chairs, lamps, plants, boxes."""
    w, d, _ = plan.scene.size
    if p.chance(0.45):
        x, y = w * p.between(0.3, 0.7), d * p.between(0.3, 0.7)
        plan.scene.frame(x, y, 0, p.between(-0.2, 0.2)).box((0, 0, 0.006), (p.between(1, 2.6), p.between(0.8, 2), 0.012), "floor", p.rug())
    for _ in range(int(p.rng.integers(0, 3))):
        plan.put(furniture.chair, plan.free(0.5, 0.5))
    if p.chance(0.4):
        width, depth = p.between(0.5, 1.4), p.between(0.45, 0.8)
        plan.put(furniture.table, plan.free(width, depth), width, depth, p.between(0.4, 0.76))
    if p.chance(0.35):
        _sized(plan, p, furniture.bookshelf, (0.6, 1.4), (0.25, 0.36), (0.8, 2.1))
    if p.chance(0.4):
        plan.put(furniture.floor_lamp, plan.along_wall(0.36, 0.36, tall=1.7))
    if p.chance(0.4):
        plan.put(furniture.plant, plan.along_wall(0.5, 0.5, tall=1.2), p.between(0.6, 1.4))
    for _ in range(int(p.rng.integers(0, 4))):
        plan.put(furniture.box_pile, plan.along_wall(0.5, 0.4) if p.chance(0.6) else plan.free(0.5, 0.4))


def _hang(plan: Plan, p: Palette) -> None:
    """Windows, doors, pictures, screens and shelves where the walls are free."""
    scene, hung = plan.scene, [[] for _ in range(4)]
    height = scene.size[2]
    day = p.pick([0.05, 0.7, 1.3, 2.2])

    def place(width, low, high, z):
        for _ in range(10):
            wall, share = int(p.rng.integers(4)), p.between(0.02, 0.98)
            x, y, yaw = plan.wall_place(wall, share, width, 0.0)
            along = x if wall < 2 else y
            length = scene.size[0 if wall < 2 else 1]
            if width > length or any(abs(along - s) < (width + other) / 2 + 0.1 for s, other in hung[wall]):
                continue
            reach = (width / 2, 0.3) if wall < 2 else (0.3, width / 2)
            blocked = any(t > low and x - reach[0] < b and a < x + reach[0] and y - reach[1] < e and c < y + reach[1]
                          for a, c, b, e, t in plan.tall)
            if not blocked:
                hung[wall].append((along, width))
                return scene.frame(x, y, z, yaw)
        return None

    for _ in range(int(p.rng.integers(0, 4))):
        width, tall = p.between(0.7, 2.0), p.between(0.8, 1.4)
        frame = place(width * 1.2, 0.9, 2.1, min(p.between(1.4, 1.6), height - tall / 2 - 0.1))
        if frame is not None:
            fittings.window(frame, p, width, tall, day)
            _daylight(scene, p, frame, day * width * tall)
    if p.chance(0.55):
        plan.put(fittings.door, place(1.1, 0.1, 2.1, 0.0))
    if p.chance(0.4):
        plan.put(fittings.wall_television, place(1.4, 1.0, 1.9, p.between(1.2, 1.5)), p.between(0.7, 1.35))
    if p.chance(0.3):
        plan.put(fittings.wall_shelf, place(1.2, 1.2, 1.9, p.between(1.3, 1.7)), p.between(0.5, 1.2))
    for _ in range(int(p.rng.integers(1, 7))):
        width, tall = p.between(0.25, 1.1), p.between(0.25, 0.9)
        plan.put(fittings.picture, place(width + 0.05, 1.1, 2.0, p.between(1.4, 1.75)), width, tall)


def _daylight(scene: Scene, p: Palette, frame, power: float) -> None:
    """A window's light: a large soft lamp just inside the glass."""
    out = np.array([-np.sin(frame.yaw), np.cos(frame.yaw), 0])
    colour = np.array([p.between(0.8, 1.0), 0.95, 1.05])
    scene.lights.append(Light(frame.origin + 0.35 * out, colour * power * 0.8, 0.35))


def _lights(scene: Scene, p: Palette) -> None:
    """One or two lamps under the ceiling, and light from all around."""
    w, d, h = scene.size
    for _ in range(int(p.rng.integers(1, 3))):
        frame = scene.frame(w * p.between(0.25, 0.75), d * p.between(0.25, 0.75), h)
        fittings.ceiling_lamp(frame, p, p.between(0.6, 2.6))
    scene.ambient = np.array([1.0, p.between(0.92, 1.0), p.between(0.82, 1.05)]) * p.between(0.05, 0.26)
