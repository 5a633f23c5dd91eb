#!/usr/bin/env python3
"""Makes the data and the expected figures that EvaluationTests compares with.

Needs numpy and Pillow. Run it in any folder; it writes beside itself and gives the same files every time with the
same versions.

    scores/N.npz     predictions (scores, predicted_depth, predicted_normal) and truth of random frames
    expected.json    the figures of the scores, for batches of 1, 2 and all frames, by the definitions of
                     lorenmt/mtan (im2im_pred/utils.py), written anew in double precision
    numbers/*.npy    one array of numbers in many types; hostile/*.npy those that must be refused
    archives/        photos N.png with N.npz, stored and deflated
    arrays/val/      the same frames as lorenmt/mtan lays them out
"""
import json
import pathlib

import numpy as np
from PIL import Image

HERE = pathlib.Path(__file__).parent
CLASSES, HEIGHT, WIDTH = 6, 11, 13
ANGLES = (11.25, 22.5, 30)


def unit(vectors):
    """Vectors [..., 3] of length 1."""
    return vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)


def random_truth(random, height, width):
    """Labels with void, a class above those of the model and none of class 4; depths with holes; normals with
    holes, and some whose components cancel, which upstream takes for holes."""
    label = random.integers(-1, 4, (height, width)).astype(np.int8)
    label[0, :3] = 9
    depth = random.uniform(0.4, 9, (height, width, 1)).astype(np.float32)
    depth[random.random((height, width)) < 0.2] = 0
    normal = unit(random.normal(size=(height, width, 3)) + [0.4, -1.2, 0.6]).astype(np.float32)
    normal[random.random((height, width)) < 0.2] = 0
    normal[1, 1:4] = np.float32(np.sqrt(0.5)) * np.array([1, -1, 0], np.float32)
    return label, depth, normal


def scored_frames():
    """Frames with predictions. The second has no labels, the third no valid depth."""
    random = np.random.default_rng(5)
    for index in range(5):
        label, depth, normal = random_truth(random, HEIGHT, WIDTH)
        scores = random.normal(size=(1, CLASSES, HEIGHT, WIDTH)).astype(np.float32)
        scores[0, 5] = -9                                   # never predicted, and in no truth
        scores[0][np.clip(label, 0, 3), np.arange(HEIGHT)[:, None], np.arange(WIDTH)] += 1
        predicted_depth = (depth[..., 0] + random.normal(size=(HEIGHT, WIDTH)))[None, None].astype(np.float32)
        near = unit(normal + random.normal(size=normal.shape) * 0.3)
        near[2, 2] = 0
        frame = {"scores": scores, "predicted_depth": predicted_depth,
                 "predicted_normal": near.transpose(2, 0, 1)[None].astype(np.float32),
                 "label": label, "depth": depth, "normal": normal}
        if index == 1:
            del frame["label"]
        if index == 2:
            frame["depth"] = np.zeros_like(depth)
        yield frame


def segmentation(frames):
    """Mean IoU over the classes that occur, pixel accuracy, and IoU and share of each class."""
    matrix = np.zeros((CLASSES, CLASSES), np.int64)
    for frame in frames:
        if "label" in frame:
            known = (frame["label"] >= 0) & (frame["label"] < CLASSES)
            np.add.at(matrix, (frame["label"][known], frame["scores"][0].argmax(0)[known]), 1)
    correct, truth = np.diag(matrix), matrix.sum(1)
    with np.errstate(invalid="ignore"):
        iou = correct / (truth + matrix.sum(0) - correct)
    return {"mean_iou": np.nanmean(iou), "pixel_accuracy": correct.sum() / matrix.sum(),
            "iou": [None if np.isnan(value) else value for value in iou], "share": list(truth / matrix.sum())}


def batched(frames, size):
    """Frames in lists of `size`; the last may be shorter."""
    return [frames[start:start + size] for start in range(0, len(frames), size)]


def depth_errors(frames, size, guess=None):
    """Absolute and relative error of each batch, averaged over batches."""
    figures = []
    for batch in batched(frames, size):
        truth = np.concatenate([frame["depth"].ravel() for frame in batch]).astype(float)
        predicted = np.concatenate([frame["predicted_depth"].ravel() for frame in batch]).astype(float)
        error = np.abs((predicted if guess is None else guess) - truth)[truth != 0]
        if error.size:
            figures.append((error.mean(), (error / truth[truth != 0]).mean()))
    return dict(zip(("absolute_error", "relative_error"), np.mean(figures, axis=0)))


def normal_errors(frames, size, guess=None):
    """Mean and median angle and the shares below three bounds of each batch, averaged over batches."""
    figures = []
    for batch in batched(frames, size):
        truth = np.concatenate([frame["normal"].reshape(-1, 3) for frame in batch])
        predicted = np.concatenate([frame["predicted_normal"][0].reshape(3, -1).T for frame in batch]).astype(float)
        valid = truth.sum(axis=1) != 0
        cosine = ((predicted if guess is None else np.asarray(guess)) * truth.astype(float)).sum(axis=1)[valid]
        angle = np.degrees(np.arccos(np.clip(cosine, -1, 1)))
        figures.append((angle.mean(), np.median(angle), *((angle < bound).mean() for bound in ANGLES)))
    names = ("mean_angle", "median_angle", *(f"within_{bound}" for bound in ANGLES))
    return dict(zip(names, np.mean(figures, axis=0)))


def best_constants(frames, size):
    """By trying many: the least errors that one depth, and one direction, can have."""
    depths = [depth_errors(frames, size, guess) for guess in np.arange(0.3, 9.2, 0.005)]
    random = np.random.default_rng(1)
    directions = unit(random.normal(size=(4000, 3)))
    return {"absolute_error": min(each["absolute_error"] for each in depths),
            "relative_error": min(each["relative_error"] for each in depths),
            "mean_angle": min(normal_errors(frames, size, each)["mean_angle"] for each in directions)}


def write_scores():
    """Random frames, and what they must give."""
    folder = HERE / "scores"
    folder.mkdir(exist_ok=True)
    frames = list(scored_frames())
    for index, frame in enumerate(frames):
        np.savez_compressed(folder / f"{index}.npz", **frame)
    expected = {"segmentation": segmentation(frames)}
    for name, size in (("1", 1), ("2", 2), ("all", len(frames))):
        expected[name] = {**depth_errors(frames, size), **normal_errors(frames, size)}
    expected["constant"] = best_constants(frames, 1)
    (HERE / "expected.json").write_text(json.dumps(expected, indent=1) + "\n")


def write_numbers():
    """One array in every type and order that is read, and some that are not."""
    numbers = np.arange(24).reshape(2, 3, 4)
    folder, hostile = HERE / "numbers", HERE / "hostile"
    folder.mkdir(exist_ok=True)
    hostile.mkdir(exist_ok=True)
    for kind in ("f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8"):
        np.save(folder / f"{kind}.npy", numbers.astype(kind))
    np.save(folder / "fortran.npy", np.asfortranarray(numbers.astype("f4")))
    for version in (2, 3):
        with open(folder / f"version{version}.npy", "wb") as file:
            np.lib.format.write_array(file, numbers.astype("f4"), version=(version, 0))
    np.save(hostile / "big-endian.npy", numbers.astype(">f4"))
    np.save(hostile / "complex.npy", numbers.astype("c8"))
    np.save(hostile / "text.npy", numbers.astype("U2"))
    np.save(hostile / "record.npy", np.zeros(3, [("x", "f4"), ("y", "i2")]))
    np.save(hostile / "object.npy", np.array([{}, None], object), allow_pickle=True)
    np.save(hostile / "empty.npy", np.zeros((0, 4), "f4"))


def write_datasets():
    """The same three frames in two layouts; names whose order by value is not that by letters."""
    random = np.random.default_rng(8)
    archives, arrays = HERE / "archives", HERE / "arrays/val"
    archives.mkdir(exist_ok=True)
    for name in ("image", "label", "depth", "normal"):
        (arrays / name).mkdir(parents=True, exist_ok=True)
    height, width = 32, 64
    for number in (2, 9, 10):
        pixels = (random.integers(0, 256, (1, 1, 3)) + np.arange(height)[:, None, None] * 3
                  + np.arange(width)[None, :, None] * 2).astype(np.uint8)
        label, depth, normal = random_truth(random, height, width)
        truth = {"label": label, "depth": depth, "normal": normal.astype(np.float16)}
        Image.fromarray(pixels).save(archives / f"{number}.png")
        (np.savez if number == 9 else np.savez_compressed)(archives / f"{number}.npz", **truth)
        np.save(arrays / f"image/{number}.npy", pixels.astype(np.float32) / np.float32(255))
        for name, array in truth.items():
            np.save(arrays / f"{name}/{number}.npy", array)


if __name__ == "__main__":
    write_scores()
    write_numbers()
    write_datasets()
