"""Holds every runtime to AVX2 on a processor that has more."""

import importlib.util
import shutil
from pathlib import Path

# XGETBV with ECX = 0 says which registers the operating system saves; code for AVX-512 is chosen only where it saves
# those of AVX-512. "push 7; pop rax" is as long and says that it saves those of SSE and AVX.
ASK = bytes.fromhex("31c9 0f01d0")
ANSWER = bytes.fromhex("31c9 6a0758")


def hold_to_avx2(folder: Path) -> dict[str, str]:
    """What to add to the environment: settings where a runtime has one, and a changed copy of ONNX Runtime."""
    return {
        "ATEN_CPU_CAPABILITY": "avx2",        # PyTorch's own kernels
        "ONEDNN_MAX_CPU_ISA": "AVX2",         # oneDNN, in PyTorch and in OpenVINO
        "DNNL_MAX_CPU_ISA": "AVX2",
        "MKL_ENABLE_INSTRUCTIONS": "AVX2",
        "OPENBLAS_CORETYPE": "Haswell",       # mtan's portable path
        "PEERS_CACHE": "cache-avx2",
        "PYTHONPATH": str(onnx_runtime_without_avx512(folder / "avx2")),
    }


def onnx_runtime_without_avx512(folder: Path) -> Path:
    """A folder with a copy of ONNX Runtime that believes that the operating system does not know AVX-512.

    ONNX Runtime itself has no setting for this: its kernels are chosen by CPUID and XGETBV alone.
    """
    original = Path(importlib.util.find_spec("onnxruntime").origin).parent
    copy = folder / "onnxruntime"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(original, copy)
    for library in copy.glob("capi/*.so*"):
        library.write_bytes(library.read_bytes().replace(ASK, ANSWER))
    return folder.resolve()
