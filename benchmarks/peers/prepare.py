"""Writes the network for every runtime, the photo, and what PyTorch computes from them, into one folder.

weights.safetensors   for mtan: the state dict as it is
torch-fp32.pt, -bf16  folded, channels-last modules
network.onnx          folded, exportable, fp32
network.xml, .bin     the same in OpenVINO's own format, not compressed to half floats
photo.jpg             the photo from which first results are timed
photo.png, image.npy  the photo at the network's size and with noise, as file and as the network's input
reference.npz         PyTorch's outputs in fp32, from the network as it is
"""

import argparse
import shutil
import sys
from pathlib import Path

import numpy as np
import openvino
import torch
from PIL import Image
from safetensors.torch import save_file

from exportable import Exportable, folded, random_network
from runtimes import TASKS


def write_photo(photo: Path, size: tuple[int, int], folder: Path) -> torch.Tensor:
    """Returns [1, 3, height, width] in [0, 1]."""
    shutil.copyfile(photo, folder / "photo.jpg")
    small = np.asarray(Image.open(photo).convert("RGB").resize(size, Image.Resampling.BILINEAR), np.float32)
    noise = np.random.default_rng(0).normal(0, 2, small.shape)  # a camera's: drawn surfaces are flat, photos are not
    small = (small + noise).round().clip(0, 255).astype(np.uint8)
    Image.fromarray(small).save(folder / "photo.png")
    image = np.ascontiguousarray(small.transpose(2, 0, 1)[None].astype(np.float32) / 255)
    np.save(folder / "image.npy", image)
    return torch.from_numpy(image)


def write_torch(network: torch.nn.Module, folder: Path) -> None:
    network = network.to(memory_format=torch.channels_last)
    torch.save(network, folder / "torch-fp32.pt")
    torch.save(network.bfloat16(), folder / "torch-bf16.pt")


def write_exports(network: torch.nn.Module, image: torch.Tensor, folder: Path) -> None:
    onnx = folder / "network.onnx"
    # The exporter that traces keeps constants and shapes as numbers; runtimes fold them.
    torch.onnx.export(network, (image,), onnx, opset_version=18, dynamo=False,
                      input_names=["image"], output_names=list(TASKS))
    openvino.save_model(openvino.convert_model(onnx), folder / "network.xml", compress_to_fp16=False)


@torch.inference_mode()
def prepare(folder: Path, width: int, seed: int, photo: Path, size: tuple[int, int]) -> None:
    network = random_network(width, seed)
    state = {name: tensor for name, tensor in network.state_dict().items() if "num_batches" not in name}
    save_file(state, folder / "weights.safetensors")
    image = write_photo(photo, size, folder)
    np.savez(folder / "reference.npz", **{task: map.numpy() for task, map in zip(TASKS, network(image))})
    network = folded(network)
    write_exports(Exportable.copy_of(network), image, folder)
    write_torch(network, folder)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--width", type=int, required=True)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--photo", type=Path, required=True)
    parser.add_argument("--size", type=int, nargs=2, metavar=("WIDTH", "HEIGHT"), required=True)
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    prepare(options.folder, options.width, options.seed, options.photo, tuple(options.size))
    print("prepared", options.folder, file=sys.stderr)


if __name__ == "__main__":
    main()
