"""Where things can go: free places on the floor and on the walls of a room."""

import numpy as np

from palette import Palette
from scene import Place, Scene


class Plan:
    """The floor plan: finds free places along the walls and in the middle of the room."""

    def __init__(self, scene: Scene, p: Palette):
        self.scene, self.p, self.taken, self.tall = scene, p, [], []
        self.hung = [[] for _ in range(4)]          # per wall: (middle, width) of what is in it or on it, metres along

    def keep_clear(self, x: float, y: float, radius: float) -> None:
        self.taken.append((x - radius, y - radius, x + radius, y + radius))

    def block(self, x: tuple[float, float], y: tuple[float, float]) -> None:
        """Something as high as the room stands here."""
        self.taken.append((x[0], y[0], x[1], y[1]))
        self.tall.append((x[0], y[0], x[1], y[1], self.scene.size[2]))

    def is_free(self, box: tuple[float, float, float, float], gap: float) -> bool:
        """Whether nothing has been put within `gap` metres of a rectangle (x0, y0, x1, y1), along x and along y."""
        x0, y0, x1, y1 = box
        return not any(x0 < b[2] + gap and b[0] < x1 + gap and y0 < b[3] + gap and b[1] < y1 + gap for b in self.taken)

    def _claim(self, x: float, y: float, half: tuple[float, float], gap: float) -> bool:
        """Take the floor around a point, if it is free."""
        box = x0, y0, x1, y1 = x - half[0], y - half[1], x + half[0], y + half[1]
        w, d, _ = self.scene.size
        if x0 < -0.01 or y0 < -0.01 or x1 > w + 0.01 or y1 > d + 0.01 or not self.is_free(box, gap):
            return False
        self.taken.append(box)
        return True

    def along_wall(self, width: float, depth: float, gap: float = 0.03, tall: float = 0.0, tries: int = 12):
        """A frame with its back to a wall, or None. `tall` keeps things from being hung behind it."""
        for _ in range(tries):
            wall = int(self.p.rng.integers(4))
            x, y, yaw = self.wall_place(wall, self.p.between(0, 1), width, depth / 2 + 0.02)
            half = (width / 2, depth / 2) if wall < 2 else (depth / 2, width / 2)
            if self._claim(x, y, half, gap):
                self.tall.append((*self.taken[-1], tall))
                return self.scene.place(x, y, 0, yaw)
        return None

    def wall_place(self, wall: int, share: float, width: float, out: float):
        """x, y and yaw at a share 0..1 of a wall's free length, `out` metres into the room."""
        w, d, _ = self.scene.size
        length = (w if wall < 2 else d) - width
        s = width / 2 + share * max(length, 0)
        return *self.on_wall(wall, s, out), [0.0, np.pi, -np.pi / 2, np.pi / 2][wall]

    def on_wall(self, wall: int, along: float, out: float = 0.0) -> tuple[float, float]:
        """x and y of a point `along` metres from a wall's beginning, `out` metres into the room."""
        w, d, _ = self.scene.size
        return [(along, out), (along, d - out), (out, along), (w - out, along)][wall]

    def free(self, width: float, depth: float, gap: float = 0.1, tries: int = 12):
        """A frame anywhere, turned any way (its bounding circle must be free), or None."""
        radius = np.hypot(width, depth) / 2
        for _ in range(tries):
            yaw = self.p.pick([0, np.pi / 2, np.pi, -np.pi / 2]) if self.p.chance(0.6) else self.p.between(-3.1, 3.1)
            square = abs(np.sin(2 * yaw)) < 1e-6
            hx, hy = (width / 2, depth / 2) if abs(np.sin(yaw)) < 0.5 else (depth / 2, width / 2)
            hx, hy = (hx, hy) if square else (radius, radius)
            x, y = self.p.between(0, self.scene.size[0]), self.p.between(0, self.scene.size[1])
            if self._claim(x, y, (hx, hy), gap):
                return self.scene.place(x, y, 0, yaw)
        return None

    def spot(self, x: float, y: float, width: float, depth: float, yaw: float):
        """A frame just here, if it is free, or None; `yaw` 0 or pi."""
        return self.scene.place(x, y, 0, yaw) if self._claim(x, y, (width / 2, depth / 2), 0.0) else None

    def hanging(self, width: float, low: float, z: float, tries: int = 10):
        """A frame on a wall at height `z`, where `width` of it is free and nothing that stands reaches up to `low`,
        or None."""
        for _ in range(tries):
            wall, share = int(self.p.rng.integers(4)), self.p.between(0.02, 0.98)
            x, y, yaw = self.wall_place(wall, share, width, 0.0)
            along = x if wall < 2 else y
            length = self.scene.size[0 if wall < 2 else 1]
            hung = self.hung[wall]
            if width > length or any(abs(along - s) < (width + other) / 2 + 0.1 for s, other in hung):
                continue
            reach = (width / 2, 0.3) if wall < 2 else (0.3, width / 2)
            blocked = any(t > low and x - reach[0] < b and a < x + reach[0] and y - reach[1] < e and c < y + reach[1]
                          for a, c, b, e, t in self.tall)
            if not blocked:
                hung.append((along, width))
                return self.scene.place(x, y, z, yaw)
        return None

    def put(self, builder, frame, *size) -> None:
        if frame is not None:
            builder(frame, self.p, *size)
