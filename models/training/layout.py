"""A whole room: its size and use, its furniture, what hangs on its walls, its lights, and a view into it."""

import numpy as np

import bathroom
import fittings
import raycast
from furnishing import FURNISHERS
from palette import Palette
from plan import Plan
from scene import Light, Scene, nyu_camera
from shell import enclose


USES = (["bedroom"] * 3 + ["living"] * 2 + ["study"] + ["dining"] * 2 + ["mixed"] + ["office"] * 2 + ["hall"] * 2
        + ["bathroom"])
SIZES = {"office": (2.6, 9.5), "hall": (5.0, 12.0), "bathroom": (1.8, 3.6)}        # least and largest sides, metres
NEAREST_WALL = 0.3          # metres between the camera and what reaches to the ceiling


def furnish(p: Palette) -> tuple[Scene, tuple]:
    """A room of one of eight uses, and a view into it: position, yaw, pitch, roll."""
    use = p.pick(USES)
    least, largest = SIZES.get(use, (2.6, 7.2))
    height = p.between(2.5, 4.2) if use == "hall" else p.between(2.3, 3.2)
    scene = Scene(size=np.array([p.between(least, largest), p.between(least, largest), height]))
    plan = Plan(scene, p)
    enclose(plan, p, opening=0.3)
    position = standpoint(plan, p)
    plan.keep_clear(position[0], position[1], p.between(0.3, 0.5))
    FURNISHERS[use](plan, p)
    _hang(plan, p, use)
    _lights(scene, p)
    return scene, (position, *_aim(scene, position, p))


def standpoint(plan: Plan, p: Palette):
    """A place near an edge of the room, or anywhere, at the height of a hand or an eye."""
    w, d, h = plan.scene.size
    for _ in range(20):
        edge, along = p.between(NEAREST_WALL, 0.9), p.between(0.15, 0.85)
        places = [(along * w, edge), (along * w, d - edge), (edge, along * d), (w - edge, along * d),
                  (along * w, p.between(0.15, 0.85) * d)]
        x, y = p.pick(places)
        if plan.is_free((x, y, x, y), gap=NEAREST_WALL):
            break
    return x, y, min(p.between(0.9, 1.75), h - 0.4)


def _aim(scene: Scene, position, p: Palette):
    """Yaw, pitch and roll: of a few directions, the one with the most different things in view, or just any."""
    places = {part.group: part.centre - position for part in scene.parts if part.group}
    away = np.array([(np.hypot(c[0], c[1]), np.arctan2(-c[0], c[1])) for c in places.values()]).reshape(-1, 2)

    def interest(yaw: float) -> float:
        off = np.abs((away[:, 1] - yaw + np.pi) % (2 * np.pi) - np.pi)
        return float(((off < 0.42) / (1 + 0.25 * away[:, 0])).sum())

    pitch, roll = p.rng.normal(-0.19, 0.16), p.rng.normal(0, 0.03)
    least = p.between(0.15, 0.65)
    yaws = list(p.rng.uniform(-np.pi, np.pi, 8))
    if p.chance(0.75):
        yaws.sort(key=interest, reverse=True)
    glances = []
    for yaw in yaws:
        near, middle, furnished = _glance(scene, nyu_camera(position, yaw, pitch, roll, 18, 24))
        if near > 0.5 and middle > 1.0 and furnished > least:
            return yaw, pitch, roll
        glances.append((near > 0.5, middle, yaw))
    return max(glances)[2], pitch, roll                               # at least nothing right before the lens


def _glance(scene: Scene, camera) -> tuple[float, float, float]:
    """What a camera of 18x24 pixels sees: how near the nearest tenth and the middle are, the share of things."""
    depth, index = raycast.cast(camera, scene.parts, 18, 24)
    furnished = np.array([part.group > 0 for part in scene.parts])[index]
    return np.quantile(depth, 0.1), np.median(depth), furnished.mean()


def _hang(plan: Plan, p: Palette, use: str) -> None:
    """Windows, doors, boards, pictures, screens, shelves, mirrors and cloths where the walls are free."""
    _windows(plan, p)
    if p.chance(0.55):
        plan.put(fittings.door, plan.hanging(1.1, 0.1, 0.0))
    if p.chance(0.4):
        plan.put(fittings.wall_television, plan.hanging(1.4, 1.0, p.between(1.2, 1.5)), p.between(0.7, 1.35))
    if p.chance(0.3):
        plan.put(fittings.wall_shelf, plan.hanging(1.2, 1.2, p.between(1.3, 1.7)), p.between(0.5, 1.2))
    for _ in range(2):
        if p.chance(0.75 if use == "office" else 0.12):
            width, tall = p.between(0.5, 3.2), p.between(0.6, 1.7)
            plan.put(fittings.board, plan.hanging(width + 0.05, 0.9, p.between(1.35, 1.6)), width, tall)
        if p.chance(0.4):
            plan.put(fittings.notices, plan.hanging(0.9, 1.0, p.between(1.3, 1.7)))
    for _ in range(int(p.rng.integers(1, 4)) if use == "bathroom" else 0):
        plan.put(bathroom.towels, plan.hanging(0.7, 0.6, p.between(1.1, 1.6)))
    _more_on_walls(plan, p)


def _windows(plan: Plan, p: Palette) -> None:
    """Up to three windows, the light of day behind all of them alike."""
    day = p.pick([0.05, 0.7, 1.3, 2.2])
    for _ in range(int(p.rng.integers(0, 4))):
        width, tall = p.between(0.7, 2.0), p.between(0.8, 1.4)
        frame = plan.hanging(width * 1.2, 0.9, min(p.between(1.4, 1.6), plan.scene.size[2] - tall / 2 - 0.1))
        if frame is not None:
            fittings.window(frame, p, width, tall, day)
            _daylight(plan.scene, p, frame, day * width * tall)


def _more_on_walls(plan: Plan, p: Palette) -> None:
    """What any room may have: a mirror, a cloth, a grille, pictures."""
    height = plan.scene.size[2]
    if p.chance(0.25):
        width, tall = p.between(0.4, 1.5), p.between(0.5, 1.4)
        plan.put(fittings.mirror, plan.hanging(width + 0.05, 0.9, p.between(1.3, 1.7)), width, tall)
    if p.chance(0.2):
        width = p.between(0.5, 2.2)
        plan.put(fittings.hanging_cloth, plan.hanging(width, 0.1, 0.0), width, p.between(1.2, 0.95 * height))
    if p.chance(0.3):
        plan.put(fittings.vent, plan.hanging(0.7, 0.3, p.pick([0.4, height - 0.3])), p.between(0.25, 0.6))
    for _ in range(int(p.rng.integers(0, 6))):
        width, tall = p.between(0.25, 1.1), p.between(0.25, 0.9)
        plan.put(fittings.picture, plan.hanging(width + 0.05, 1.1, p.between(1.4, 1.75)), width, tall)


def _daylight(scene: Scene, p: Palette, frame, power: float) -> None:
    """A window's light: a large soft lamp just inside the glass."""
    out = np.array([-np.sin(frame.yaw), np.cos(frame.yaw), 0])
    colour = np.array([p.between(0.8, 1.0), 0.95, 1.05])
    scene.lights.append(Light(frame.origin + 0.35 * out, colour * power * 0.8, 0.35))


def _lights(scene: Scene, p: Palette) -> None:
    """One or two lamps under the ceiling, more in a hall, and light from all around."""
    w, d, h = scene.size
    for _ in range(int(p.rng.integers(1, 3 + int(w * d / 40)))):
        frame = scene.place(w * p.between(0.25, 0.75), d * p.between(0.25, 0.75), h)
        fittings.ceiling_lamp(frame, p, p.between(0.6, 2.6))
    scene.ambient = np.array([1.0, p.between(0.92, 1.0), p.between(0.82, 1.05)]) * p.between(0.05, 0.4)
