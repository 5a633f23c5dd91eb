"""Holds a running server against tritonclient.http, as it comes from PyPI.

    pip install 'tritonclient[http]'
    python benchmarks/server/triton.py 127.0.0.1:8000
"""

import base64
import sys

import numpy as np
import tritonclient.http as http
from tritonclient.utils import InferenceServerException


def image(photo: bytes, binary: bool) -> http.InferInput:
    tensor = http.InferInput("image", [1], "BYTES")
    data = photo if binary else base64.b64encode(photo)
    tensor.set_data_from_numpy(np.array([data], dtype=object), binary_data=binary)
    return tensor


def floats(values: np.ndarray, binary: bool) -> http.InferInput:
    tensor = http.InferInput("input", list(values.shape), "FP32")
    tensor.set_data_from_numpy(values, binary_data=binary)
    return tensor


client = http.InferenceServerClient(sys.argv[1])
photo = open("examples/room.jpg", "rb").read()
model = "mtan-rooms"

assert client.is_server_live() and client.is_server_ready()
assert client.is_model_ready(model) and client.is_model_ready(model, "1") and not client.is_model_ready("none")
assert client.get_server_metadata()["name"] == "mtan"
names = [output["name"] for output in client.get_model_metadata(model)["outputs"]]
assert {"segmentation", "depth", "normals", "depth.png"} <= set(names), names

first = client.infer(model, [image(photo, True)])
height, width = first.as_numpy("depth").shape[2:]
assert first.as_numpy("segmentation").shape == (1, 13, height, width) and height % 32 == width % 32 == 0
assert first.as_numpy("depth").dtype == np.float32

wanted = [http.InferRequestedOutput("depth", binary_data=False), http.InferRequestedOutput("depth.png")]
second = client.infer(model, [image(photo, False)], outputs=wanted, request_id="abc", model_version="1")
assert second.get_response()["id"] == "abc"
assert np.array_equal(first.as_numpy("depth"), second.as_numpy("depth"))
assert second.as_numpy("depth.png")[0].startswith(b"\x89PNG")

values = np.random.default_rng(1).random((2, 3, 64, 96), dtype=np.float32)
outputs = [client.infer(model, [floats(values, binary)]).as_numpy("normals") for binary in (True, False)]
assert outputs[0].shape == (2, 3, 64, 96) and np.array_equal(*outputs)

try:
    client.infer("none", [floats(values, True)])
    raise SystemExit("expected an error for a model that is not there")
except InferenceServerException as error:
    assert "no model is called" in error.message(), error
print("metadata, health, images and tensors, in JSON and in binary: fine")
