"""Eight methods on two small networks, by captum, shap, pytorch-grad-cam and tf-explain.

    make.py

Writes weights.safetensors (the networks), arrays.safetensors (the pictures, and what each case should give) and
cases.json (what each case is; a parameter that a case does not name has its default). One object a case:

    name        also the array's: [targets, channels, height, width]
    peer        who computed it
    network     "colour" or "grey", whose layers are conv1, relu1, conv2, relu2, pool, dense
    layer       for expected gradients the layer whose input is looked at, else the one whose output is; null: the picture
    picture     an array, preprocessed as (level - 127.5) / 127.5
    pictures    an array that holds several: the background, or the baseline (the first)
    compare     "all", or "absolute": our values' magnitudes with the peer's
    scaled      absent, or false: picture and pictures are raw levels, which the network gets unscaled
    offset      absent, or how many pictures the peer was given before this one, from one random stream
    tolerance   of the largest difference, as a share of the largest magnitude

What a peer says besides is in arrays of its own: NAME/variance, NAME/convergence-delta, NAME/sum-gap, NAME/ranking.
"""

import json
import os
from collections import OrderedDict
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from unittest.mock import patch

os.environ |= {"CUDA_VISIBLE_DEVICES": "-1", "TF_CPP_MIN_LOG_LEVEL": "3"}

# First: what it loads of LLVM cannot be loaded after TensorFlow's.
from pytorch_grad_cam import GradCAM as PytorchGradCam
from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget

import keras
import numpy as np
import shap
import tensorflow as tf
import torch
from captum.attr import (
    InputXGradient,
    IntegratedGradients,
    LayerActivation,
    LayerGradCam,
    LayerIntegratedGradients,
    NoiseTunnel,
    Occlusion,
    Saliency,
)
from safetensors.numpy import save_file
from scipy.ndimage import gaussian_filter
from tf_explain.core.activations import ExtractActivations
from tf_explain.core.grad_cam import GradCAM as TfExplainGradCam
from tf_explain.core.occlusion_sensitivity import OcclusionSensitivity
from tf_explain.core.smoothgrad import SmoothGrad
from tf_explain.utils.image import apply_grey_patch
from torch import nn

HERE = Path(__file__).parent
CLASSES = 5
# Channels, height and width, which differ so that swapping them shows; then how many pictures the background has.
NETWORKS = {"colour": ((3, 11, 14), 4), "grey": ((1, 9, 7), 3)}
SCORES = {"logit": nn.Identity(), "probability": nn.Softmax(1), "log-probability": nn.LogSoftmax(1)}
MEAN = STD = 127.5


def nchw(x) -> np.ndarray:
    return np.transpose(np.asarray(x), (0, 3, 1, 2))


def nhwc(x) -> np.ndarray:
    return np.transpose(np.asarray(x), (0, 2, 3, 1))


class Network:
    """One network in PyTorch and in Keras, its weights, a picture and a background."""

    def __init__(self, name: str, seed: int):
        (channels, height, width), count = NETWORKS[name]
        random = np.random.default_rng(seed)
        shapes = {"conv1": (6, channels, 3, 3), "conv2": (8, 6, 3, 3), "dense": (CLASSES, 8)}
        self.weights = {}
        for layer, shape in shapes.items():
            # As large as keeps the activations' size; the averages that the dense layer gets vary less.
            scale = 2.5 if layer == "dense" else np.sqrt(2 / np.prod(shape[1:]))
            self.weights[f"{layer}.weight"] = (random.normal(size=shape) * scale).astype(np.float32)
            self.weights[f"{layer}.bias"] = (random.normal(size=shape[0]) * 0.2).astype(np.float32)

        # Each picture has a tint and a contrast of its own, so that their scores differ.
        tint = random.uniform(60, 195, (1 + count, channels, 1, 1))
        contrast = random.uniform(30, 80, (1 + count, 1, 1, 1))
        levels = tint + contrast * random.normal(size=(1 + count, channels, height, width))
        pictures = ((np.clip(np.rint(levels), 0, 255) - MEAN) / STD).astype(np.float32)
        self.name, self.picture, self.pictures = name, pictures[:1], pictures[1:]
        self.x = torch.from_numpy(self.picture)
        self.levels = np.rint(self.picture * STD + MEAN).astype(np.float32)
        # So dark that the probabilities of raw levels are not all 0 or 1.
        self.dim = np.rint(self.levels / 64).astype(np.float32)
        self.twice = ((self.pictures - MEAN) / STD).astype(np.float32)

        self.torch = self.in_torch(channels, height, width)
        # The picture in, one up to the logits and one up to the probabilities; and one that gets raw levels.
        self.logits, self.probabilities = self.in_keras(channels, height, width)
        raw = keras.Input((height, width, channels))
        self.raw = keras.Model(raw, self.probabilities(keras.layers.Rescaling(1 / STD, -MEAN / STD)(raw)))
        every = np.concatenate([self.picture, self.pictures])
        difference = np.abs(self.score(every) - self.logits(nhwc(every)).numpy()).max()
        assert difference < 1e-5, difference

    def in_torch(self, channels: int, height: int, width: int) -> nn.Module:
        def padding(size: int) -> tuple:
            # TensorFlow's SAME, for a kernel of 3 and a stride of 2: the odd one goes to the end.
            total = max((-(-size // 2) - 1) * 2 + 3 - size, 0)
            return total // 2, total - total // 2

        layers = OrderedDict(
            pad=nn.ZeroPad2d((*padding(width), *padding(height))),
            conv1=nn.Conv2d(channels, 6, 3, 2),
            relu1=nn.ReLU(),
            conv2=nn.Conv2d(6, 8, 3, padding=1),
            relu2=nn.ReLU(),
            pool=nn.AdaptiveAvgPool2d(1),
            flatten=nn.Flatten(),
            dense=nn.Linear(8, CLASSES),
        )
        model = nn.Sequential(layers)
        model.load_state_dict({name: torch.from_numpy(value) for name, value in self.weights.items()})
        return model.eval()

    def in_keras(self, channels: int, height: int, width: int) -> tuple:
        layers = keras.layers
        x = start = keras.Input((height, width, channels))
        x = layers.Conv2D(6, 3, 2, padding="same", name="conv1")(x)
        x = layers.ReLU(name="relu1")(x)
        x = layers.Conv2D(8, 3, padding="same", name="conv2")(x)
        x = layers.ReLU(name="relu2")(x)
        x = layers.GlobalAveragePooling2D(name="pool")(x)
        x = layers.Dense(CLASSES, name="dense")(x)
        logits = keras.Model(start, x)
        for name in ["conv1", "conv2", "dense"]:
            weight, bias = self.weights[f"{name}.weight"], self.weights[f"{name}.bias"]
            weight = weight.T if weight.ndim == 2 else np.transpose(weight, (2, 3, 1, 0))
            logits.get_layer(name).set_weights([weight, bias])
        return logits, keras.Model(start, layers.Softmax(name="softmax")(x))

    def scored(self, score: str) -> nn.Module:
        return nn.Sequential(self.torch, SCORES[score])

    def score(self, x: np.ndarray, score: str = "logit") -> np.ndarray:
        with torch.no_grad():
            return self.scored(score)(torch.from_numpy(x)).numpy()

    def baseline(self, word: str, seed: int = 0) -> torch.Tensor:
        """What `word` names, preprocessed and of the picture's shape."""
        shape = self.picture.shape
        if word == "picture":
            value = self.pictures[:1]
        elif word == "mean":
            value = self.picture.mean((2, 3), keepdims=True)
        elif word == "noise":
            np.random.seed(seed)
            value = (np.random.uniform(size=shape).astype(np.float32) * 255 - MEAN) / STD
        elif word == "blur":
            # A Gaussian of an eighth of the shorter side, whose weights add up to 1 at the borders too.
            sigma = min(shape[2:]) / 8
            blur = lambda x: gaussian_filter(x, sigma, mode="constant", axes=(2, 3), truncate=100)
            value = blur(self.picture.astype(np.float64)) / blur(np.ones(shape))
        else:
            levels = {"black": "0", "white": "255", "grey": "127.5"}.get(word, word)
            value = (np.array(levels.split(","), np.float32).reshape(1, -1, 1, 1) - MEAN) / STD
        return torch.from_numpy(np.broadcast_to(value, shape).astype(np.float32).copy())


CASES, ARRAYS = [], {}


def add(name, peer, method, network, values, *, targets, parameters=None, layer=None, score="logit", pictures=False,
        compare="all", note="", picture="input", background="pictures", scaled=True, offset=0, **more) -> None:
    package, what = peer
    case = {
        "name": name,
        "peer": f"{package} {version(package)} {what}",
        "method": method,
        "network": network.name,
        "layer": layer,
        "targets": targets,
        "score": score,
        "parameters": parameters or {},
        "pictures": [f"{background}/{network.name}"] if pictures else None,
        "picture": f"{picture}/{network.name}",
        "compare": compare,
        "tolerance": 1e-3,
        "note": note,
    }
    case |= {} if scaled else {"scaled": False}
    case |= {"offset": offset} if offset else {}
    assert name not in ARRAYS, name
    CASES.append(case)
    more = {f"{name}/{key.replace('_', '-')}": value for key, value in more.items()}
    for key, value in {name: values, **more}.items():
        value = value.detach().numpy() if isinstance(value, torch.Tensor) else np.asarray(value)
        assert np.isfinite(value).all() and value.nbytes <= 64 << 10, (key, value.shape)
        ARRAYS[key] = np.ascontiguousarray(value, np.float32)


def each(targets, attribute) -> torch.Tensor:
    return torch.cat([attribute(target).detach() for target in targets])


def gradients(network: Network) -> None:
    for score, targets in [("logit", [0, 1, 2, 3, 4]), ("probability", [1, 4]), ("log-probability", [1, 4])]:
        model = network.scored(score)
        saliency, product = Saliency(model), InputXGradient(model)
        values = each(targets, lambda target: saliency.attribute(network.x, target, abs=False))
        add(f"captum-saliency-{network.name}-{score}", ("captum", "Saliency, abs=False"), "saliency", network, values,
            targets=targets, score=score)
        values = each(targets, lambda target: product.attribute(network.x, target))
        add(f"captum-gradient-x-input-{network.name}-{score}", ("captum", "InputXGradient"), "gradient-x-input", network,
            values, targets=targets, score=score)


QUADRATURES = {
    "gauss-legendre": "gausslegendre",
    "trapezoid": "riemann_trapezoid",
    "riemann-left": "riemann_left",
    "riemann-middle": "riemann_middle",
    "riemann-right": "riemann_right",
    "riemann-trapezoid": "riemann_trapezoid",
}


def integrated_gradients(network: Network, suffix: str, score="logit", targets=(0, 3), **parameters) -> None:
    steps = parameters.get("steps", 50)
    trapezoid = parameters.get("quadrature") == "trapezoid"
    baseline = network.baseline(parameters.get("baseline", "black"), parameters.get("seed", 0))
    method = IntegratedGradients(network.scored(score))
    rule = QUADRATURES[parameters.get("quadrature", "gauss-legendre")]
    values = each(targets, lambda target: method.attribute(network.x, baseline, target, n_steps=steps, method=rule))
    if trapezoid:
        values = values * steps / (steps - 1)
    ends = network.score(network.picture, score) - network.score(baseline.numpy(), score)
    delta = values.sum((1, 2, 3)) - ends[0, list(targets)]
    note = "captum weighs n points by 1/n, halved at the ends: its values times n/(n-1)" if trapezoid else ""
    add(f"captum-integrated-gradients-{network.name}-{suffix}", ("captum", f"IntegratedGradients, {rule}"),
        "integrated-gradients", network, values, targets=list(targets), score=score, parameters=parameters, note=note,
        pictures=parameters.get("baseline") == "picture", convergence_delta=delta)


def integrated_gradients_of_a_layer(network: Network, suffix: str, layer: str, targets=(0, 3), **parameters) -> None:
    """captum's path between what enters `layer` for the picture and for the baseline."""
    steps, baseline = parameters.get("steps", 50), network.baseline(parameters.get("baseline", "black"))
    method = LayerIntegratedGradients(network.torch, getattr(network.torch, layer))
    values = each(targets, lambda target: method.attribute(
        network.x, baseline, target, n_steps=steps, attribute_to_layer_input=True))
    ends = network.score(network.picture) - network.score(baseline.numpy())
    add(f"captum-integrated-gradients-{network.name}-{suffix}", ("captum", "LayerIntegratedGradients, attribute_to_layer_input"),
        "integrated-gradients", network, values, targets=list(targets), layer=layer, parameters=parameters,
        pictures=parameters.get("baseline") == "picture", convergence_delta=values.sum((1, 2, 3)) - ends[0, list(targets)])


@contextmanager
def numpys_noise(seed: int):
    """Normal numbers of NumPy's legacy generator wherever captum asks PyTorch for some."""
    np.random.seed(seed)
    draw = lambda mean, std: mean + torch.from_numpy(np.random.normal(size=tuple(std.shape)).astype(np.float32)) * std
    with patch("torch.normal", draw):
        yield


def smooth_grad(network: Network, suffix: str, score="logit", targets=(0, 3), **parameters) -> None:
    sigma = parameters.get("sigma", 0.15)
    sigma = sigma / STD if parameters.get("noise") == "absolute" else sigma * float(np.ptp(network.picture))
    variant = parameters.get("variant", "mean")
    kind = {"squared": "smoothgrad_sq", "variance": "vargrad"}.get(variant, "smoothgrad")
    tunnel = NoiseTunnel(Saliency(network.scored(score)))
    # captum's σ is in the network's units, so a relative one is a fraction of the range in those units.
    parameters = {"noise": "relative-normalised"} | parameters

    def attribute(target: int) -> torch.Tensor:
        with numpys_noise(parameters.get("seed", 0)):
            return tunnel.attribute(network.x, nt_type=kind, nt_samples=parameters.get("samples", 50), stdevs=sigma,
                                    target=target, abs=variant == "magnitude")

    add(f"captum-smooth-grad-{network.name}-{suffix}",
        ("captum", f"NoiseTunnel, {kind}, of Saliency, abs={variant == 'magnitude'}"), "smooth-grad", network,
        each(targets, attribute), targets=list(targets), score=score, parameters=parameters,
        note="the noise is NumPy's, in the order of the samples, each [channels, height, width]")


def smooth_grad_of_two(network: Network, targets=(0, 3), **parameters) -> None:
    """The second of two pictures, whose noise follows that of the first."""
    both = torch.from_numpy(np.concatenate([network.picture, network.pictures[1:2]]))
    tunnel = NoiseTunnel(Saliency(network.torch))

    def attribute(target: int) -> torch.Tensor:
        with numpys_noise(parameters["seed"]):
            return tunnel.attribute(both, nt_samples=parameters["samples"], stdevs=parameters["sigma"] / STD,
                                    target=target, abs=False)[1:]

    add(f"captum-smooth-grad-{network.name}-second", ("captum", "NoiseTunnel, smoothgrad, of Saliency, abs=False"),
        "smooth-grad", network, each(targets, attribute), targets=list(targets), parameters=parameters, picture="second",
        offset=1, note="the second of two pictures in one call")


def smooth_grad_of_tf_explain(network: Network, suffix: str, targets=(0, 3), **parameters) -> None:
    samples, (channels, height, width) = parameters["samples"], network.picture.shape[1:]
    np.random.seed(parameters["seed"])
    noise = nhwc(np.random.normal(size=(samples, channels, height, width)).astype(np.float32))
    with patch("numpy.random.normal", lambda mean, std, shape: (mean + noise * np.float32(std)).reshape(shape)):
        noisy = SmoothGrad.generate_noisy_images(nhwc(network.picture), samples, parameters["sigma"] / STD)
    mean = lambda target: SmoothGrad.get_averaged_gradients(noisy, network.probabilities, target, samples)
    values = np.concatenate([nchw(tf.abs(mean(target))) for target in targets])
    add(f"tf-explain-smooth-grad-{network.name}-{suffix}", ("tf-explain", "SmoothGrad"), "smooth-grad", network, values,
        targets=list(targets), score="log-probability", parameters=parameters, compare="absolute",
        note="the gradient of the cross-entropy, so the sign is turned; the magnitude of the mean, channel by channel, "
             "before tf-explain adds up the channels and standardises; the noise is NumPy's in the order of captum's cases")


def gap(network: Network, values, targets, score) -> np.ndarray:
    ends = network.score(network.picture, score)[0] - network.score(network.pictures, score).mean(0)
    return np.asarray(values).sum((1, 2, 3)) - ends[targets]


def expected_gradients(network: Network, suffix: str, score="logit", targets=(0, 1, 2, 3, 4), **parameters) -> None:
    targets = list(targets)
    explainer = shap.GradientExplainer(network.scored(score), torch.from_numpy(network.pictures))
    values, variances = explainer.shap_values(network.x, nsamples=parameters.get("samples", 200),
                                              rseed=parameters.get("seed", 0), return_variances=True)
    values = np.moveaxis(values[0], -1, 0)[targets]
    add(f"shap-expected-gradients-{network.name}-{suffix}", ("shap", "GradientExplainer, PyTorch"), "expected-gradients",
        network, values, targets=targets, score=score, parameters=parameters, pictures=True,
        variance=np.stack(variances)[targets, 0], sum_gap=gap(network, values, targets, score))


def expected_gradients_of_two(network: Network, targets=(0, 3), **parameters) -> None:
    """The second of two pictures, whose samples follow those of the first."""
    targets = list(targets)
    explainer = shap.GradientExplainer(network.torch, torch.from_numpy(network.pictures))
    both = torch.from_numpy(np.concatenate([network.picture, network.pictures[1:2]]))
    values, variances = explainer.shap_values(both, nsamples=parameters["samples"], rseed=parameters["seed"],
                                              return_variances=True)
    add(f"shap-expected-gradients-{network.name}-second", ("shap", "GradientExplainer, PyTorch"), "expected-gradients",
        network, np.moveaxis(values[1], -1, 0)[targets], targets=targets, parameters=parameters, pictures=True,
        picture="second", offset=1, variance=np.stack(variances)[targets, 1], note="the second of two pictures in one call")


def expected_gradients_preprocessed_twice(network: Network, targets=(0, 3), **parameters) -> None:
    """As in tf-explain's guide, which preprocesses SHAP's background a second time."""
    targets, background = list(targets), network.twice
    explainer = shap.GradientExplainer(network.torch, torch.from_numpy(background))
    values, variances = explainer.shap_values(network.x, nsamples=parameters["samples"], rseed=parameters["seed"],
                                              return_variances=True)
    values = np.moveaxis(values[0], -1, 0)[targets]
    ends = network.score(network.picture)[0] - network.score(background).mean(0)
    add(f"shap-expected-gradients-{network.name}-twice", ("shap", "GradientExplainer, PyTorch"), "expected-gradients",
        network, values, targets=targets, parameters=parameters, pictures=True, background="twice",
        variance=np.stack(variances)[targets, 0], sum_gap=values.sum((1, 2, 3)) - ends[targets],
        note="the background is preprocessed twice")


def expected_gradients_of_a_layer(network: Network, suffix: str, layer=None, targets=(0, 3), **parameters) -> None:
    """shap's TensorFlow explainer, at what enters `layer`, or at the picture."""
    targets, model = list(targets), network.logits
    start = model.get_layer(layer).input if layer else model.inputs[0]
    front = keras.Model(model.inputs, start)
    enters = lambda x: front(nhwc(x)).numpy()
    smoothing = parameters.get("local-smoothing", 0)
    explainer = shap.GradientExplainer((start, model.output), enters(network.pictures), local_smoothing=smoothing)

    def draw(height: int, width: int, channels: int) -> np.ndarray:
        return np.transpose(np.random.normal(size=(channels, height, width)), (1, 2, 0))

    with patch("numpy.random.randn", draw):
        values, variances = explainer.shap_values(enters(network.picture), nsamples=parameters.get("samples", 200),
                                                  rseed=parameters.get("seed", 0), return_variances=True)
    values = nchw(np.moveaxis(values[0], -1, 0))[targets]
    note = "the noise of local smoothing is drawn as [channels, height, width]" if smoothing else ""
    add(f"shap-expected-gradients-{network.name}-{suffix}", ("shap", "GradientExplainer, TensorFlow"), "expected-gradients",
        network, values, targets=targets, layer=layer, parameters=parameters, pictures=True, note=note,
        variance=nchw(np.stack(variances)[:, 0])[targets], sum_gap=gap(network, values, targets, "logit"))


def occlusion(network: Network, suffix: str, window: int, stride: int, score="logit", targets=(0, 3), **parameters) -> None:
    channels = network.picture.shape[1]
    method = Occlusion(network.scored(score))
    fill = network.baseline(parameters.get("fill", "grey"), parameters.get("seed", 0))
    values = each(targets, lambda target: method.attribute(
        network.x, (channels, window, window), (channels, stride, stride), fill, target))
    assert (values == values[:, :1]).all()
    add(f"captum-occlusion-{network.name}-{suffix}", ("captum", "Occlusion"), "occlusion", network, values[:, :1],
        targets=list(targets), score=score, parameters={"window": window, "stride": stride, **parameters},
        pictures=parameters.get("fill") == "picture", note="windows over all channels, one of which is kept")


def occlusion_of_a_rectangle(network: Network, window: tuple, stride: tuple, targets=(0, 3), **parameters) -> None:
    channels = network.picture.shape[1]
    fill = network.baseline(parameters.get("fill", "grey"))
    values = each(targets, lambda target: Occlusion(network.torch).attribute(
        network.x, (channels, *window), (channels, *stride), fill, target))
    side = lambda sides: "x".join(map(str, sides))
    add(f"captum-occlusion-{network.name}-{side(window)}", ("captum", "Occlusion"), "occlusion", network, values[:, :1],
        targets=list(targets), parameters={"window": side(window), "stride": side(stride), **parameters},
        note="windows over all channels, one of which is kept")


def occlusion_of_levels(network: Network, window: int, targets=(0, 3)) -> None:
    """As in tf-explain's guide, whose network gets raw levels."""
    channels, levels = network.picture.shape[1], torch.from_numpy(network.levels)
    values = each(targets, lambda target: Occlusion(network.torch).attribute(
        levels, (channels, window, window), (channels, 2, 2), 127.5, target))
    add(f"captum-occlusion-{network.name}-levels", ("captum", "Occlusion"), "occlusion", network, values[:, :1],
        targets=list(targets), parameters={"window": window, "stride": 2}, picture="levels", scaled=False,
        note="raw levels, which the network gets unscaled")


def occlusion_of_tf_explain(network: Network, window: int, scaled: bool = True, targets=(0, 3)) -> None:
    """Of the picture, or as in tf-explain's guide, whose network gets raw levels."""
    levels, model, suffix, unscaled = nhwc(network.picture * STD + MEAN)[0], network.raw, "", {}
    if not scaled:
        levels, model = nhwc(network.dim)[0], network.probabilities
        suffix, unscaled = "-levels", {"picture": "dim", "scaled": False}
    height, width, _ = levels.shape
    rows, columns = range(0, height, window), range(0, width, window)
    if len(rows) == len(columns):
        method, note = OcclusionSensitivity(), "before tf-explain resizes the map"
        with patch("tf_explain.core.occlusion_sensitivity.cv2.resize", lambda map, size: map):
            maps = [method.get_sensitivity_map(model, levels, target, window) for target in targets]
    else:
        # tf-explain takes rows for columns where there are not as many of both.
        note = "tf-explain's patches and model, but not its loop, which takes rows for columns"
        covered = np.array([apply_grey_patch(levels, x, y, window) for y in rows for x in columns])
        maps = [1 - model(covered).numpy()[:, target].reshape(len(rows), len(columns)) for target in targets]
    add(f"tf-explain-occlusion-{network.name}-{window}{suffix}", ("tf-explain", "OcclusionSensitivity"), "occlusion",
        network, np.stack(maps)[:, None], targets=list(targets), score="probability", note=note,
        parameters={"window": window, "form": "one-minus-probability"}, **unscaled)


def grad_cam(network: Network, layer: str, targets=(0, 3)) -> None:
    module = getattr(network.torch, layer)
    for score in SCORES:
        for relu in [False, True]:
            method = LayerGradCam(network.scored(score), module)
            values = each(targets, lambda target: method.attribute(network.x, target, relu_attributions=relu))
            add(f"captum-grad-cam-{network.name}-{layer}-{score}{'-relu' if relu else ''}", ("captum", "LayerGradCam"),
                "grad-cam", network, values, targets=list(targets), layer=layer, score=score, parameters={"relu": relu})

    maps = []
    for target in targets:
        with PytorchGradCam(network.torch, [module]) as cam:
            wanted = [ClassifierOutputTarget(target)]
            cam(network.x, wanted)
            taken = cam.activations_and_grads
            activation, gradient = taken.activations[0].numpy(), taken.gradients[0].numpy()
            maps.append(np.maximum(cam.get_cam_image(network.x, module, wanted, activation, gradient), 0))
    add(f"pytorch-grad-cam-{network.name}-{layer}", ("grad-cam", "GradCAM"), "grad-cam", network, np.stack(maps),
        targets=list(targets), layer=layer, note="after its ReLU, before it is scaled to 0..1 and resized")

    for guided in [True, False]:
        maps = []
        for target in targets:
            parts = TfExplainGradCam.get_gradients_and_filters(
                network.probabilities, nhwc(network.picture), layer, target, guided)
            maps.append(TfExplainGradCam.generate_ponderated_output(*parts)[0].numpy())
        add(f"tf-explain-grad-cam-{network.name}-{layer}{'-guided' if guided else ''}", ("tf-explain", "GradCAM"),
            "grad-cam", network, np.stack(maps)[:, None], targets=list(targets), layer=layer, score="probability",
            parameters={"relu": False, "positive-gradients": guided}, note="before tf-explain resizes and scales the map")


def activations(network: Network, layer: str, target=3) -> None:
    module = getattr(network.torch, layer)
    values = LayerActivation(network.torch, module).attribute(network.x).detach()
    add(f"captum-activations-{network.name}-{layer}", ("captum", "LayerActivation"), "activations", network, values,
        targets=[target], layer=layer)
    add(f"captum-activations-{network.name}-{layer}-mean", ("captum", "LayerActivation"), "activations", network, values,
        targets=[target], layer=layer, parameters={"order": "mean"}, ranking=values.mean((0, 2, 3)),
        note="the ranking is the mean over height and width")
    # One channel of captum's map at a time: weight times activation.
    parts = LayerGradCam(network.torch, module).attribute(network.x, target, attr_dim_summation=False).detach()
    add(f"captum-activations-{network.name}-{layer}-contribution", ("captum", "LayerActivation, LayerGradCam"),
        "activations", network, values, targets=[target], layer=layer, parameters={"order": "contribution"},
        ranking=parts.abs().sum((0, 2, 3)), note="the ranking is the sum of |weight times activation| over height and width")
    graph = ExtractActivations.generate_activations_graph(network.probabilities, [layer])
    add(f"tf-explain-activations-{network.name}-{layer}", ("tf-explain", "ExtractActivations"), "activations", network,
        nchw(graph.predict(nhwc(network.picture), verbose=0)), targets=[target], layer=layer,
        note="before tf-explain lays out the grid and scales it")


def main() -> None:
    torch.set_num_threads(1)
    tf.get_logger().setLevel("ERROR")
    # Seeds that give every class a share of the probability, and no channel that is never positive.
    colour, grey = Network("colour", 181), Network("grey", 265)
    for network in [colour, grey]:
        gradients(network)

    integrated_gradients(colour, "black")
    integrated_gradients(colour, "white", steps=20, baseline="white")
    integrated_gradients(colour, "grey", steps=7, baseline="grey")
    integrated_gradients(colour, "levels", steps=10, baseline="255,0,64")
    integrated_gradients(colour, "mean", steps=10, baseline="mean")
    integrated_gradients(colour, "blur", steps=10, baseline="blur")
    integrated_gradients(colour, "noise", steps=10, baseline="noise", seed=7)
    integrated_gradients(colour, "picture", steps=12, baseline="picture")
    integrated_gradients(colour, "trapezoid", steps=9, quadrature="trapezoid")
    integrated_gradients(colour, "trapezoid-picture", steps=2, quadrature="trapezoid", baseline="picture")
    integrated_gradients(colour, "probability", "probability", (1, 4))
    integrated_gradients(colour, "log-probability", "log-probability", (1, 4), steps=15, baseline="white")
    integrated_gradients(grey, "black", targets=(0, 1, 2, 3, 4))
    integrated_gradients(grey, "level", steps=8, baseline="64")
    integrated_gradients(colour, "riemann-left", steps=7, quadrature="riemann-left")
    integrated_gradients(colour, "riemann-middle", steps=6, quadrature="riemann-middle", baseline="white")
    integrated_gradients(colour, "riemann-right", steps=10, quadrature="riemann-right")
    integrated_gradients(grey, "riemann-trapezoid", steps=9, quadrature="riemann-trapezoid")
    integrated_gradients_of_a_layer(colour, "conv2", "conv2")
    integrated_gradients_of_a_layer(colour, "pool-picture", "pool", (1, 4), steps=12, baseline="picture")
    integrated_gradients_of_a_layer(grey, "relu2", "relu2", steps=20, baseline="white")

    smooth_grad(colour, "mean")
    smooth_grad(colour, "magnitude", samples=12, variant="magnitude")
    smooth_grad(colour, "squared", samples=12, variant="squared")
    smooth_grad(colour, "variance", samples=12, variant="variance")
    smooth_grad(colour, "absolute", samples=9, noise="absolute", sigma=20, seed=3)
    smooth_grad(colour, "absolute-variance", samples=9, noise="absolute", sigma=60, variant="variance", seed=4)
    smooth_grad(colour, "one", samples=1, sigma=0.3, seed=11)
    smooth_grad(colour, "probability", "probability", (1, 4), samples=8)
    smooth_grad(grey, "mean", targets=(0, 1, 2, 3, 4), samples=7, sigma=0.2, seed=2)
    smooth_grad(grey, "log-probability", "log-probability", samples=7, sigma=0.2, seed=2, variant="magnitude")
    smooth_grad_of_two(grey, samples=5, noise="absolute", sigma=30, seed=6)
    for network in [colour, grey]:
        smooth_grad_of_tf_explain(network, "absolute", samples=8, noise="absolute", sigma=25.5, seed=0)

    expected_gradients(colour, "picture")
    expected_gradients(colour, "seed", targets=(0, 3), samples=30, seed=5)
    expected_gradients(colour, "probability", "probability", (1, 4), samples=20)
    expected_gradients(grey, "picture", samples=60, seed=1)
    expected_gradients_of_a_layer(colour, "tensorflow", samples=60)
    expected_gradients_of_a_layer(colour, "conv2", "conv2", (0, 1, 2, 3, 4))
    expected_gradients_of_a_layer(colour, "conv2-seed", "conv2", samples=25, seed=9)
    expected_gradients_of_a_layer(grey, "conv2", "conv2", samples=40)
    expected_gradients_of_a_layer(colour, "smoothing", samples=20, **{"local-smoothing": 0.1})
    expected_gradients_of_a_layer(colour, "conv2-smoothing", "conv2", samples=20, seed=3, **{"local-smoothing": 0.5})

    expected_gradients_of_two(colour, samples=20, seed=4)
    expected_gradients_preprocessed_twice(colour, samples=20, seed=2)

    occlusion(colour, "overlap", 4, 2)
    occlusion(colour, "exact", 5, 3, fill="black")
    occlusion(colour, "apart", 3, 3, targets=(0, 1, 2, 3, 4), fill="white")
    occlusion(colour, "uneven", 6, 4, fill="255,0,64")
    occlusion(colour, "tall", 11, 5, fill="picture")
    occlusion(colour, "mean", 4, 3, fill="mean")
    occlusion(colour, "noise", 4, 3, fill="noise", seed=8)
    occlusion(colour, "probability", 5, 2, "probability", (1, 4), fill="blur")
    occlusion(grey, "pixels", 1, 1)
    occlusion(grey, "wide", 7, 3)
    occlusion_of_a_rectangle(colour, (4, 6), (2, 5))
    occlusion_of_a_rectangle(grey, (2, 7), (1, 3), fill="black")
    for network in [colour, grey]:
        occlusion_of_levels(network, 4)
    for window in [7, 5, 4]:
        occlusion_of_tf_explain(colour, window)
    for window in [3, 5, 2]:
        occlusion_of_tf_explain(grey, window)
    for window in [1, 2]:
        occlusion_of_tf_explain(colour, window, scaled=False, targets=(3, 4))

    for layer in ["relu1", "conv2", "relu2"]:
        grad_cam(colour, layer)
        activations(colour, layer)
    grad_cam(grey, "relu2")
    activations(grey, "conv1")

    weights = {f"{network.name}/{name}": value for network in [colour, grey] for name, value in network.weights.items()}
    pictures = {f"input/{network.name}": network.picture for network in [colour, grey]}
    pictures |= {f"pictures/{network.name}": network.pictures for network in [colour, grey]}
    pictures |= {f"levels/{network.name}": network.levels for network in [colour, grey]}
    pictures |= {"second/colour": colour.pictures[1:2], "second/grey": grey.pictures[1:2], "twice/colour": colour.twice}
    pictures |= {"dim/colour": colour.dim}
    save_file(weights, HERE / "weights.safetensors")
    save_file(pictures | ARRAYS, HERE / "arrays.safetensors")
    lines = ",\n".join(json.dumps(case, ensure_ascii=False) for case in CASES)
    (HERE / "cases.json").write_text(f"[\n{lines}\n]\n", encoding="utf-8")


if __name__ == "__main__":
    main()
