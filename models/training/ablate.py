"""What is worth what: short runs that differ in one thing, measured on held-out rooms and on real frames, as a table.

    python dataset.py --rooms 60 held-out
    python ablate.py runs/ablations --rooms held-out --frames FOLDER > table.md

Every run begins from nothing and has the same number of steps. Runs that are complete are not made again. Read the
table together with the two runs that differ in their seeds only.
"""

import argparse
import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
RECIPE = ["--optimizer", "muon", "--muon-lr", "1e-2", "--lr", "2e-3", "--scale", "1", "4", "2", "--weighting", "dwa",
          "--depth-loss", "relative", "--depth-slope", "2", "--normals-loss", "chord", "--balance-classes", "0.3",
          "--epoch", "40", "--reuse", "4", "--average", "0.98", "--bf16", "--processes", "1"]
WIDTHS = {"an eighth": (8, 16, 32, 64, 64), "half": (32, 64, 128, 256, 256)}


@dataclass(frozen=True)
class Run:
    """Options that come after `RECIPE`, and the share of the steps that are frozen, the last ones."""

    group: str
    name: str
    options: tuple[str, ...] = ()
    frozen: float = 0.25


RUNS = [
    Run("recipe", "a quarter of the paper's width, dynamic weight average"),
    Run("recipe", "the same, another seed", ("--seed", "1", "--first-room", "50000")),
    Run("weighting", "equal", ("--weighting", "equal")),
    Run("weighting", "dynamic weight average, losses not scaled", ("--scale", "1", "1", "1")),
    Run("weighting", "uncertainty", ("--weighting", "uncertainty", "--scale", "1", "1", "1")),
    Run("optimizer", "Adam, 2e-3", ("--optimizer", "adam")),
    Run("batch norm", "never frozen", frozen=0),
    Run("batch norm", "frozen for three quarters of the steps", frozen=0.75),
    Run("depth loss", "L1, as in the paper", ("--depth-loss", "l1", "--depth-slope", "0")),
    Run("depth loss", "relative, without its slope", ("--depth-slope", "0")),
    Run("normals loss", "1 - cosine, as in the paper", ("--normals-loss", "cosine", "--scale", "1", "4", "6")),
    Run("losses", "no deep supervision", ("--coarse", "0")),
    Run("losses", "classes not balanced", ("--balance-classes", "0")),
    Run("rooms", "without textures", ("--without", "textures")),
    Run("rooms", "without blur and noise", ("--without", "sensor")),
    Run("rooms", "without small objects", ("--without", "clutter")),
    Run("rooms", "without shadows", ("--without", "shadows")),
    *(Run("width", name, ("--filters", *map(str, filters))) for name, filters in WIDTHS.items()),
]
COLUMNS = (("mean_iou", "mIoU"), ("pixel_accuracy", "pixel accuracy"), ("depth_relative", "depth, relative"),
           ("normal_mean_degrees", "normals, mean"))


def phases(size: str, steps: int, frozen: float) -> list[str]:
    """The options that make a run's phases."""
    last = round(steps * frozen)
    parts = [f"{size}:{steps - last}steps", f"{size}:{last}steps:frozen"]
    return [word for part in parts[:2 if last else 1] for word in ("--phase", part)]


def call(script: str, *arguments) -> None:
    subprocess.run([sys.executable, HERE / script, *map(str, arguments)], check=True, stdout=subprocess.DEVNULL)


def measure(run: Run, number: int, options: argparse.Namespace) -> dict:
    """Train, export and evaluate one run, unless its figures are there already."""
    out = options.out / f"{number:02d}"
    figures = out / "figures.json"
    if not figures.exists():
        call("train.py", "--out", out, *phases(options.size, options.steps, run.frozen), *RECIPE, *run.options)
        call("export.py", out / "checkpoint.pt", out / "model")
        result = {}
        for kind, folder in (("rooms", options.rooms), ("frames", options.frames)):
            if folder:
                file = out / f"{kind}.json"
                call("evaluate.py", out / "model", "--frames", folder, "--json", file, "--threads", 1)
                result[kind] = json.loads(file.read_text())
        figures.write_text(json.dumps(result))
    return json.loads(figures.read_text())


def table(results: list[tuple[Run, dict]]) -> str:
    kinds = [kind for kind in ("rooms", "frames") if kind in results[0][1]]
    heads = [f"{title} ({kind})" for kind in kinds for _, title in COLUMNS]
    lines = [f"| | {' | '.join(heads)} |", f"| --- |{' --- |' * len(heads)}"]
    for run, result in results:
        values = [format(result[kind][key], ".1f" if "degrees" in key else ".3f")
                  for kind in kinds for key, _ in COLUMNS]
        lines.append(f"| {run.group}: {run.name} | {' | '.join(values)} |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--size", default="64x96:8", metavar="HxW:BATCH")
    parser.add_argument("--steps", type=int, default=2000)
    parser.add_argument("--rooms", type=Path, required=True, help="a folder of held-out rooms to measure on")
    parser.add_argument("--frames", type=Path, help="a folder of recorded frames to measure on too")
    parser.add_argument("--only", nargs="+", help="groups of runs (default: all)")
    parser.add_argument("--together", type=int, default=2, help="runs at a time, one thread each")
    options = parser.parse_args()
    chosen = [(number, run) for number, run in enumerate(RUNS) if not options.only or run.group in options.only]
    with ThreadPoolExecutor(options.together) as pool:
        results = list(pool.map(lambda item: (item[1], measure(item[1], item[0], options)), chosen))
    print(table(results))


if __name__ == "__main__":
    main()
