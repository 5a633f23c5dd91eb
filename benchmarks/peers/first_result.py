"""What a short script with one peer does from its start to three PNG files.

    python first_result.py PEER FOLDER THREADS PHOTO OUT

The same work as `mtan predict --resize stretch --size model`: the photo is brought to the network's size, and the
maps are written at that size.
"""

import sys
from pathlib import Path

import numpy as np
from PIL import Image

from runtimes import load


def read(photo: Path, size: tuple[int, int]) -> np.ndarray:
    pixels = np.asarray(Image.open(photo).convert("RGB").resize(size, Image.Resampling.BILINEAR), np.float32)
    return np.ascontiguousarray(pixels.transpose(2, 0, 1)[None] / 255)


def write(maps: list[np.ndarray], out: Path) -> None:
    segmentation, depth, normals = (map[0] for map in maps)
    classes = Image.fromarray(segmentation.argmax(0).astype(np.uint8))
    classes.putpalette([value for number in range(256) for value in (number * 17 % 256, number * 71 % 256, number)])
    classes.save(out / "segmentation.png")
    Image.fromarray((depth[0] * 1000).clip(0, 65535).astype(np.uint16)).save(out / "depth.png")
    colours = (127.5 * (normals.transpose(1, 2, 0) + 1)).round().clip(0, 255).astype(np.uint8)
    Image.fromarray(colours).save(out / "normals.png")


def main(name: str, folder: Path, threads: int, photo: Path, out: Path) -> None:
    run = load(name, folder, threads)
    size = np.load(folder / "image.npy", mmap_mode="r").shape[:1:-1]
    write(run(read(photo, size)), out)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), Path(sys.argv[4]), Path(sys.argv[5]))
