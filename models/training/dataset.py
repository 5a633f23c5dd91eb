"""Write held-out rooms, or training rooms, as a folder of frames.

    python dataset.py --rooms 500 OUT                       # N.png and N.npz: what `mtan evaluate` and evaluate.py read
    python dataset.py --rooms 64 --layout npy --first 0 OUT/train      # what train.py --data reads

N.png is the image, 8 bits; N.npz holds `label` int8, -1 void; `depth` float32 in metres, 0 invalid; `normal` float16
[H, W, 3], zero where invalid. The layout `npy` is that of lorenmt/mtan: image, label, depth and normal as N.npy in
folders of these names, the image float32 in [0, 1].
"""

import argparse
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image

import rooms


def write_frame(number: int, folder: Path, seed: int, size: tuple[int, int]) -> None:
    """Room `seed` as N.png and N.npz."""
    frame = rooms.render(seed + number, *size)
    Image.fromarray((frame.image * 255 + 0.5).astype(np.uint8)).save(folder / f"{number}.png")
    np.savez_compressed(folder / f"{number}.npz", label=frame.label, depth=np.float32(frame.depth),
                        normal=np.float16(frame.normal))


def write_arrays(number: int, folder: Path, seed: int, size: tuple[int, int]) -> None:
    """Room `seed` as image/N.npy, label/N.npy, depth/N.npy, normal/N.npy."""
    frame = rooms.render(seed + number, *size)
    arrays = {"image": frame.image, "label": np.float32(frame.label), "depth": np.float32(frame.depth)[..., None],
              "normal": np.float32(frame.normal)}
    for kind, array in arrays.items():
        (folder / kind).mkdir(exist_ok=True)
        np.save(folder / kind / f"{number}.npy", array)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rooms", type=int, default=500)
    parser.add_argument("--first", type=int, default=rooms.HELD_OUT_SEED, help="seed of the first room (default: the "
                        "first held-out one)")
    parser.add_argument("--size", type=int, nargs=2, default=(288, 384), metavar=("H", "W"))
    parser.add_argument("--layout", choices=("frames", "npy"), default="frames")
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    write = write_frame if options.layout == "frames" else write_arrays
    job = partial(write, folder=options.folder, seed=options.first, size=tuple(options.size))
    with ProcessPoolExecutor(options.workers) as pool:
        for _ in pool.map(job, range(options.rooms), chunksize=4):
            pass


if __name__ == "__main__":
    main()
