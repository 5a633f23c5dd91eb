"""python -m unittest discover models/training"""

import unittest

import numpy as np
import torch

import data
import raycast
import rooms
from furnishing import rows
from layout import NEAREST_WALL, furnish, standpoint
from palette import Palette
from plan import Plan
from scene import LABEL, LABELS, Scene, nyu_camera

SIZE = 72, 96


def frames(count: int, first: int = 123):
    return [rooms.render(first + number, *SIZE) for number in range(count)]


class Rooms(unittest.TestCase):
    def test_the_same_seed_draws_the_same_room_and_another_seed_another(self):
        one, again, other = rooms.render(5, *SIZE), rooms.render(5, *SIZE), rooms.render(6, *SIZE)
        for name in ("image", "label", "depth", "normal"):
            np.testing.assert_array_equal(getattr(one, name), getattr(again, name))
            self.assertFalse(np.array_equal(getattr(one, name), getattr(other, name)))

    def test_every_frame_is_within_the_ranges_of_its_maps(self):
        for frame in frames(20):
            self.assertTrue(np.isfinite(frame.image).all() and frame.image.min() >= 0 and frame.image.max() <= 1)
            self.assertTrue(frame.label.min() >= -1 and frame.label.max() < len(LABELS))
            known = frame.label >= 0
            self.assertGreater(known.mean(), 0.99)
            self.assertTrue((frame.depth[known] > 0).all() and frame.depth.max() < 25)
            np.testing.assert_allclose(np.linalg.norm(frame.normal[known], axis=-1), 1, atol=1e-3)

    def test_normals_are_those_of_the_surface_that_the_depth_describes(self):
        for frame in frames(10):
            off = np.degrees(np.arccos(np.clip((frame.normal * from_depth(frame.depth)).sum(axis=-1), -1, 1)))
            self.assertLess(np.median(off[flat(frame)]), 0.5)

    def test_surfaces_face_the_camera(self):
        rays = camera_rays()
        for frame in frames(10):
            facing = (frame.normal * rays).sum(axis=-1)[frame.label >= 0]
            self.assertGreater((facing < 1e-3).mean(), 0.999)

    def test_floors_face_up_and_ceilings_down(self):
        seen = frames(40)
        up = {name: np.concatenate([f.normal[..., 2][f.label == LABEL[name]] for f in seen])
              for name in ("floor", "ceiling")}
        self.assertGreater(np.quantile(up["floor"], 0.05), 0.7)
        self.assertLess(np.quantile(up["ceiling"], 0.8), -0.5)      # beams have sides

    def test_every_part_is_seen_wherever_a_ray_hits_it_first(self):
        height, width = 48, 64
        for seed in range(6):
            scene, view = furnish(Palette(np.random.default_rng(seed)))
            camera = nyu_camera(*view, height, width)
            rays = camera.rays(height, width).reshape(3, -1)
            nearest = np.full(height * width, raycast.FAR, np.float32)
            for part in scene.parts:                                  # the whole screen, not the part's rectangle
                enter, leave = raycast.span(part.shape, camera.position - part.centre, rays, part.rotation, part.half)
                hit = (enter < leave) & (enter > raycast.NEAR)
                nearest = np.where(hit, np.minimum(nearest, enter), nearest)
            depth, _ = raycast.cast(camera, scene.parts, height, width)
            np.testing.assert_allclose(depth.reshape(-1), nearest, rtol=1e-5)

    def test_all_classes_turn_up(self):
        seen = np.concatenate([frame.label.ravel() for frame in frames(60)])
        self.assertEqual(set(np.unique(seen)) - {-1}, set(range(len(LABELS))))

    def test_what_is_left_out_is_left_out(self):
        for feature in rooms.FEATURES:
            differ = [not np.array_equal(frame.image, rooms.render(123 + number, *SIZE, without=(feature,)).image)
                      for number, frame in enumerate(frames(5))]
            self.assertTrue(any(differ), feature)


class Furniture(unittest.TestCase):
    def test_seats_in_rows_are_many_and_stand_apart_within_the_walls(self):
        for seed in range(10):
            p = Palette(np.random.default_rng(seed))
            plan = Plan(Scene(size=np.array([8.0, 9.0, 3.0])), p)
            rows(plan, p)
            self.assertGreaterEqual(len(plan.taken), 8)
            for number, (x0, y0, x1, y1) in enumerate(plan.taken):
                self.assertTrue(0 <= x0 and 0 <= y0 and x1 <= 8 and y1 <= 9)
                for a0, b0, a1, b1 in plan.taken[:number]:
                    self.assertTrue(x1 <= a0 or a1 <= x0 or y1 <= b0 or b1 <= y0)


class Views(unittest.TestCase):
    def test_the_camera_keeps_its_distance_from_walls_and_from_what_stands_out_of_them(self):
        corner = 1.5
        for seed in range(200):
            p = Palette(np.random.default_rng(seed))
            plan = Plan(Scene(size=np.array([4.0, 3.5, 2.5])), p)
            plan.block((0, corner), (0, corner))
            x, y, z = standpoint(plan, p)
            self.assertTrue(NEAREST_WALL <= x <= 4 - NEAREST_WALL and NEAREST_WALL <= y <= 3.5 - NEAREST_WALL)
            self.assertGreaterEqual(max(x, y), corner + NEAREST_WALL)
            self.assertTrue(0.9 <= z <= 1.75)


class Packing(unittest.TestCase):
    def test_a_packed_frame_differs_by_rounding_only(self):
        frame = rooms.render(9, *SIZE)
        image, truth = unpacked(data.pack(frame.image, frame.label, frame.depth, frame.normal))
        np.testing.assert_allclose(image, frame.image, atol=0.51 / 255)
        np.testing.assert_array_equal(truth.label[0], frame.label)
        np.testing.assert_allclose(truth.depth[0, 0], frame.depth, rtol=1e-3)
        np.testing.assert_allclose(truth.normal[0].permute(1, 2, 0), frame.normal, atol=0.02)

    def test_a_mirrored_frame_has_its_normals_mirrored(self):
        frame = rooms.render(9, *SIZE)
        packed = data.pack(frame.image, frame.label, frame.depth, frame.normal)
        mirrored = data.mirror(packed)
        np.testing.assert_array_equal(mirrored[1][:, ::-1], packed[1])
        np.testing.assert_array_equal(mirrored[3][:, ::-1], packed[3] * np.array([-1, 1, 1], np.int8))


def unpacked(packed):
    batch = [torch.from_numpy(array)[None] for array in packed]
    image, truth = data.unpack(batch, SIZE, torch.device("cpu"))
    return image[0].permute(1, 2, 0), truth


def camera_rays() -> np.ndarray:
    """Directions [H, W, 3] in the camera's frame: right, into the scene, up."""
    return nyu_camera((0, 0, 0), 0.0, 0.0, 0.0, *SIZE).rays(*SIZE).transpose(1, 2, 0)


def from_depth(depth: np.ndarray) -> np.ndarray:
    """Unit normals [H, W, 3] from the neighbours' points."""
    points = camera_rays() * depth[..., None]
    across, down = np.gradient(points, axis=1), np.gradient(points, axis=0)
    normal = np.cross(down, across)
    return normal / (np.linalg.norm(normal, axis=-1, keepdims=True) + 1e-12)


def flat(frame: rooms.Frame) -> np.ndarray:
    """Pixels whose neighbours have the same normal, label and nearly the same depth: inside one plane."""
    same = np.ones(SIZE, bool)
    for axis in (0, 1):
        for shift in (-1, 1):
            same &= np.abs(np.roll(frame.normal, shift, axis) - frame.normal).max(axis=-1) < 1e-4
            same &= np.roll(frame.label, shift, axis) == frame.label
            same &= np.abs(np.roll(frame.depth, shift, axis) / frame.depth - 1) < 0.1
    same[[0, -1]] = same[:, [0, -1]] = False
    return same


if __name__ == "__main__":
    unittest.main()
