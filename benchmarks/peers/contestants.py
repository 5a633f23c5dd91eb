"""Who takes part: modes of mtan and peers, each with how to take a turn and how to make a first result."""

import json
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from runtimes import PEERS

HERE = Path(__file__).parent
PRECISIONS = ("fp32", "bf16x3", "bf16")


class Skipped(Exception):
    """Why someone does not take part."""


@dataclass
class Setting:
    """What is the same for all."""

    mtan: Path
    folder: Path  # what prepare.py wrote
    threads: int
    size: tuple[int, int]
    avx2: bool
    environment: dict[str, str] = field(default_factory=dict)

    def help_mentions(self, command: str, flag: str) -> bool:
        text = subprocess.run([self.mtan, command, "--help"], capture_output=True, text=True, check=True).stdout
        return flag in text


class Ours:
    """One mode of mtan. `mtan bench` starts anew for every turn and warms up by a run of its own."""

    runtime = "mtan"

    def __init__(self, setting: Setting, precision: str):
        self.setting, self.precision, self.name = setting, precision, f"mtan-{precision}"
        self.model = ["--model", str(setting.folder / "weights.safetensors"), "--threads", str(setting.threads)]

    def flags(self, command: str) -> list[str]:
        """Those that choose this mode; a program without modes has fp32 alone."""
        flags = []
        if self.setting.help_mentions(command, "--precision"):
            flags += ["--precision", self.precision]
        elif self.precision != "fp32":
            raise Skipped("this build has no --precision")
        if self.setting.avx2 and self.setting.help_mentions(command, "--isa"):
            flags += ["--isa", "avx2"]
        return flags

    def start(self) -> Path:
        """Returns where the outputs for photo.png are."""
        self.bench = [str(self.setting.mtan), "bench", *self.model, *self.flags("bench"), "--json", "--size",
                      "{}x{}".format(*self.setting.size)]
        out = self.setting.folder / self.name
        self.call(self.predict(self.setting.folder / "photo.png", out) + ["--view", "npy"])
        return out

    def turn(self, runs: int) -> list[float]:
        report = json.loads(self.call([*self.bench, "--runs", str(runs)]))
        return report["results"][0]["measurement"]["milliseconds"]

    def stop(self) -> None:
        pass

    def predict(self, photo: Path, out: Path) -> list[str]:
        return [str(self.setting.mtan), "predict", str(photo), *self.model, *self.flags("predict"),
                "--resize", "stretch", "--size", "model", "-o", str(out)]

    def call(self, command: list[str]) -> str:
        done = subprocess.run(command, capture_output=True, text=True, env=self.setting.environment)
        if done.returncode != 0:
            message = (done.stderr.strip() or f"exit code {done.returncode}").splitlines()[-1]
            raise Skipped(message.removeprefix("mtan: ").split(";")[0])
        return done.stdout


class Theirs:
    """A peer, in a process that is kept alive and waits between its turns."""

    def __init__(self, setting: Setting, name: str):
        peer = PEERS[name]
        self.setting, self.name, self.runtime, self.precision = setting, name, peer.runtime, peer.precision
        self.process: subprocess.Popen[str] | None = None

    def start(self) -> Path:
        """Returns where the outputs for photo.png are."""
        self.check()
        command = [sys.executable, str(HERE / "worker.py"), self.name, str(self.setting.folder),
                   str(self.setting.threads)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                        env=self.setting.environment | PEERS[self.name].environment)
        answer = self.listen()
        if "skipped" in answer:
            self.stop()
            raise Skipped(answer["skipped"])
        return Path(answer["outputs"])

    def check(self) -> None:
        if self.setting.avx2 and self.precision != "fp32":
            raise Skipped("AVX2 has no bf16 arithmetic")

    def turn(self, runs: int) -> list[float]:
        print(runs, file=self.process.stdin, flush=True)
        return self.listen()

    def stop(self) -> None:
        if self.process is not None:
            self.process.stdin.close()
            self.process.wait()

    def listen(self):
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self.name} ended with exit code {self.process.wait()}")
        return json.loads(line)

    def predict(self, photo: Path, out: Path) -> list[str]:
        self.check()
        return [sys.executable, str(HERE / "first_result.py"), self.name, str(self.setting.folder),
                str(self.setting.threads), str(photo), str(out)]


Contestant = Ours | Theirs


def everyone(setting: Setting) -> list[Contestant]:
    return [Ours(setting, precision) for precision in PRECISIONS] + [Theirs(setting, name) for name in PEERS]
