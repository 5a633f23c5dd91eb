"""The peers: how each loads its network and runs it, with the settings that are fastest for it.

Imports happen where they are needed, so that a process holds one runtime and nothing of the others.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

TASKS = ("segmentation", "depth", "normals")
Run = Callable[[Any], list[Any]]  # image [1, 3, H, W] -> log-probabilities, depth, normals, as fp32 NumPy arrays


class Unsupported(Exception):
    """Why this machine cannot run a peer."""


@dataclass(frozen=True)
class Peer:
    runtime: str
    package: str
    precision: str
    load: Callable[[Path, str, int], Run]
    environment: dict[str, str] = field(default_factory=dict)  # of a process that runs it many times


# PyTorch takes every feature map from malloc, which by default gives large ones back to Linux after each use.
KEEP_MEMORY = {"GLIBC_TUNABLES": "glibc.malloc.hugetlb=1:glibc.malloc.mmap_threshold=4294967296"
                                 ":glibc.malloc.trim_threshold=8589934592"}


def cache(folder: Path) -> Path:
    """Where a runtime keeps what it has made of its network for this processor."""
    path = folder / os.environ.get("PEERS_CACHE", "cache")
    path.mkdir(exist_ok=True)
    return path


def load_torch(folder: Path, precision: str, threads: int) -> Run:
    import torch

    import exportable  # noqa: F401, the module that is loaded names its classes

    torch.set_num_threads(threads)
    torch.set_num_interop_threads(1)
    network = torch.load(folder / f"torch-{precision}.pt", mmap=True, weights_only=False)
    element = torch.bfloat16 if precision == "bf16" else torch.float32

    @torch.inference_mode()
    def run(image: Any) -> list[Any]:
        x = torch.from_numpy(image).to(dtype=element, memory_format=torch.channels_last)
        return [map.numpy() for map in network(x)]

    return run


def load_onnx_runtime(folder: Path, precision: str, threads: int) -> Run:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    optimized = cache(folder) / "network.onnx"
    if not optimized.exists():
        optimize(folder / "network.onnx", optimized)
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(optimized, options, providers=["CPUExecutionProvider"])
    return lambda image: session.run(None, {"image": image})


def optimize(network: Path, optimized: Path) -> None:
    """Makes all of ONNX Runtime's graph optimizations once, which shortens each later start."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    unfinished = optimized.with_suffix(".unfinished")
    options.optimized_model_filepath = str(unfinished)
    options.log_severity_level = 3  # it warns that the file is for this processor, for which it is
    onnxruntime.InferenceSession(network, options, providers=["CPUExecutionProvider"])
    unfinished.rename(optimized)


def load_openvino(folder: Path, precision: str, threads: int) -> Run:
    import openvino

    core = openvino.Core()
    if precision == "bf16" and "BF16" not in core.get_property("CPU", "OPTIMIZATION_CAPABILITIES"):
        raise Unsupported("OpenVINO finds no bf16 arithmetic in this processor")
    settings = {
        "PERFORMANCE_HINT": "LATENCY",
        "INFERENCE_PRECISION_HINT": {"fp32": "f32", "bf16": "bf16"}[precision],
        "INFERENCE_NUM_THREADS": threads,
        "CACHE_DIR": str(cache(folder)),
    }
    request = core.compile_model(folder / "network.xml", "CPU", settings).create_infer_request()

    def run(image: Any) -> list[Any]:
        request.infer({0: openvino.Tensor(image, shared_memory=True)})
        return [request.get_output_tensor(index).data for index in range(3)]

    return run


PEERS = {
    "pytorch-fp32": Peer("PyTorch", "torch", "fp32", load_torch, KEEP_MEMORY),
    "onnxruntime-fp32": Peer("ONNX Runtime", "onnxruntime", "fp32", load_onnx_runtime),
    "openvino-fp32": Peer("OpenVINO", "openvino", "fp32", load_openvino),
    "pytorch-bf16": Peer("PyTorch", "torch", "bf16", load_torch, KEEP_MEMORY),
    "openvino-bf16": Peer("OpenVINO", "openvino", "bf16", load_openvino),
}


def load(name: str, folder: Path, threads: int) -> Run:
    peer = PEERS[name]
    return peer.load(folder, peer.precision, threads)
