"""One peer in a process of its own: loads its network, then runs it when told to.

    python worker.py PEER FOLDER THREADS

Writes one line of JSON when it is ready, {"outputs": FILE} or {"skipped": REASON}. For every line N that it reads it
runs the network once to warm up and N times timed, and writes the N times in milliseconds as a line of JSON.
Between turns it waits for a line and computes nothing.
"""

import json
import sys
import time
from pathlib import Path

import numpy as np

from runtimes import TASKS, Run, Unsupported, load


def tell(message: object) -> None:
    print(json.dumps(message), flush=True)


def turn(run: Run, image: np.ndarray, runs: int) -> list[float]:
    times = []
    for number in range(1 + runs):
        start = time.perf_counter_ns()
        run(image)
        if number > 0:
            times.append((time.perf_counter_ns() - start) * 1e-6)
    return times


def main(name: str, folder: Path, threads: int) -> None:
    image = np.load(folder / "image.npy")
    try:
        run = load(name, folder, threads)
    except Unsupported as reason:
        tell({"skipped": str(reason)})
        return
    outputs = folder / f"{name}.npz"
    np.savez(outputs, **dict(zip(TASKS, run(image))))
    tell({"outputs": str(outputs)})
    for line in sys.stdin:
        tell(turn(run, image, int(line)))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))
