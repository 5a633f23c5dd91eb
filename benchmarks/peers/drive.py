"""mtan against PyTorch, ONNX Runtime and OpenVINO, on the same network, weights and image, in turns.

In every round everyone takes a turn: one run to warm up, then --runs timed ones. Peers stay in processes of their
own; whoever does not have the turn waits and computes nothing. This process imports nothing but the standard
library: what Linux reports as a process's peak memory cannot be less than that of the process that started it.
"""

import argparse
import datetime
import hashlib
import importlib.metadata
import json
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import tables
from avx2 import hold_to_avx2
from contestants import HERE, Contestant, Setting, Skipped, everyone

ROOT = HERE.parents[1]
TABLES = {"latency": tables.latency, "first-result": tables.first_result}


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks/peers/run", description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=7, help="how often everyone takes a turn (%(default)s)")
    parser.add_argument("--runs", type=int, default=2, help="timed runs of a turn (%(default)s)")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)), help="(%(default)s)")
    parser.add_argument("--width", type=int, default=64, help="filters of the first level; 8 is quick (%(default)s)")
    parser.add_argument("--photo", type=Path, default=ROOT / "examples/screen.jpg", help="a JPEG file")
    parser.add_argument("--only", default="", help="names or parts of names, separated by commas")
    parser.add_argument("--tables", help=f"what to measure ({','.join(TABLES)}; latency with --avx2)")
    parser.add_argument("--avx2", action="store_true", help="hold everyone to AVX2")
    parser.add_argument("--prepare", action="store_true", help="export the networks and stop")
    parser.add_argument("--json", type=Path, help="write every time to this file")
    parser.add_argument("--markdown", action="store_true", help="put the tables into benchmarks/README.md")
    parser.add_argument("--mtan", type=Path, default=ROOT / ".build/release/mtan", help="(.build/release/mtan)")
    parser.add_argument("--folder", type=Path, default=ROOT / ".build/peers", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.rounds < 1 or options.runs < 1 or options.threads < 1:
        parser.error("--rounds, --runs and --threads take 1 or more")
    options.tables = (options.tables or ("latency" if options.avx2 else ",".join(TABLES))).split(",")
    if unknown := set(options.tables) - set(TABLES):
        parser.error(f"--tables takes {', '.join(TABLES)}; found {', '.join(unknown)}")
    return options


def prepared(options: argparse.Namespace, size: tuple[int, int]) -> Path:
    """The folder that prepare.py writes, made anew when anything that decides its content has changed."""
    sources = [HERE / "prepare.py", HERE / "exportable.py", HERE / "requirements.txt", options.photo,
               ROOT / "models/training/network.py"]
    digest = hashlib.sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()[:8]
    folder = options.folder / f"network-{options.width}-{digest}"
    if not folder.exists():
        unfinished = folder.with_suffix(".unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        subprocess.run([sys.executable, "-W", "ignore", HERE / "prepare.py", unfinished, "--photo", options.photo,
                        "--width", str(options.width), "--size", *map(str, size)], check=True)
        unfinished.rename(folder)
    return folder


def measure_latency(contestants: list[Contestant], options: argparse.Namespace, folder: Path) -> dict[str, dict]:
    results: dict[str, dict] = {}
    outputs: dict[str, Path] = {}
    taking_part = []
    for contestant in contestants:
        result = results[contestant.name] = {"runtime": contestant.runtime, "precision": contestant.precision}
        try:
            outputs[contestant.name] = contestant.start()
        except Skipped as reason:
            result["skipped"] = str(reason)
            continue
        result["rounds"] = []
        taking_part.append(contestant)
    try:
        for number in range(options.rounds):
            for contestant in taking_part:
                progress(f"latency, round {number + 1}: {contestant.name}")
                results[contestant.name]["rounds"].append(contestant.turn(options.runs))
    finally:
        for contestant in contestants:
            contestant.stop()
    for name, errors in errors_of(outputs, folder).items():
        results[name]["errors"] = errors
    return results


def errors_of(outputs: dict[str, Path], folder: Path) -> dict[str, dict[str, float]]:
    pairs = [f"{name}={path}" for name, path in outputs.items()]
    command = [sys.executable, HERE / "errors.py", folder / "reference.npz", *pairs]
    return json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def measure_first_result(contestants: list[Contestant], options: argparse.Namespace, folder: Path) -> dict[str, dict]:
    """One process for each result; a first one, not counted, brings the files into the page cache."""
    results: dict[str, dict] = {}
    for contestant in contestants:
        results[contestant.name] = {"runtime": contestant.runtime, "precision": contestant.precision}
    for number in range(options.rounds + 1):
        for contestant in contestants:
            result = results[contestant.name]
            if "skipped" in result:
                continue
            progress(f"first result, round {number}: {contestant.name}")
            try:
                seconds, memory = first_result(contestant, folder)
            except Skipped as reason:
                result["skipped"] = str(reason)
                continue
            if number > 0:
                result.setdefault("rounds", []).append([1000 * seconds])
                result.setdefault("peakMemoryBytes", []).append(memory)
    return results


def first_result(contestant: Contestant, folder: Path) -> tuple[float, int]:
    """Seconds from the start of a process to the last of its three PNG files, and its peak memory in bytes."""
    out = folder / "first-result"
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir()
    command = contestant.predict(folder / "photo.jpg", out)
    start = time.time()
    process = subprocess.Popen(command, env=contestant.setting.environment, stdout=subprocess.DEVNULL,
                               stderr=subprocess.PIPE, text=True)
    errors = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise Skipped((errors.strip() or "no message").splitlines()[-1])
    files = list(out.rglob("*.png"))
    if len(files) != 3:
        raise RuntimeError(f"{contestant.name} wrote {len(files)} PNG files")
    return max(file.stat().st_mtime for file in files) - start, usage.ru_maxrss * 1024


def processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if match := re.match(r"(?:model name|Model)\s*:\s*(.*)", line):
            return match[1]
    return os.uname().machine


def describe(options: argparse.Namespace) -> dict:
    git = ["git", "-C", ROOT]
    commit = subprocess.run([*git, "describe", "--always"], capture_output=True, text=True).stdout.strip()
    changed = subprocess.run([*git, "diff", "--quiet", "HEAD", "--", "Sources"], capture_output=True).returncode != 0
    return {
        "processor": processor(), "threads": options.threads, "avx2": options.avx2, "width": options.width,
        "rounds": options.rounds, "runs": options.runs, "date": datetime.date.today().isoformat(),
        "commit": (commit or "of no commit") + (" with changes" if changed else ""),
        "versions": {name: importlib.metadata.version(name) for name in tables.packages()},
    }


def progress(text: str) -> None:
    print(f"\r\033[K{text}" if sys.stderr.isatty() else text, end="" if sys.stderr.isatty() else "\n",
          file=sys.stderr, flush=True)


def main() -> None:
    options = arguments()
    size = (384, 288)
    folder = prepared(options, size)
    if options.prepare:
        return
    environment = dict(os.environ, OMP_NUM_THREADS=str(options.threads), PYTHONWARNINGS="ignore")
    if options.avx2:
        environment |= hold_to_avx2(options.folder)
    setting = Setting(options.mtan.resolve(), folder, options.threads, size, options.avx2, environment)
    contestants = [contestant for contestant in everyone(setting)
                   if any(part in contestant.name for part in options.only.split(","))]
    report = describe(options)
    measure = {"latency": measure_latency, "first-result": measure_first_result}
    for name in options.tables:
        report[name] = measure[name](contestants, options, folder)
        progress("")
        runs = f"{options.rounds} rounds" + (f" of {options.runs} runs" if name == "latency" else "")
        text = TABLES[name](report[name]) + "\n\n" + tables.caption(report, runs)
        print(f"\n{text}\n", flush=True)
        if options.markdown:
            tables.publish(ROOT / "benchmarks/README.md", name + ("-avx2" if options.avx2 else ""), text)
    if options.json:
        options.json.write_text(json.dumps(report, indent=1) + "\n")


if __name__ == "__main__":
    main()
