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
    for number, part in enumerate(parts):
        window = screen_window(camera, part, height, width)
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


def screen_window(camera: Camera, part: Part, height: int, width: int):
    """Slices (rows, columns) that contain the part's image, or None if it is out of sight."""
    corners = (part.centre - camera.position) + (_CORNERS * part.half) @ part.rotation.T
    right, forward, up = camera.axes @ corners.T
    if forward.max() < NEAR:
        return None
    if forward.min() < NEAR:
        return slice(0, height), slice(0, width)
    x = camera.centre[0] + camera.focal[0] * right / forward
    y = camera.centre[1] - camera.focal[1] * up / forward
    left, top = max(int(x.min()), 0), max(int(y.min()), 0)
    end, bottom = min(int(x.max()) + 2, width), min(int(y.max()) + 2, height)
    return (slice(top, bottom), slice(left, end)) if left < end and top < bottom else None


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
