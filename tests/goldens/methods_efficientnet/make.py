"""Eight methods on EfficientNet-Lite0, by captum, shap and pytorch-grad-cam.

    make.py INPUTS.safetensors HALF.safetensors

INPUTS holds the preprocessed pictures, HALF the weights that the repository ships; both are read. Writes
arrays.safetensors (what each case should give) and cases.json (what each case is), as `methods_small/make.py` does; here
`picture` and `pictures` name samples of the gallery, and `compare` can be:

    all               the whole map
    sample8           values[:, :, 3::8, 3::8]
    sample-channels   values[:, ::4, ::7, ::7]

The peers compute in double precision, so that what differs is ours alone. Now and then a unit comes within single
precision's rounding of where its ReLU6 bends, and its gradient is there or not: for some pictures the same peers in
single precision are up to 0.03 of the largest magnitude off, in a few places. The picture, the seeds and the steps here
are such that this hardly happens: the peers are asked in single precision too, and have to agree within 1e-3 there.

What a peer says besides is in arrays of its own, sampled alike where it is a map: NAME/variance,
NAME/convergence-delta, NAME/sum-gap.
"""

import json
import sys
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from unittest.mock import patch

import numpy as np
import shap
import torch
from captum.attr import (
    InputXGradient,
    IntegratedGradients,
    LayerActivation,
    LayerGradCam,
    NoiseTunnel,
    Occlusion,
    Saliency,
)
from efficientnet_lite_pytorch import EfficientNet
from pytorch_grad_cam import GradCAM as PytorchGradCam
from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget
from safetensors.numpy import save_file
from safetensors.torch import load_file
from torch import nn

HERE = Path(__file__).parent
PICTURE = "dog.jpg"
PICTURES = ["chelsea.png", "coffee.png", "panda.jpg"]
CLASSES = [235, 249]  # German shepherd, malamute
MEAN, STD = 127.0, 128.0
TOLERANCE = 1e-3  # of the largest magnitude
SAMPLES = {
    "all": lambda values: values,
    "sample8": lambda values: values[:, :, 3::8, 3::8],
    "sample-channels": lambda values: values[:, ::4, ::7, ::7],
}


def load(state: dict) -> nn.Module:
    model = EfficientNet.from_name("efficientnet-lite0")
    missing, surplus = model.load_state_dict({name: value.to(torch.get_default_dtype()) for name, value in state.items()}, strict=False)
    assert not surplus and all(name.endswith("num_batches_tracked") for name in missing), (missing, surplus)
    # What enters the pooling is the head after its ReLU6, which is a module that the stem uses too: it gets a name.
    model._avg_pooling = nn.Sequential(nn.Identity(), model._avg_pooling)
    for parameter in model.parameters():
        parameter.requires_grad_(False)
    return model.to(torch.get_default_dtype()).eval()


class FromBlock3(nn.Module):
    """The network from the input of `blocks.3` on, and of its scores those of CLASSES."""

    def __init__(self, model: nn.Module):
        super().__init__()
        self.model = model

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        model = self.model
        for block in model._blocks[3:]:
            x = block(x)
        x = model._avg_pooling(model._swish(model._bn1(model._conv_head(x))))
        return model._fc(x.flatten(1))[:, CLASSES]


class Classes(nn.Module):
    """The network's scores of CLASSES."""

    def __init__(self, model: nn.Module):
        super().__init__()
        self.model = model

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.model(x)[:, CLASSES]


def level(value: float) -> torch.Tensor:
    return torch.full((1, 3, 1, 1), (value - MEAN) / STD, dtype=torch.get_default_dtype())


@contextmanager
def numpys_noise(seed: int):
    """Normal numbers of NumPy's legacy generator wherever captum asks PyTorch for some."""
    np.random.seed(seed)
    normal = lambda size: torch.from_numpy(np.random.normal(size=tuple(size)).astype(np.float32))
    draw = lambda mean, std: mean + normal(std.shape).to(std.dtype) * std
    with patch("torch.normal", draw):
        yield


CASES, ARRAYS = [], {}


def add(name, peer, method, values, compare, *, parameters=None, layer=None, pictures=None, note="", **more) -> None:
    package, what = peer
    case = {
        "name": name,
        "peer": f"{package} {version(package)} {what}",
        "method": method,
        "network": "efficientnet-lite0",
        "layer": layer,
        "targets": CLASSES,
        "score": "logit",
        "parameters": parameters or {},
        "pictures": pictures,
        "picture": PICTURE,
        "compare": compare,
        "tolerance": TOLERANCE,
        "note": note,
    }
    CASES.append(case)
    for key, value in {"": values, **more}.items():
        value = value.detach().numpy() if isinstance(value, torch.Tensor) else np.asarray(value)
        value = np.ascontiguousarray(SAMPLES[compare](value) if value.ndim == 4 else value, np.float32)
        assert np.isfinite(value).all() and value.nbytes <= 64 << 10, (name, key, value.shape)
        ARRAYS[f"{name}/{key.replace('_', '-')}" if key else name] = value


def each(attribute) -> torch.Tensor:
    return torch.cat([attribute(target).detach() for target in CLASSES])


def scores(model: nn.Module, x: torch.Tensor) -> torch.Tensor:
    with torch.no_grad():
        return model(x)


def at_the_picture(model: nn.Module, x: torch.Tensor) -> None:
    method = Saliency(model)
    add("captum-saliency", ("captum", "Saliency, abs=False"), "saliency",
        each(lambda target: method.attribute(x, target, abs=False)), "sample8")
    method = InputXGradient(model)
    add("captum-gradient-x-input", ("captum", "InputXGradient"), "gradient-x-input",
        each(lambda target: method.attribute(x, target)), "sample8")

    method, grey = IntegratedGradients(model), level(127.5).expand_as(x)
    values = each(lambda target: method.attribute(x, grey, target, n_steps=8))
    delta = values.sum((1, 2, 3)) - (scores(model, x) - scores(model, grey))[0, CLASSES]
    add("captum-integrated-gradients", ("captum", "IntegratedGradients, gausslegendre"), "integrated-gradients", values,
        "sample8", parameters={"steps": 8, "baseline": "grey"}, convergence_delta=delta)

    tunnel, sigma = NoiseTunnel(Saliency(model)), 0.15 * float(x.max() - x.min())

    def smooth(target: int) -> torch.Tensor:
        with numpys_noise(1):
            return tunnel.attribute(x, nt_type="smoothgrad", nt_samples=5, stdevs=sigma, target=target, abs=False)

    add("captum-smooth-grad", ("captum", "NoiseTunnel, smoothgrad, of Saliency, abs=False"), "smooth-grad", each(smooth),
        "sample8", parameters={"samples": 5, "noise": "relative-normalised", "sigma": 0.15, "seed": 1},
        note="the noise is NumPy's, in the order of the samples, each [channels, height, width]")

    method = Occlusion(model)
    values = each(lambda target: method.attribute(x, (3, 64, 64), (3, 48, 48), level(127.5).expand_as(x), target))
    assert (values == values[:, :1]).all()
    add("captum-occlusion", ("captum", "Occlusion"), "occlusion", values[:, :1], "sample8",
        parameters={"window": 64, "stride": 48, "fill": "grey"}, note="windows over all channels, one of which is kept")


def expected_gradients(model: nn.Module, x: torch.Tensor, background: torch.Tensor) -> None:
    # The layer's input activations are the pictures of what follows the layer. shap's TensorFlow explainer looks at a
    # layer in this way; its PyTorch explainer, given model and layer, would mix pixels.
    before = {}
    with model._blocks[3].register_forward_pre_hook(lambda _, inputs: before.setdefault("x", inputs[0])):
        all = scores(model, torch.cat([x, background]))[:, CLASSES]
    end = FromBlock3(model)
    assert (scores(end, before["x"]) - all).abs().max() < 1e-3
    gap = lambda values: values.sum((1, 2, 3)) - (all[0] - all[1:].mean(0)).numpy()

    for name, layer, network, inputs, seed in [
        ("shap-expected-gradients", None, Classes(model), torch.cat([x, background]), 3),
        ("shap-expected-gradients-blocks.3", "blocks.3", end, before["x"], 2),
    ]:
        explainer = shap.GradientExplainer(network, inputs[1:])
        values, variances = explainer.shap_values(inputs[:1], nsamples=8, rseed=seed, return_variances=True)
        values = np.moveaxis(values[0], -1, 0)
        add(name, ("shap", "GradientExplainer, PyTorch"), "expected-gradients", values, "sample8", layer=layer,
            parameters={"samples": 8, "seed": seed}, pictures=PICTURES, variance=np.stack(variances)[:, 0],
            sum_gap=gap(values), note="shap was given the network from blocks.3 on, and what enters it" if layer else "")


def at_a_layer(model: nn.Module, x: torch.Tensor) -> None:
    head = model._avg_pooling[0]
    x = x.clone().requires_grad_()
    method = LayerGradCam(model, head)
    add("captum-grad-cam-head", ("captum", "LayerGradCam"), "grad-cam", each(lambda target: method.attribute(x, target)),
        "all", layer="head", parameters={"relu": False})

    maps = []
    for target in CLASSES:
        with PytorchGradCam(model, [head]) as cam:
            wanted = [ClassifierOutputTarget(target)]
            cam(x, wanted)
            taken = cam.activations_and_grads
            activation, gradient = taken.activations[0].numpy(), taken.gradients[0].numpy()
            maps.append(np.maximum(cam.get_cam_image(x, head, wanted, activation, gradient), 0))
    add("pytorch-grad-cam-head", ("grad-cam", "GradCAM"), "grad-cam", np.stack(maps), "all", layer="head",
        parameters={"relu": True}, note="after its ReLU, before it is scaled to 0..1 and resized")

    add("captum-activations-blocks.2", ("captum", "LayerActivation"), "activations",
        LayerActivation(model, model._blocks[2]).attribute(x), "sample-channels", layer="blocks.2")


def ask(dtype: torch.dtype) -> dict[str, np.ndarray]:
    """All cases in this precision."""
    CASES.clear()
    ARRAYS.clear()
    torch.set_default_dtype(dtype)
    inputs = {name: x.to(dtype) for name, x in load_file(sys.argv[1]).items()}
    model = load(load_file(sys.argv[2]))
    x = inputs[PICTURE]
    at_the_picture(model, x)
    expected_gradients(model, x, torch.cat([inputs[name] for name in PICTURES]))
    at_a_layer(model, x)
    return dict(ARRAYS)


def main() -> None:
    torch.set_num_threads(1)
    single, double = ask(torch.float32), ask(torch.float64)
    for case in CASES:
        name = case["name"]
        off = np.abs(single[name] - double[name]).max() / np.abs(double[name]).max()
        print(f"{name}: in single precision the peer is {off:.1e} off")
        assert off <= TOLERANCE, "a unit at the bend of its ReLU6: choose another picture, seed or number of steps"
    save_file(ARRAYS, HERE / "arrays.safetensors")
    lines = ",\n".join(json.dumps(case, ensure_ascii=False) for case in CASES)
    (HERE / "cases.json").write_text(f"[\n{lines}\n]\n", encoding="utf-8")


if __name__ == "__main__":
    main()
