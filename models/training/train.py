"""Train MTAN, on rooms drawn on the fly or on a folder of frames.

    python train.py --out runs/rooms --bf16 --phase 96x128:8:30 --phase 192x256:4:30
    python train.py --out runs/nyuv2 --data DATASET --phase 288x384:2:20000steps --device cuda --bf16

A phase is height x width : batch size of each process : minutes of work, or steps; end with :frozen phases, in which
batch norm keeps its statistics. The learning rate follows one warm-up and one cosine over all phases, so that the
weights are annealed when the run is over. `--resume` goes on from the last checkpoint; `--start` begins a new schedule
from the weights of another run or of an exported model, in a wider network if `--filters` say so.
"""

import argparse
import os
import signal
import tempfile
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")     # the drawing processes run beside the network's threads

import torch
import torch.distributed as distributed
import torch.multiprocessing as multiprocessing

import convolution
import optimizers
import weighting
from losses import DEPTH_LOSSES, NORMALS_LOSSES
from network import LEVELS, ROOM_TASKS
from rooms import FEATURES
from schedule import Phase
from start import starting_weights, times_as_wide
from training import POOL, Training

NARROW_FILTERS = (16, 32, 64, 128, 128)
TASK_NAMES = [task.name for task in ROOM_TASKS]


def parser() -> argparse.ArgumentParser:
    result = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    run = result.add_argument_group("run")
    run.add_argument("--out", required=True, help="folder for checkpoint.pt and log.jsonl")
    run.add_argument("--phase", type=Phase.parse, action="append", required=True, metavar="HxW:BATCH:MINUTES[:frozen]")
    run.add_argument("--start", type=Path, metavar="RUN/checkpoint.pt|MODEL", help="checkpoint or model directory "
                     "whose weights to begin with, on a new schedule; with --filters twice as wide, or more, its "
                     "network is widened first")
    run.add_argument("--resume", action="store_true")
    run.add_argument("--seed", type=int, default=0, help="of the initial weights and the colour jitter")
    run.add_argument("--log-every", type=int, default=25)
    _add_model(result.add_argument_group("model and losses"))
    _add_data(result.add_argument_group("data"))
    _add_machine(result.add_argument_group("machine"))
    return result


def _add_model(group) -> None:
    group.add_argument("--filters", type=int, nargs=5, metavar="N",
                       help="widths of the five levels, the last two equal; the paper's are 64 128 256 512 512 "
                       f"(default: those of --start, or {' '.join(map(str, NARROW_FILTERS))})")
    group.add_argument("--tasks", nargs="+", choices=TASK_NAMES, default=TASK_NAMES)
    group.add_argument("--keep-encoder", type=int, choices=range(LEVELS + 1), default=0, metavar="LEVELS",
                       help="so many of the encoder's finest levels keep the weights they begin with; two save a "
                       "fifth of a step")
    group.add_argument("--weighting", choices=weighting.NAMES, default="dwa", help="how losses become one")
    group.add_argument("--epoch", type=int, default=100, help="steps between renewals of dwa's weights")
    group.add_argument("--scale", type=float, nargs=3, default=(1.0, 1.0, 1.0), metavar=("S", "D", "N"),
                       help="fixed factors on the three losses, which have different units, beside the weighting")
    group.add_argument("--depth-loss", choices=DEPTH_LOSSES, default="l1")
    group.add_argument("--depth-slope", type=float, default=0.0, metavar="WEIGHT", help="of the change of the depth's "
                       "error between neighbours, for flat walls and sharp edges")
    group.add_argument("--normals-loss", choices=NORMALS_LOSSES, default="cosine")
    group.add_argument("--balance-classes", type=float, default=0.0, metavar="POWER",
                       help="weigh classes by (1 / share of pixels) ** POWER in the cross-entropy")
    group.add_argument("--coarse", type=float, default=0.4, help="weight of the losses at coarse levels; 0 for none")
    group.add_argument("--optimizer", choices=optimizers.NAMES, default="adam", help="muon learns from fewer frames")
    group.add_argument("--lr", type=float, default=1.5e-3, help="peak learning rate of Adam")
    group.add_argument("--muon-lr", type=float, default=6e-3, metavar="SHARE", help="peak learning rate of Muon: by "
                       "which part of their length convolutions change in a step")
    group.add_argument("--average", type=float, default=0.998, help="memory of the weights' running average")


def _add_data(group) -> None:
    group.add_argument("--data", type=Path, help="folder with train/{image,label,depth,normal}/N.npy, as lorenmt/mtan "
                       "has NYUv2, instead of rendered rooms")
    group.add_argument("--render", type=int, nargs=2, metavar=("H", "W"), help="draw rooms at this size, whatever "
                       "the phase's (default: at the phase's)")
    group.add_argument("--reuse", type=int, default=3, help="one frame in so many is new")
    group.add_argument("--pool", type=int, default=POOL, help="frames kept for reuse, per process")
    group.add_argument("--disturb", type=float, default=1.0, metavar="SHARE", help="of frames whose light and colours "
                       "are changed at random, beyond what rooms have of that")
    group.add_argument("--without", nargs="+", choices=FEATURES, default=(), help="leave out of rooms")
    group.add_argument("--first-room", type=int, default=0, help="seed of the first room")


def _add_machine(group) -> None:
    group.add_argument("--device", default="cpu", help="cpu or cuda")
    group.add_argument("--processes", type=int, default=2, help="that train side by side on a CPU, one thread each")
    group.add_argument("--workers", type=int, default=0, help="processes that draw or read frames, for each that "
                       "trains; with cuda all processors unless given")
    group.add_argument("--bf16", action="store_true", help="bfloat16 autocast, where the processor has it")
    group.add_argument("--winograd", action="store_true", help="in frozen phases convolutions of a quarter of the "
                       "products, on a processor with AVX-512, compiled first by $CXX or c++; without --bf16")


def _process(rank: int, options: argparse.Namespace, meeting: str) -> None:
    """One of the training processes; they meet at a file."""
    signal.signal(signal.SIGINT, signal.default_int_handler)     # comes when the parent is gone, in background jobs too
    torch.set_num_threads(1)
    if options.winograd:
        convolution.use_winograd(options.winograd)
    if meeting:
        distributed.init_process_group("gloo", init_method=meeting, rank=rank, world_size=options.processes)
    Training(options, rank, options.processes).run()
    if meeting:
        distributed.destroy_process_group()


def _settle_filters(options: argparse.Namespace) -> None:
    """The widths, if none are given; stops before any process begins if those of `--start` do not fit."""
    if not options.start:
        options.filters = options.filters or NARROW_FILTERS
        return
    try:
        narrow = starting_weights(options.start)["filters"]
        options.filters = options.filters or narrow
        times_as_wide(options.filters, narrow)
    except (OSError, ValueError) as error:
        parser().error(f"--start {options.start}: {error}")


def main() -> None:
    options = parser().parse_args()
    _settle_filters(options)
    if options.winograd and (options.bf16 or options.device != "cpu"):
        parser().error("--winograd computes in float32 on a processor: leave out --bf16 and --device")
    options.scale = dict(zip(TASK_NAMES, options.scale))
    if options.device.startswith("cuda"):
        options.processes = 1
        options.workers = options.workers or os.cpu_count() or 1
        torch.backends.cudnn.benchmark = True
    with tempfile.TemporaryDirectory() as folder:
        if options.winograd:
            try:
                options.winograd = convolution.compile_winograd(Path(folder))
            except RuntimeError as error:
                parser().error(f"--winograd: {error}")
        if options.processes == 1:
            _process(0, options, "")
        else:
            multiprocessing.spawn(_process, (options, f"file://{folder}/meeting"), options.processes)


if __name__ == "__main__":
    main()
