"""The learning curve of one or more runs, one after the other, as a picture.

    python curve.py ../mtan-rooms/curve.png runs/first/log.jsonl runs/second/log.jsonl

Grey lines are where a run or a frame size begins. The figures are those of training batches, as they were drawn and
disturbed, so they are a little worse than those of held-out rooms. A panel begins with the first run that logged its
figure, and is left out if none did.
"""

import argparse
import json
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

PANELS = (("pixel_accuracy", "pixel accuracy"), ("depth_relative", "depth, relative error"),
          ("normals_degrees", "normals, mean error in degrees"))
WIDTH, HEIGHT, LEFT, TOP, BOTTOM = 330, 200, 44, 22, 20
INK, FAINT, LINE = (30, 30, 30), (205, 205, 205), (17, 119, 51)


def read(paths: list[Path]) -> tuple[list[dict], list[float]]:
    """All entries, their `frames` counted through; and where a run or a frame size begins."""
    entries, starts, before, size = [], [], 0, None
    for path in paths:
        for line in path.read_text().splitlines():
            entry = json.loads(line)
            entry["frames"] += before
            while entries and entries[-1]["frames"] >= entry["frames"]:          # the run went back to a checkpoint
                entries.pop()
            if (path, entry["size"]) != size:
                size = (path, entry["size"])
                starts.append(entry["frames"])
            entries.append(entry)
        before = entries[-1]["frames"]
    return entries, starts


def smooth(values: np.ndarray, width: int) -> np.ndarray:
    """Running mean over `width` values, fewer at the ends."""
    kernel = np.ones(width)
    return np.convolve(values, kernel, "same") / np.convolve(np.ones(len(values)), kernel, "same")


def ticks(low: float, high: float) -> np.ndarray:
    """Round numbers between low and high, three to seven."""
    step = 10 ** np.floor(np.log10((high - low) / 3))
    step *= max(factor for factor in (1, 2, 5) if factor * step <= (high - low) / 3)
    return np.arange(np.ceil(low / step), np.floor(high / step) + 1) * step


def panel(entries: list[dict], starts: list[float], key: str, title: str) -> Image.Image:
    """The curve of one figure, which all of two or more entries have."""
    picture = Image.new("RGB", (WIDTH, HEIGHT), "white")
    draw = ImageDraw.Draw(picture)
    first, last = entries[0]["frames"], entries[-1]["frames"]
    x = np.array([entry["frames"] for entry in entries], float)
    raw = np.array([entry[key] for entry in entries], float)
    mean = smooth(raw, max(3, len(raw) // 40))
    low, high = np.quantile(raw, [0.005, 0.995])
    low, high = low - 0.05 * (high - low), high + 0.05 * (high - low)

    def place(frames, value):
        return (LEFT + (WIDTH - LEFT - 8) * (frames - first) / (last - first),
                TOP + (HEIGHT - TOP - BOTTOM) * (high - np.clip(value, low, high)) / (high - low))

    for start in starts:
        if start > first:
            draw.line([place(start, high), place(start, low)], FAINT)
    for value in ticks(low, high):
        draw.line([place(first, value), place(last, value)], (235, 235, 235))
        draw.text((2, place(first, value)[1] - 6), f"{value:.3g}", INK)
    for frames in ticks(first, last):
        draw.text((place(frames, low)[0] - 12, HEIGHT - BOTTOM + 4), f"{frames / 1000:g}k", INK)
    draw.line(list(map(tuple, np.stack(place(x, raw), axis=1))), FAINT)
    draw.line(list(map(tuple, np.stack(place(x, mean), axis=1))), LINE, width=2)
    draw.rectangle([*place(first, high), *place(last, low)], outline=INK)
    draw.text((LEFT, 5), title, INK)
    return picture


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("picture", type=Path)
    parser.add_argument("logs", type=Path, nargs="+")
    options = parser.parse_args()
    entries, starts = read(options.logs)
    logged = {key: [entry for entry in entries if np.isfinite(entry.get(key, np.nan))] for key, _ in PANELS}
    panels = [(key, title) for key, title in PANELS if len(logged[key]) > 1]
    if not panels:
        parser.error("fewer than two lines of these logs have " + ", ".join(logged))
    sheet = Image.new("RGB", (WIDTH * len(panels), HEIGHT), "white")
    for number, (key, title) in enumerate(panels):
        sheet.paste(panel(logged[key], starts, key, title), (number * WIDTH, 0))
    sheet.save(options.picture, optimize=True)


if __name__ == "__main__":
    main()
