"""The pictures of the model card and of the examples.

    python pictures.py samples ../mtan-rooms ../mtan-rooms/samples.png --rooms 27 42 53 41 29
    python pictures.py room 12 ../../examples/room.jpg

Room numbers count held-out rooms (rooms.HELD_OUT_SEED + number).
"""

import argparse
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

import rooms
from evaluate import HEIGHT, WIDTH, held_out
from served import ServedModel

# Depth from near to far: dark violet, blue, green, yellow.
_DEPTH_STOPS = np.array([[68, 1, 84], [59, 82, 139], [33, 145, 140], [94, 201, 98], [253, 231, 37]], float)
_HEADINGS = ("image", "segmentation", "true", "depth", "true", "normals", "true")
_BAR = 14


def colour_depth(depth: np.ndarray, nearest: float, farthest: float) -> np.ndarray:
    """Depth [H, W] in metres as colours [H, W, 3] uint8."""
    place = np.clip((depth - nearest) / (farthest - nearest), 0, 1) * (len(_DEPTH_STOPS) - 1)
    low = np.minimum(place.astype(int), len(_DEPTH_STOPS) - 2)
    share = (place - low)[..., None]
    return (_DEPTH_STOPS[low] * (1 - share) + _DEPTH_STOPS[low + 1] * share).astype(np.uint8)


def colour_normals(normal: np.ndarray) -> np.ndarray:
    """Unit normals [H, W, 3] as colours, 127.5 * (n + 1)."""
    return np.clip(127.5 * (normal + 1), 0, 255).astype(np.uint8)


def colour_labels(label: np.ndarray, palette: list[str]) -> np.ndarray:
    """Labels [H, W] as colours; void is black."""
    table = np.array([[int(c[i:i + 2], 16) for i in (1, 3, 5)] for c in palette] + [[0, 0, 0]], np.uint8)
    return table[label]


def sample_row(model: ServedModel, number: int, palette: list[str]) -> list[np.ndarray]:
    """Image, then prediction and truth of each task, for one held-out room."""
    frame = held_out(number)
    outputs = model.predict(frame.image)
    scores, depth, normal = (outputs[kind] for kind in ("segmentation", "depth", "normals"))
    near, far = np.quantile(frame.depth, [0.01, 0.99])
    return [
        (frame.image * 255).astype(np.uint8),
        colour_labels(scores[0].argmax(dim=0).numpy(), palette), colour_labels(frame.label, palette),
        colour_depth(depth[0, 0].numpy(), near, far), colour_depth(frame.depth, near, far),
        colour_normals(normal[0].permute(1, 2, 0).numpy()), colour_normals(frame.normal)]


def write_samples(directory: Path, path: Path, numbers: list[int], width: int) -> None:
    """A grid, one held-out room per row, under headings and above a legend of the classes."""
    model = ServedModel(directory)
    task = model.description["tasks"][0]
    height = width * HEIGHT // WIDTH
    sheet = Image.new("RGB", (7 * (width + 3) - 3, 2 * _BAR + len(numbers) * (height + 3)), "white")
    draw = ImageDraw.Draw(sheet)
    for column, heading in enumerate(_HEADINGS):
        draw.text((column * (width + 3) + 2, 1), heading, "black")
    for row, number in enumerate(numbers):
        for column, picture in enumerate(sample_row(model, number, task["palette"])):
            small = Image.fromarray(picture).resize((width, height), Image.NEAREST if column in (1, 2) else Image.BOX)
            sheet.paste(small, (column * (width + 3), _BAR + row * (height + 3)))
    step, top = sheet.width / len(task["labels"]), sheet.height - _BAR
    for index, (name, colour) in enumerate(zip(task["labels"], task["palette"])):
        draw.rectangle((index * step, top + 2, index * step + 10, top + 12), colour, "black")
        draw.text((index * step + 14, top + 1), name, "black")
    sheet.save(path, optimize=True)


def write_room(number: int, path: Path, height: int, width: int) -> None:
    """One held-out room as a photograph, nine rays per pixel."""
    frame = rooms.render(rooms.HELD_OUT_SEED + number, height, width, samples=3, grain=0.3)
    Image.fromarray((frame.image * 255 + 0.5).astype(np.uint8)).save(path, quality=90, optimize=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    samples = commands.add_parser("samples", help="predictions beside the truth")
    samples.add_argument("model", type=Path)
    samples.add_argument("path", type=Path)
    samples.add_argument("--rooms", type=int, nargs="+", default=[0, 1, 2, 3])
    samples.add_argument("--width", type=int, default=176, help="of each picture")
    room = commands.add_parser("room", help="a large picture of one room")
    room.add_argument("number", type=int)
    room.add_argument("path", type=Path)
    room.add_argument("--size", type=int, nargs=2, default=(768, 1024), metavar=("H", "W"))
    options = parser.parse_args()
    if options.command == "samples":
        write_samples(options.model, options.path, options.rooms, options.width)
    else:
        write_room(options.number, options.path, *options.size)


if __name__ == "__main__":
    main()
