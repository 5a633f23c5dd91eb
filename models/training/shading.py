"""Light: soft shadows, darkening near contacts and corners, highlights; then a camera's sensor."""

import io

import numpy as np
from PIL import Image

from raycast import span
from scene import BOX, Part, Scene

_JITTER = np.random.default_rng(7).normal(size=(9, 3)).astype(np.float32)
_JITTER /= np.linalg.norm(_JITTER, axis=1, keepdims=True)
MAX_OCCLUDERS = 36


def radiance(scene: Scene, eye, points, normals, colours, index, shape) -> np.ndarray:
    """Linear RGB [N, 3] leaving points [N, 3] towards the eye; `shape` is the image's (H, W), N = H*W."""
    parts = scene.parts
    points, normals, colours = map(np.asfortranarray, (points, normals, colours))     # each coordinate in one piece
    gloss = np.array([p.material.gloss for p in parts], np.float32)[index][:, None]
    emission = np.array([p.material.emission for p in parts], np.float32)[index][:, None]
    view = points - np.asarray(eye, np.float32)
    view /= np.linalg.norm(view, axis=1, keepdims=True)
    mirrored = view - 2 * (view * normals).sum(axis=1, keepdims=True) * normals
    sky = (0.75 + 0.25 * normals[:, 2:]) * scene.ambient.astype(np.float32)
    total = colours * sky * contact_shade(scene, points, index)[:, None] + colours * emission
    blockers = occluders(scene)
    for light in scene.lights:
        direction = light.position.astype(np.float32) - points
        distance2 = (direction * direction).sum(axis=1, keepdims=True)
        direction /= np.sqrt(distance2)
        facing = np.clip((direction * normals).sum(axis=1, keepdims=True), 0, 1)
        shine = np.clip((direction * mirrored).sum(axis=1, keepdims=True), 0, 1) ** 40
        lit = visible(points + 0.012 * normals, light, blockers, shape)[:, None]
        power = light.power.astype(np.float32) / (distance2 + 0.25) * lit
        total += power * (colours * facing + 0.5 * gloss * shine)
    return total


def occluders(scene: Scene) -> list[Part]:
    """The largest parts that can throw a shadow: furniture, not the shell of the room."""
    if not scene.shadows:
        return []
    candidates = [p for p in scene.parts if p.group > 0 and p.material.emission == 0]
    size = [-np.partition(p.half, 1)[1:].prod() for p in candidates]
    return [candidates[i] for i in np.argsort(size, kind="stable")[:MAX_OCCLUDERS]]


def visible(points, light, blockers: list[Part], shape) -> np.ndarray:
    """Share of the light seen from points [N, 3], 0..1: one jittered ray per pixel of a 3x3 pattern, then averaged."""
    points = points.reshape(*shape, 3)[::2, ::2]                         # shadows are soft: half the pixels will do
    height, width, _ = points.shape
    points = points.reshape(-1, 3)
    pattern = (np.arange(height)[:, None] % 3 * 3 + np.arange(width) % 3).reshape(-1)
    rays = (light.position.astype(np.float32) + light.radius * _JITTER[pattern] - points).T.copy()
    start = points.T.copy()
    dark = np.zeros(points.shape[0], bool)
    for part in blockers:
        shrink = 1.0 if part.shape == BOX else 0.6
        origin = start - part.centre[:, None].astype(np.float32)
        enter, leave = span(BOX, origin, rays, part.rotation, part.half * shrink)
        dark |= (np.maximum(enter, 0) < np.minimum(leave, 1)) & (leave > 0)
    soft = _average3(1 - dark.reshape(height, width).astype(np.float32))
    return _average3(soft.repeat(2, axis=0).repeat(2, axis=1)[:shape[0], :shape[1]]).reshape(-1)


def _average3(image: np.ndarray) -> np.ndarray:
    """Mean over 3x3 windows of [H, W]."""
    padded = np.pad(image, 1, mode="edge")
    rows = padded[:-2] + padded[1:-1] + padded[2:]
    return (rows[:, :-2] + rows[:, 1:-1] + rows[:, 2:]) / 9


def contact_shade(scene: Scene, points, index) -> np.ndarray:
    """Ambient light that reaches points [N, 3], 0..1: less in the room's corners and near other furniture."""
    walls = np.concatenate([points, scene.size.astype(np.float32) - points], axis=1)
    shade = (1 - 0.28 * np.exp(-np.maximum(walls, 0) / 0.22)).prod(axis=1) / 0.72
    own = np.array([p.group for p in scene.parts])[index]
    for number in range(1, scene.groups + 1):
        members = [p for p in scene.parts if p.group == number]
        if not members:
            continue
        reach = [np.abs(p.rotation) @ p.half for p in members]
        low = np.min([p.centre - r for p, r in zip(members, reach)], axis=0).astype(np.float32)
        high = np.max([p.centre + r for p, r in zip(members, reach)], axis=0).astype(np.float32)
        if (high - low).max() < 0.3:
            continue
        gap = np.maximum(np.maximum(low - points, points - high), 0)
        away = np.sqrt((gap * gap).sum(axis=1))
        factor = 1 - 0.4 * np.exp(-away / 0.14)
        inside = np.flatnonzero(own == number)
        factor[inside] = 0.7 + 0.3 * np.exp(-np.maximum(high[2] - points[inside, 2], 0) / 0.5)    # darker low down
        shade *= factor
    return np.minimum(shade, 1)


def develop(linear: np.ndarray, rng: np.random.Generator, grain: float = 1.0) -> np.ndarray:
    """A photograph in 0..1 [H, W, 3] from linear light: exposure, white balance, vignette, tone curve, blur, noise,
    JPEG."""
    height, width, _ = linear.shape
    balance = 1 + rng.uniform(-0.18, 0.18, 3) * np.array([1, 0.35, 1])
    level = rng.uniform(0.09, 0.40) / (np.exp(np.log(linear.mean(axis=2) + 1e-3).mean()) + 1e-4)
    y, x = np.mgrid[-1:1:height * 1j, -1:1:width * 1j]
    falloff = 1 - rng.uniform(0, 0.25) * (x * x + y * y) / 2
    light = linear * (level * balance * falloff[..., None]).astype(np.float32)
    shoulder = rng.uniform(0.0, 0.6)
    light = light * (1 + shoulder * 0.3) / (1 + shoulder * light)
    image = np.clip(light, 0, 1) ** np.float32(1 / rng.uniform(1.9, 2.4))
    contrast = rng.uniform(0.0, 0.8)
    image = image + np.float32(contrast) * (image * image * (3 - 2 * image) - image)
    image = _blur(image, rng.uniform(0.0, 1.4) * width / 384) if grain else image
    noise = 0.04 * rng.random() ** 3 * grain
    speckle = rng.standard_normal(image.shape, dtype=np.float32)
    spread = rng.uniform(0, 0.8)                                      # raw pixels are interpolated
    speckle += spread * (np.roll(speckle, 1, axis=1) + np.roll(speckle, 1, axis=0))
    speckle /= np.sqrt(1 + 2 * spread * spread)
    image = image + noise * speckle * (0.4 + np.sqrt(np.clip(1 - image, 0, 1)))
    image = np.clip(image, 0, 1).astype(np.float32)
    return _jpeg(image, int(rng.integers(25, 96))) if grain and rng.random() < 0.4 else image


def _jpeg(image: np.ndarray, quality: int) -> np.ndarray:
    """[H, W, 3] in 0..1 as a JPEG file of this quality, 1..95, keeps it."""
    file = io.BytesIO()
    Image.fromarray((image * 255 + 0.5).astype(np.uint8)).save(file, "JPEG", quality=quality)
    return np.asarray(Image.open(file), np.float32) / 255


def _blur(image: np.ndarray, sigma: float) -> np.ndarray:
    """Three-tap blur of [H, W, 3]; exact enough for the small sigmas of a lens."""
    side = min(0.5 * sigma * sigma, 0.33)
    for axis in (0, 1):
        image = (1 - 2 * side) * image + side * (np.roll(image, 1, axis) + np.roll(image, -1, axis))
    return image
