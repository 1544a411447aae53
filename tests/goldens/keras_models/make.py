"""VGG-16 and Xception by Keras, explained by tf-explain and shap, with weights that no file holds.

    make.py SAMPLES

SAMPLES is the gallery's folder, www/samples. Writes, beside itself,

    arrays.safetensors    what each case should give; and of each network NAME/input, what the picture becomes (as
                          sample8), NAME/logits, all thousand of them, and of VGG-16 vgg16/pictures, the background (as
                          sample8)
    cases.json            what each case is, as `methods_efficientnet/make.py` has it, and `usual`
    summary_NAME.tsv      Keras's layers in their order: index, name, class, shape of the output (height, width, channels),
                          parameters, the layers that feed it; then the total

`compare` says what of a map is kept:

    all               the whole map
    sample8           values[:, :, 3::8, 3::8]
    sample-channels   values[:, ::4, ::7, ::7]

The weights are made up from their names: `seeded.py` says how.

A picture is loaded as Keras's guides do: `load_img` with its nearest neighbour, then the network's `preprocess_input`.
The background is of PNGs, and so has the picture itself in it: JPEG decoders differ by a level here and there, and
these networks are so much of a tangle that one level in two hundred changes single values by a tenth.

Keras and its peers compute in double precision; where a peer asks for single precision by name, it is given double. They
are asked once more in single precision, and what differs is printed. A network of millions of units always has some so
near the bend of their ReLU, or so near their neighbour in a pooling, that rounding moves them to the other side. Close
to the picture that shows: `tolerance` is what the largest error may be, `usual` what 99 of a hundred may be, as shares
of the largest magnitude, and they are wider where millions of units lie between.
"""

import json
import os
import sys
import warnings
from contextlib import contextmanager
from functools import partial
from importlib.metadata import version
from pathlib import Path
from unittest.mock import patch

os.environ |= {"CUDA_VISIBLE_DEVICES": "-1", "TF_CPP_MIN_LOG_LEVEL": "3"}

import keras
import numpy as np
import shap
import tensorflow as tf
from keras import applications
from safetensors.numpy import save_file
from seeded import tensor
from tf_explain.core.activations import ExtractActivations
from tf_explain.core.grad_cam import GradCAM
from tf_explain.core.occlusion_sensitivity import OcclusionSensitivity
from tf_explain.core.smoothgrad import SmoothGrad

HERE = Path(__file__).parent
PICTURE = "chelsea.png"
PICTURES = ["coffee.png", "chelsea.png"]
SAMPLES = {
    "all": lambda values: values,
    "sample8": lambda values: values[:, :, 3::8, 3::8],
    "sample-channels": lambda values: values[:, ::4, ::7, ::7],
}


def weights(layer: keras.Layer) -> list[np.ndarray]:
    """A layer's weights in Keras's order of tensors and axes."""
    shapes = [tuple(weight.shape) for weight in layer.weights]
    if isinstance(layer, keras.layers.BatchNormalization):
        parts = ["weight", "bias", "running_mean", "running_var"]
        return [tensor(layer.name, part, shape, "norm.") for part, shape in zip(parts, shapes, strict=True)]
    if isinstance(layer, keras.layers.SeparableConv2D):
        (height, width, channels, _), (_, _, _, out) = shapes
        depthwise = tensor(layer.name, "depthwise.weight", (channels, 1, height, width))
        pointwise = tensor(layer.name, "pointwise.weight", (out, channels, 1, 1))
        return [np.transpose(depthwise, (2, 3, 0, 1)), np.transpose(pointwise, (2, 3, 1, 0))]
    if isinstance(layer, keras.layers.Conv2D):
        height, width, channels, out = shapes[0]
        weight = np.transpose(tensor(layer.name, "weight", (out, channels, height, width)), (2, 3, 1, 0))
    else:
        weight = tensor(layer.name, "weight", shapes[0][::-1])
        if layer.name == "fc1":
            # Flattened, Keras's channels come last and PyTorch's first.
            _, height, width, channels = layer._inbound_nodes[0].input_tensors[0]._keras_history.operation.input.shape
            weight = np.moveaxis(weight.reshape(-1, channels, height, width), 1, 3).reshape(weight.shape)
        weight = weight.T
    return [weight] + [tensor(layer.name, "bias", shape) for shape in shapes[1:]]


def nchw(x) -> np.ndarray:
    return np.transpose(np.asarray(x), (0, 3, 1, 2))


class Network:
    """One network with its weights, the picture, the background, and the two classes that it sees in the picture."""

    def __init__(self, name: str, folder: Path):
        build, module = {
            "vgg16": (applications.VGG16, applications.vgg16),
            "xception": (applications.Xception, applications.xception),
        }[name]
        # Else the layers that Keras names itself would be numbered on from the last network's.
        keras.utils.clear_session()
        self.name = name
        self.probabilities = build(weights=None, classifier_activation="softmax")
        for layer in self.probabilities.layers:
            if layer.weights:
                layer.set_weights(weights(layer))
        self.layers = self.probabilities.layers

        # The same classifier without its softmax, and the network that gets levels instead of what becomes of them.
        classifier = self.layers[-1]
        linear = keras.layers.Dense(classifier.units, name="logits")
        self.logits = keras.Model(self.probabilities.inputs, linear(classifier.input))
        linear.set_weights(classifier.get_weights())
        levels = keras.Input(self.probabilities.input_shape[1:])
        self.raw = keras.Model(levels, self.probabilities(module.preprocess_input(levels)))

        size = self.probabilities.input_shape[1:3]
        load = lambda file: keras.utils.img_to_array(keras.utils.load_img(folder / file, target_size=size))
        prepared = lambda files: module.preprocess_input(np.stack([load(file) for file in files]))
        self.levels, self.picture, self.pictures = load(PICTURE), prepared([PICTURE]), prepared(PICTURES)
        scores = self.logits(self.picture).numpy()
        # In the order of their scores, as shap ranks them.
        self.classes = [int(index) for index in np.argsort(-scores[0])[:2]]
        ARRAYS[f"{name}/input"] = SAMPLES["sample8"](nchw(self.picture))
        ARRAYS[f"{name}/logits"] = scores
        if name == "vgg16":
            ARRAYS["vgg16/pictures"] = SAMPLES["sample8"](nchw(self.pictures))
        same = self.raw(self.levels[None]).numpy() - self.probabilities(self.picture).numpy()
        assert np.abs(same).max() < 1e-6, np.abs(same).max()

    def summary(self) -> str:
        lines = []
        for index, layer in enumerate(self.layers):
            shape = ",".join(str(size) for size in layer.output.shape[1:])
            feeds = ",".join(tensor._keras_history.operation.name for tensor in layer._inbound_nodes[0].input_tensors)
            lines.append([index, layer.name, type(layer).__name__, shape, layer.count_params(), feeds])
        lines.append(["total", "", "", "", self.probabilities.count_params(), ""])
        return "".join("\t".join(map(str, line)) + "\n" for line in lines)


CASES, ARRAYS = [], {}


@contextmanager
def in_our_precision():
    """What a peer would put in single precision by name, it puts in Keras's."""
    cast, zeros = tf.cast, np.zeros
    ours = lambda dtype: keras.config.floatx() if dtype in ("float32", tf.float32, np.float32) else dtype
    with (
        patch("tensorflow.cast", lambda x, dtype, name=None: cast(x, ours(dtype), name)),
        patch("numpy.zeros", lambda shape, dtype=float: zeros(shape, ours(dtype))),
    ):
        yield


def add(network, name, peer, method, values, compare="all", *, score="logit", parameters=None, layer=None, pictures=None,
        targets=None, tolerance=1e-3, usual=1e-3, note="", **more) -> None:
    package, what = peer
    name = f"{name}-{network.name}" + (f"-{layer}" if layer else "")
    CASES.append({
        "name": name,
        "peer": f"{package} {version(package)} {what}",
        "method": method,
        "network": network.name,
        "layer": layer,
        "targets": targets or network.classes,
        "score": score,
        "parameters": parameters or {},
        "pictures": pictures,
        "picture": PICTURE,
        "compare": compare,
        "tolerance": tolerance,
        "usual": usual,
        "note": note,
    })
    for key, value in {"": values, **more}.items():
        value = np.asarray(value)
        value = SAMPLES[compare](value) if value.ndim == 4 else value
        assert np.isfinite(value).all() and value.size <= 16 << 10, (name, key, value.shape)
        ARRAYS[f"{name}/{key.replace('_', '-')}" if key else name] = value


def activations(network: Network, *layers: str) -> None:
    for layer in layers:
        graph = ExtractActivations.generate_activations_graph(network.probabilities, [layer])
        values = nchw(graph.predict(network.picture, verbose=0))
        add(network, "tf-explain-activations", ("tf-explain", "ExtractActivations"), "activations", values,
            "sample-channels", layer=layer, targets=network.classes[:1],
            note="before tf-explain lays out the grid and scales it")


def grad_cam(network: Network, layer: str, compare: str = "all") -> None:
    maps = []
    for target in network.classes:
        with in_our_precision():
            parts = GradCAM.get_gradients_and_filters(network.probabilities, network.picture, layer, target, True)
        maps.append(GradCAM.generate_ponderated_output(*parts)[0].numpy())
    add(network, "tf-explain-grad-cam", ("tf-explain", "GradCAM"), "grad-cam", np.stack(maps)[:, None], compare,
        layer=layer, score="probability", parameters={"relu": False, "guided": True},
        note="before tf-explain resizes and scales the map")


def occlusion(network: Network, window: int) -> None:
    method = OcclusionSensitivity(batch_size=5)
    quiet = partial(network.raw.predict, verbose=0)
    with (
        patch("tf_explain.core.occlusion_sensitivity.cv2.resize", lambda map, size: map),
        patch.object(network.raw, "predict", quiet),
    ):
        maps = [method.get_sensitivity_map(network.raw, network.levels, target, window) for target in network.classes]
    # The probabilities are small, and what covers the picture changes them a little: 1 - p says so in its last digits.
    add(network, "tf-explain-occlusion", ("tf-explain", "OcclusionSensitivity"), "occlusion", np.stack(maps)[:, None],
        score="probability", parameters={"window": window, "form": "one-minus-probability"}, tolerance=1e-5,
        usual=1e-5, note="before tf-explain resizes the map")


def smooth_grad(network: Network, sigma: float, std: float, seed: int, samples: int = 3) -> None:
    _, height, width, channels = network.picture.shape
    np.random.seed(seed)
    noise = np.random.normal(size=(samples, channels, height, width)).astype(np.float32)
    noise = np.transpose(noise, (0, 2, 3, 1)) * np.float32(sigma / std)
    with patch("numpy.random.normal", lambda mean, std, shape: noise.reshape(shape)):
        noisy = SmoothGrad.generate_noisy_images(network.picture, samples, sigma / std)
    with in_our_precision():
        mean = lambda target: SmoothGrad.get_averaged_gradients(noisy, network.probabilities, target, samples)
        values = np.concatenate([-nchw(mean(target)) for target in network.classes])
    add(network, "tf-explain-smooth-grad", ("tf-explain", "SmoothGrad"), "smooth-grad", values, "sample8",
        score="log-probability", parameters={"samples": samples, "noise": "absolute", "sigma": sigma, "seed": seed},
        tolerance=0.05, usual=0.01,
        note="the gradient of the cross-entropy, its sign turned, before tf-explain takes magnitudes, adds up the channels "
             "and standardises; the noise is NumPy's, in the order of the samples, each [channels, height, width]")


def expected_gradients(network: Network, index: int, seed: int, samples: int = 4, **errors) -> None:
    layer = network.layers[index]
    front = keras.Model(network.probabilities.inputs, layer.input)
    enters = lambda x: front(x).numpy()
    with in_our_precision():
        explainer = shap.GradientExplainer((layer.input, network.probabilities.output), enters(network.pictures))
        values, variances, classes = explainer.shap_values(
            enters(network.picture), nsamples=samples, ranked_outputs=2, rseed=seed, return_variances=True)
    assert classes[0].tolist() == network.classes
    values = nchw(np.moveaxis(values[0], -1, 0))
    score = lambda x: network.probabilities(x).numpy()[:, network.classes]
    gap = values.sum((1, 2, 3)) - (score(network.picture)[0] - score(network.pictures).mean(0))
    add(network, "shap-expected-gradients", ("shap", "GradientExplainer, TensorFlow"), "expected-gradients", values,
        "sample-channels", layer=layer.name, score="probability", parameters={"samples": samples, "seed": seed},
        pictures=PICTURES, variance=nchw(np.stack(variances)[:, 0]), sum_gap=gap,
        note=f"shap was asked for the input of Keras's layer {index}, {layer.input._keras_history.operation.name}'s output",
        **errors)


def ask(floatx: str) -> dict[str, np.ndarray]:
    """All cases in this precision."""
    CASES.clear()
    ARRAYS.clear()
    keras.config.set_floatx(floatx)
    folder = Path(sys.argv[1])

    network = Network("vgg16", folder)
    (HERE / "summary_vgg16.tsv").write_text(network.summary(), encoding="utf-8")
    activations(network, "block1_conv1", "block2_pool", "block3_conv3", "block4_pool", "block5_conv3")
    grad_cam(network, "block5_conv3")
    occlusion(network, 48)
    smooth_grad(network, sigma=20, std=1, seed=11)
    expected_gradients(network, 7, seed=5, tolerance=0.02, usual=0.002)
    expected_gradients(network, 14, seed=2)

    network = Network("xception", folder)
    (HERE / "summary_xception.tsv").write_text(network.summary(), encoding="utf-8")
    activations(network, "block1_conv1", "block2_sepconv2_act", "block6_sepconv1", "block13_pool", "block14_sepconv1")
    grad_cam(network, "block1_conv2", "sample8")
    grad_cam(network, "block6_sepconv1")
    grad_cam(network, "block14_sepconv1")
    occlusion(network, 64)
    smooth_grad(network, sigma=25.5, std=127.5, seed=10)
    return dict(ARRAYS)


def main() -> None:
    tf.get_logger().setLevel("ERROR")
    # tf-explain and shap put a single input into a list.
    warnings.filterwarnings("ignore", "The structure of `inputs`")
    # One thread, so that sums are always added up in one order.
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    single, double = ask("float32"), ask("float64")
    for name, values in double.items():
        off = np.sort(np.abs(single[name] - values), axis=None) / np.abs(values).max()
        print(f"{name}: single precision is {off[-1]:.1e} off, 99 % within {off[(off.size - 1) * 99 // 100]:.1e}")
    arrays = {name: np.ascontiguousarray(values, np.float32) for name, values in double.items()}
    save_file(arrays, HERE / "arrays.safetensors")
    lines = ",\n".join(json.dumps(case, ensure_ascii=False) for case in CASES)
    (HERE / "cases.json").write_text(f"[\n{lines}\n]\n", encoding="utf-8")


if __name__ == "__main__":
    main()
