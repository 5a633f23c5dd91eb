"""What a rendered room is made of: parts, materials, lights and the camera.

World coordinates are metres, x and y along the floor, z up. A part is a box, an upright cylinder or an ellipsoid,
turned by a rotation matrix whose columns are its own axes in the world. Furniture is assembled in a `Place`:
x along its width, y towards its front, z up, the origin on the floor below its middle.
"""

from dataclasses import dataclass, field, replace
from functools import lru_cache

import numpy as np

LABELS = ("bed", "books", "ceiling", "chair", "floor", "furniture", "objects",
          "picture", "sofa", "table", "tv", "wall", "window")
LABEL = {name: index for index, name in enumerate(LABELS)}

BOX, CYLINDER, ELLIPSOID = 0, 1, 2

# Intrinsics of the Kinect of NYU Depth v2 at 640x480, and the crop that is resized to 384x288.
NYU_FOCAL, NYU_CENTRE = (518.86, 519.47), (325.58, 253.74)
NYU_CROP = (40, 45, 601, 472)


@dataclass(frozen=True)
class Material:
    """A texture kind (see textures.py), its two colours (linear RGB in 0..1) and how it meets light.

    `scale` is the size of the pattern in metres, `gloss` the strength of highlights in 0..1, `emission` how much
    light it gives off relative to a white surface under full light.
    """

    kind: str
    a: tuple[float, float, float]
    b: tuple[float, float, float]
    scale: float = 0.1
    gloss: float = 0.0
    emission: float = 0.0
    seed: int = 0


@dataclass(frozen=True)
class Part:
    """One convex solid. `half` holds half its extent along its own axes; `group` numbers the piece it belongs to."""

    shape: int
    centre: np.ndarray
    half: np.ndarray
    rotation: np.ndarray
    label: int
    material: Material
    group: int


@dataclass(frozen=True)
class Light:
    """A soft light: a ball of `radius` metres at `position` with `power` (linear RGB at one metre)."""

    position: np.ndarray
    power: np.ndarray
    radius: float


@dataclass(frozen=True)
class Camera:
    """Position in the world, orientation as rows (right, forward, up), pinhole intrinsics in pixels."""

    position: np.ndarray
    axes: np.ndarray
    focal: tuple[float, float]
    centre: tuple[float, float]

    def rays(self, height: int, width: int) -> np.ndarray:
        """World directions [3, H, W] through the pixel centres, of length one along the optical axis."""
        x = (np.arange(width) - self.centre[0]) / self.focal[0]
        y = (self.centre[1] - np.arange(height)) / self.focal[1]
        right, forward, up = self.axes
        rays = forward[:, None, None] + right[:, None, None] * x + up[:, None, None] * y[:, None]
        return rays.astype(np.float32)


def nyu_camera(position, yaw: float, pitch: float, roll: float, height: int, width: int, zoom: float = 1.0) -> Camera:
    """The camera of NYUv2 at any size: off the 4:3 shape its pixels are not square, as those of a resized photo.

    Angles in radians; yaw 0 looks along +y, positive pitch looks up.
    """
    left, top, right, bottom = NYU_CROP
    sx, sy = width / (right - left), height / (bottom - top)
    cos, sin = np.cos, np.sin
    forward = np.array([-sin(yaw) * cos(pitch), cos(yaw) * cos(pitch), sin(pitch)])
    level = np.array([cos(yaw), sin(yaw), 0.0])
    above = np.cross(level, forward)
    axes = np.stack([level * cos(roll) + above * sin(roll), forward, above * cos(roll) - level * sin(roll)])
    centre = ((NYU_CENTRE[0] - left) * sx, (NYU_CENTRE[1] - top) * sy)
    return Camera(np.asarray(position, float), axes, (NYU_FOCAL[0] * sx * zoom, NYU_FOCAL[1] * sy * zoom), centre)


@lru_cache(maxsize=64)              # the parts of one piece of furniture are mostly turned alike
def rotation(yaw: float = 0.0, tilt: float = 0.0, roll: float = 0.0) -> np.ndarray:
    """Rotation by `roll` about y, then `tilt` about x, then `yaw` about z (radians). Not to be written to."""
    def about(axis, angle):
        matrix, (i, j) = np.eye(3), [(1, 2), (2, 0), (0, 1)][axis]
        matrix[i, i] = matrix[j, j] = np.cos(angle)
        matrix[i, j], matrix[j, i] = -np.sin(angle), np.sin(angle)
        return matrix
    turn = about(2, yaw) @ about(0, tilt) @ about(1, roll)
    turn.flags.writeable = False
    return turn


@dataclass
class Scene:
    """Everything that is drawn. Furniture adds to it through frames."""

    parts: list[Part] = field(default_factory=list)
    lights: list[Light] = field(default_factory=list)
    ambient: np.ndarray = field(default_factory=lambda: np.full(3, 0.3))
    size: np.ndarray = field(default_factory=lambda: np.array([4.0, 4.0, 2.6]))
    groups: int = 0
    shadows: bool = True

    def place(self, x: float, y: float, z: float = 0.0, yaw: float = 0.0) -> "Place":
        """A new group's frame at a place in the world."""
        self.groups += 1
        return Place(self, np.array([x, y, z], float), yaw, self.groups)


@dataclass
class Place:
    """Local coordinates of one piece of furniture."""

    scene: Scene
    origin: np.ndarray
    yaw: float
    group: int

    def add(self, shape: int, centre, size, label: str, material: Material, yaw=0.0, tilt=0.0, roll=0.0) -> None:
        """Add a part: `centre` and full `size` in this frame, metres, turned about its own middle."""
        turn = rotation(self.yaw)
        self.scene.parts.append(Part(
            shape, self.origin + turn @ np.asarray(centre, float), np.maximum(np.asarray(size, float) / 2, 1e-3),
            turn @ rotation(yaw, tilt, roll), LABEL[label], material, self.group))

    def box(self, centre, size, label, material, **turn) -> None:
        self.add(BOX, centre, size, label, material, **turn)

    def cylinder(self, centre, size, label, material, **turn) -> None:
        self.add(CYLINDER, centre, size, label, material, **turn)

    def ellipsoid(self, centre, size, label, material, **turn) -> None:
        self.add(ELLIPSOID, centre, size, label, material, **turn)

    def at(self, x: float, y: float, z: float, yaw: float = 0.0) -> "Place":
        """A frame on top of this one, in the same group."""
        origin = self.origin + rotation(self.yaw) @ np.array([x, y, z], float)
        return replace(self, origin=origin, yaw=self.yaw + yaw)
