"""Ray casting of convex parts with a depth buffer, each part only within its rectangle of the screen."""

import numpy as np

from scene import CYLINDER, ELLIPSOID, Camera, Part

NEAR = 0.05
FAR = 1e6


def cast(camera: Camera, parts: list[Part], height: int, width: int) -> tuple[np.ndarray, np.ndarray]:
    """Depth along the optical axis in metres and index of the part seen, both [H, W]; FAR and -1 where nothing is."""
    rays = camera.rays(height, width)
    depth = np.full((height, width), FAR, np.float32)
    index = np.full((height, width), -1, np.int32)
    for number, (part, window) in enumerate(zip(parts, screen_windows(camera, parts, height, width))):
        if window is None:
            continue
        local = rays[(slice(None), *window)].reshape(3, -1)
        enter, leave = span(part.shape, camera.position - part.centre, local, part.rotation, part.half)
        best = depth[window]
        enter = enter.reshape(best.shape)
        hit = (enter < leave.reshape(best.shape)) & (enter > NEAR) & (enter < best)
        np.copyto(best, enter, where=hit)
        np.copyto(index[window], number, where=hit)
    return depth, index


def span(shape: int, origin: np.ndarray, rays: np.ndarray, turn: np.ndarray, half: np.ndarray):
    """Where rays enter and leave a part, in multiples of their length; enter > leave means a miss.

    `origin` [3] or [3, N] is relative to the part's middle; rays are [3, N], both in world axes.
    """
    scale = (turn.T / half[:, None]).astype(np.float32)           # the part becomes the unit cube, rod or ball
    o = scale @ np.asarray(origin, np.float32).reshape(3, -1)
    d = scale @ rays
    with np.errstate(divide="ignore", invalid="ignore"):
        if shape == ELLIPSOID:
            return _round_span(o, d)
        if shape == CYLINDER:
            enter, leave = _round_span(o[:2], d[:2])
            cap_enter, cap_leave = _slab_span(o[2:], d[2:])
            return np.maximum(enter, cap_enter), np.minimum(leave, cap_leave)
        return _slab_span(o, d)


def _slab_span(o: np.ndarray, d: np.ndarray):
    inverse = 1 / d
    middle, spread = -o * inverse, np.abs(inverse)
    return (middle - spread).max(axis=0), (middle + spread).min(axis=0)


def _round_span(o: np.ndarray, d: np.ndarray):
    a, b, c = (d * d).sum(axis=0), (o * d).sum(axis=0), (o * o).sum(axis=0) - 1
    root = np.sqrt(b * b - a * c)                                  # not a number on a miss: every comparison fails
    return (-b - root) / a, (-b + root) / a


_CORNERS = np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)], float)


def screen_windows(camera: Camera, parts: list[Part], height: int, width: int) -> list[tuple[slice, slice] | None]:
    """Per part slices (rows, columns) that contain its image, or None if it is out of sight."""
    centre, half, turn = (np.stack([getattr(p, name) for p in parts]) for name in ("centre", "half", "rotation"))
    corners = (centre - camera.position)[:, None] + (_CORNERS * half[:, None]) @ turn.transpose(0, 2, 1)
    right, forward, up = np.moveaxis(corners @ camera.axes.T, 2, 0)
    near, away = forward.min(axis=1), forward.max(axis=1)
    forward = np.maximum(forward, NEAR)
    x = camera.centre[0] + camera.focal[0] * right / forward
    y = camera.centre[1] - camera.focal[1] * up / forward
    rows, columns = _extent(y, height), _extent(x, width)
    rows[near < NEAR], columns[near < NEAR] = (0, height), (0, width)   # reaches behind the camera: may be anywhere
    seen = (away >= NEAR) & (rows[:, 0] < rows[:, 1]) & (columns[:, 0] < columns[:, 1])
    return [(slice(*down), slice(*across)) if visible else None for visible, down, across in zip(seen, rows, columns)]


def _extent(places: np.ndarray, size: int) -> np.ndarray:
    """The first pixel and the end [P, 2] of what has its corners at places [P, 8] along a side of the screen."""
    first, last = places.min(axis=1).astype(int), places.max(axis=1).astype(int)
    return np.stack([np.maximum(first, 0), np.minimum(last + 2, size)], axis=1)


def surface(parts: list[Part], index: np.ndarray, points: np.ndarray):
    """At visible points [N, 3] of parts `index` [N]: world normal [N, 3], local position [N, 3], face axis [N]."""
    half = np.stack([p.half for p in parts]).astype(np.float32)[index]
    centre = np.stack([p.centre for p in parts]).astype(np.float32)[index]
    turn = np.stack([p.rotation for p in parts]).astype(np.float32)[index]
    shape = np.array([p.shape for p in parts])[index]
    local = np.einsum("nij,ni->nj", turn, points - centre)
    axis = np.argmax(np.abs(local) - half, axis=1)
    rows = np.arange(len(index))
    normal = np.zeros_like(local)
    normal[rows, axis] = np.sign(local[rows, axis])
    curved = (shape == ELLIPSOID) | ((shape == CYLINDER) & (half[:, 2] - np.abs(local[:, 2]) > 2e-3))
    gradient = local / (half * half)
    gradient[shape == CYLINDER, 2] = 0
    normal[curved] = gradient[curved]
    axis[(shape == CYLINDER) & ~curved] = 2
    flat_cap = (shape == CYLINDER) & ~curved
    normal[flat_cap] = np.sign(local[flat_cap]) * np.array([0, 0, 1], np.float32)
    normal = np.einsum("nij,nj->ni", turn, normal)
    normal /= np.linalg.norm(normal, axis=1, keepdims=True) + 1e-9
    return normal, local, axis
