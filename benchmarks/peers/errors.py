"""How far outputs are from PyTorch's in fp32.

    python errors.py REFERENCE.npz NAME=OUTPUTS ...

OUTPUTS is an .npz file, or a folder with a file *.TASK.npy for each task. Writes as JSON, for each name and task, the
root mean square of the error relative to that of the reference, and as `classes` the share of pixels that have the
same class.
"""

import json
import sys
from pathlib import Path

import numpy as np

from runtimes import TASKS


def read(outputs: Path) -> dict[str, np.ndarray]:
    if outputs.is_dir():
        return {task: np.load(next(outputs.glob(f"*.{task}.npy"))) for task in TASKS}
    return dict(np.load(outputs))


def relative_rms(found: np.ndarray, expected: np.ndarray) -> float:
    found, expected = found.astype(np.float64), expected.astype(np.float64)
    return float(np.sqrt(np.square(found - expected).mean() / np.square(expected).mean()))


def errors(found: dict[str, np.ndarray], reference: dict[str, np.ndarray]) -> dict[str, float]:
    shaped = {task: found[task].reshape(reference[task].shape) for task in TASKS}
    result = {task: relative_rms(shaped[task], reference[task]) for task in TASKS}
    first = TASKS[0]
    result["classes"] = float((shaped[first].argmax(1) == reference[first].argmax(1)).mean())
    return result


def main(reference: Path, *pairs: str) -> None:
    expected = read(reference)
    named = (pair.split("=", 1) for pair in pairs)
    print(json.dumps({name: errors(read(Path(path)), expected) for name, path in named}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
