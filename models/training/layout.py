"""A whole room: its shell, its furniture, what hangs on its walls, its lights, and a view into it."""

import numpy as np

import fittings
import raycast
from furnishing import FURNISHERS
from palette import Palette
from plan import Plan
from scene import BOX, LABEL, Light, Part, Scene, nyu_camera


def furnish(p: Palette) -> tuple[Scene, tuple]:
    """A room of one of six uses, and a view into it: position, yaw, pitch, roll."""
    use = p.pick(["bedroom", "living", "living", "study", "dining", "bedroom", "mixed", "office", "office"])
    largest = 8.0 if use == "office" else 6.4
    scene = Scene(size=np.array([p.between(2.6, largest), p.between(2.8, largest), p.between(2.3, 3.1)]))
    _shell(scene, p)
    plan = Plan(scene, p)
    position = _standpoint(scene, p)
    plan.keep_clear(position[0], position[1], p.between(0.3, 0.5))
    FURNISHERS[use](plan, p)
    _hang(plan, p, boards=0.75 if use == "office" else 0.15)
    _lights(scene, p)
    return scene, (position, *_aim(scene, position, p))


def _shell(scene: Scene, p: Palette) -> None:
    """Floor, ceiling and four walls as slabs around the room, skirting, sometimes a pillar."""
    w, d, h = scene.size
    walls, thick = p.wall(), 0.2
    accent = p.wall() if p.chance(0.3) else walls
    skirting = p.make("plain", (p.between(0.5, 0.9),) * 3) if p.chance(0.7) else p.wood()

    def slab(centre, size, label, material):
        centre, half = np.array(centre, float), np.array(size, float) / 2
        scene.parts.append(Part(BOX, centre, half, np.eye(3), LABEL[label], material, 0))

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
    return np.median(depth) > 1.3 and np.quantile(depth, 0.1) > 0.6 and furnished.mean() > 0.2


def _hang(plan: Plan, p: Palette, boards: float) -> None:
    """Windows, doors, boards, pictures, screens and shelves where the walls are free."""
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
                return scene.place(x, y, z, yaw)
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
    for _ in range(2):
        if p.chance(boards):
            width, tall = p.between(0.5, 2.4), p.between(0.6, 1.3)
            plan.put(fittings.board, place(width + 0.05, 0.9, 2.1, p.between(1.35, 1.6)), width, tall)
        if p.chance(0.4):
            plan.put(fittings.notices, place(0.9, 1.0, 1.9, p.between(1.3, 1.7)))
    for _ in range(int(p.rng.integers(0, 6))):
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
        frame = scene.place(w * p.between(0.25, 0.75), d * p.between(0.25, 0.75), h)
        fittings.ceiling_lamp(frame, p, p.between(0.6, 2.6))
    scene.ambient = np.array([1.0, p.between(0.92, 1.0), p.between(0.82, 1.05)]) * p.between(0.05, 0.4)
