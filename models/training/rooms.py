"""Furnished rooms at random: `render(seed, height, width)` gives an image with exact labels, depth and normals.

Conventions are those of NYU Depth v2 as prepared for multi-task learning: labels in `scene.LABELS`, -1 void; depth
along the optical axis in metres, 0 invalid; normals in the *camera's* frame (x right, y into the scene, z up, so a
wall that faces the camera has y = -1). That the frame is the camera's and not upright was checked on real frames:
normals computed from their depth with the Kinect's intrinsics (moved through the crop and the resize) agree with
the stored ones best under a rotation of less than one degree.
"""

from dataclasses import dataclass, replace

import numpy as np

import raycast
import shading
import textures
from layout import furnish
from palette import Palette
from scene import LABEL, Scene, nyu_camera

HELD_OUT_SEED = 1_000_000_000      # seeds from here on are never trained on
FEATURES = ("textures", "shadows", "clutter", "sensor")      # what can be left out, to see what it is worth
CLUTTER = 0.3                       # metres; objects smaller than this are clutter


@dataclass(frozen=True)
class Frame:
    """image [H, W, 3] float32 0..1; label [H, W] int8; depth [H, W] float32 metres; normal [H, W, 3] float32."""

    image: np.ndarray
    label: np.ndarray
    depth: np.ndarray
    normal: np.ndarray


def render(seed: int, height: int = 288, width: int = 384, samples: int = 1, grain: float = 1.0,
           without: tuple[str, ...] = ()) -> Frame:
    """Draw room `seed`. The image averages samples x samples rays per pixel; the labels come from single rays.

    `without` leaves out some of `FEATURES`: patterns on surfaces, shadows, small objects, blur and noise.
    """
    rng = np.random.default_rng(seed)
    scene, view = furnish(Palette(rng))
    _leave_out(scene, without)
    sensor_seed = int(rng.integers(1 << 31))
    camera = nyu_camera(*view, height, width)
    label, depth, normal, light = _trace(scene, camera, height, width)
    if samples > 1:
        fine = nyu_camera(*view, height * samples, width * samples)
        light = _trace(scene, fine, height * samples, width * samples)[3]
        light = np.clip(light, 0, 4).reshape(height, samples, width, samples, 3).mean(axis=(1, 3))
    image = shading.develop(light, np.random.default_rng(sensor_seed), 0 if "sensor" in without else grain)
    return Frame(image, label, depth, normal)


def _leave_out(scene: Scene, without: tuple[str, ...]) -> None:
    if "clutter" in without:
        scene.parts = [p for p in scene.parts if p.label != LABEL["objects"] or 2 * p.half.max() > CLUTTER]
    if "textures" in without:
        scene.parts = [replace(p, material=replace(p.material, kind="plain")) for p in scene.parts]
    scene.shadows = "shadows" not in without


def _trace(scene: Scene, camera, height: int, width: int):
    """Label, depth, camera-frame normal and linear light, each [H, W, ...]."""
    depth, index = raycast.cast(camera, scene.parts, height, width)
    index = index.reshape(-1)
    rays = camera.rays(height, width).reshape(3, -1)
    points = (camera.position[:, None] + rays * depth.reshape(-1)).T.astype(np.float32)
    normal, local, axis = raycast.surface(scene.parts, index, points)
    half = np.stack([p.half for p in scene.parts]).astype(np.float32)[index]
    colour = textures.albedo([p.material for p in scene.parts], index, local, axis, half)
    light = shading.radiance(scene, camera.position, points, normal, colour, index, (height, width))
    label = np.array([p.label for p in scene.parts], np.int8)[index]
    nothing = index < 0                                               # a ray that slips between two walls
    label[nothing], normal[nothing], light[nothing] = -1, 0, 0
    depth[nothing.reshape(height, width)] = 0
    shape = (height, width)
    seen = (normal @ camera.axes.T.astype(np.float32)).reshape(*shape, 3)
    return label.reshape(shape), depth, seen, light.reshape(*shape, 3)
