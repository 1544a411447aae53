"""VGG-16 and Xception of full size as ONNX files, for the peer of the benchmark.

    make.py FOLDER [NAME ...]

Writes FOLDER/vgg16.onnx and FOLDER/xception.onnx (553 and 92 MB), or those named: of a batch of one, from a prepared
picture `input` to `logits`. Their weights are made up from their names, as in the goldens of `keras_models`.

Each file then runs in onnxruntime on the picture of those goldens. Its logits must be Keras's to 1e-4 of the largest;
else the script fails.

The graphs are written operator by operator, as PyTorch's exporter would write them: channels first, the only order that
ONNX has for a convolution, and batch norms by themselves. onnxruntime folds those into the convolutions before them and
makes one operator of a convolution and its ReLU when it loads a file; that no batch norm is left is checked here too.

In Keras's order, with a transposition before and after each operator, onnxruntime-web takes as long, for onnxruntime
takes the transpositions out again. Files optimised beforehand, or with fully connected layers laid out the other way,
are no faster.
"""

import sys
import tempfile
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper
from PIL import Image
from safetensors.numpy import load_file

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
GOLDENS = ROOT / "tests/goldens/keras_models"
PICTURE = ROOT / "www/samples/chelsea.png"
OPSET, IR = 20, 10
EPSILON = 1e-3
TOLERANCE = 1e-4

sys.path.append(str(GOLDENS))
from seeded import tensor  # noqa: E402


class Graph:
    """A graph in the making: each method adds an operator after `x` and gives back its output's name."""

    def __init__(self):
        self.nodes, self.constants, self.channels = [], [], {}

    def constant(self, layer: str, part: str, shape: tuple, kind: str = "") -> str:
        name = f"{layer}.{part}"
        self.constants.append(numpy_helper.from_array(tensor(layer, part, shape, kind), name))
        return name

    def node(self, operator: str, name: str, inputs: list, channels: int, **attributes) -> str:
        self.nodes.append(helper.make_node(operator, inputs, [name], name, **attributes))
        self.channels[name] = channels
        return name

    def conv(self, name: str, x: str, filters: int, size: int, *, stride=1, pad=0, bias=False, part="weight") -> str:
        grouped = part == "depthwise.weight"
        channels = self.channels[x]
        inputs = [x, self.constant(name, part, (filters, 1 if grouped else channels, size, size))]
        if bias:
            inputs.append(self.constant(name, "bias", (filters,)))
        output = name if part == "weight" else f"{name}.{part.partition('.')[0]}"
        return self.node("Conv", output, inputs, filters, kernel_shape=[size] * 2, strides=[stride] * 2,
                         pads=[pad] * 4, group=channels if grouped else 1)

    def separable(self, name: str, x: str, filters: int) -> str:
        x = self.conv(name, x, self.channels[x], 3, pad=1, part="depthwise.weight")
        return self.conv(name, x, filters, 1, part="pointwise.weight")

    def norm(self, name: str, x: str) -> str:
        parts = ["weight", "bias", "running_mean", "running_var"]
        constants = [self.constant(name, part, (self.channels[x],), "norm.") for part in parts]
        return self.node("BatchNormalization", name, [x, *constants], self.channels[x], epsilon=EPSILON)

    def relu(self, x: str) -> str:
        return self.node("Relu", f"{x}.relu", [x], self.channels[x])

    def max_pool(self, name: str, x: str, size: int, padding: str) -> str:
        return self.node("MaxPool", name, [x], self.channels[x], kernel_shape=[size] * 2, strides=[2] * 2,
                         auto_pad=padding)

    def dense(self, name: str, x: str, units: int, output: str | None = None) -> str:
        constants = [self.constant(name, "weight", (units, self.channels[x])), self.constant(name, "bias", (units,))]
        return self.node("Gemm", output or name, [x, *constants], units, transB=1)

    def flatten(self, x: str, places: int) -> str:
        return self.node("Flatten", f"{x}.flat", [x], self.channels[x] * places)

    def model(self, side: int) -> onnx.ModelProto:
        shape = lambda name, *sizes: helper.make_tensor_value_info(name, TensorProto.FLOAT, sizes)
        graph = helper.make_graph(
            self.nodes, "network", [shape("input", 1, 3, side, side)], [shape("logits", 1, 1000)], self.constants)
        return helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR)


def vgg16() -> onnx.ModelProto:
    net = Graph()
    net.channels["input"] = 3
    x = "input"
    for block, (convolutions, filters) in enumerate([(2, 64), (2, 128), (3, 256), (3, 512), (3, 512)], 1):
        for number in range(1, convolutions + 1):
            x = net.relu(net.conv(f"block{block}_conv{number}", x, filters, 3, pad=1, bias=True))
        x = net.max_pool(f"block{block}_pool", x, 2, "VALID")
    x = net.flatten(x, 7 * 7)
    x = net.relu(net.dense("fc1", x, 4096))
    x = net.relu(net.dense("fc2", x, 4096))
    net.dense("predictions", x, 1000, "logits")
    return net.model(224)


def xception() -> onnx.ModelProto:
    net = Graph()
    net.channels["input"] = 3

    def separable(name: str, x: str, filters: int) -> str:
        return net.norm(f"{name}_bn", net.separable(name, x, filters))

    def add(x: str, beside: str) -> str:
        return net.node("Add", f"{x}.add", [x, beside], net.channels[x])

    def shrinking(block: int, x: str, inner: int, filters: int, residual: str) -> str:
        entering = x
        if block > 2:
            x = net.relu(x)
        x = net.relu(separable(f"block{block}_sepconv1", x, inner))
        x = separable(f"block{block}_sepconv2", x, filters)
        x = net.max_pool(f"block{block}_pool", x, 3, "SAME_UPPER")
        beside = net.conv(f"conv2d{residual}", entering, filters, 1, stride=2)
        return add(x, net.norm(f"batch_normalization{residual}", beside))

    x = net.relu(net.norm("block1_conv1_bn", net.conv("block1_conv1", "input", 32, 3, stride=2)))
    x = net.relu(net.norm("block1_conv2_bn", net.conv("block1_conv2", x, 64, 3)))
    for block, filters, residual in [(2, 128, ""), (3, 256, "_1"), (4, 728, "_2")]:
        x = shrinking(block, x, filters, filters, residual)
    for block in range(5, 13):
        entering = x
        for number in range(1, 4):
            x = separable(f"block{block}_sepconv{number}", net.relu(x), 728)
        x = add(x, entering)
    x = shrinking(13, x, 728, 1024, "_3")
    x = net.relu(separable("block14_sepconv1", x, 1536))
    x = net.relu(separable("block14_sepconv2", x, 2048))
    x = net.flatten(net.node("GlobalAveragePool", "avg_pool", [x], 2048), 1)
    net.dense("predictions", x, 1000, "logits")
    return net.model(299)


def caffe(levels: np.ndarray) -> np.ndarray:
    """What Keras prepares a picture for VGG-16 to: blue first, less the means of ImageNet."""
    return levels[..., ::-1] - np.array([103.939, 116.779, 123.68], np.float32)


def plus_minus_one(levels: np.ndarray) -> np.ndarray:
    return levels / np.float32(127.5) - np.float32(1)


# Builder, side of the input, preparation.
MODELS = {"vgg16": (vgg16, 224, caffe), "xception": (xception, 299, plus_minus_one)}


def check(file: Path, side: int, prepare, input: np.ndarray, logits: np.ndarray) -> None:
    """Holds a file to the goldens."""
    picture = Image.open(PICTURE).convert("RGB").resize((side, side), Image.Resampling.NEAREST)
    values = np.ascontiguousarray(prepare(np.asarray(picture, np.float32)).transpose(2, 0, 1))[None]
    # The goldens keep every eighth place of the picture.
    same = np.abs(values[:, :, 3::8, 3::8] - input).max()
    assert same < 1e-4, f"the picture differs by {same} from that of the goldens"

    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    with tempfile.TemporaryDirectory() as scratch:
        options.optimized_model_filepath = str(Path(scratch) / "optimised.onnx")
        options.log_severity_level = 3
        session = onnxruntime.InferenceSession(file, options, ["CPUExecutionProvider"])
        optimised = onnx.load(options.optimized_model_filepath)
    left = [node.name for node in optimised.graph.node if node.op_type == "BatchNormalization"]
    assert not left, f"onnxruntime did not fold {left}"

    scores = session.run(["logits"], {"input": values})[0]
    off = np.abs(scores - logits).max() / np.abs(logits).max()
    print(f"{file.name}: {file.stat().st_size / 1e6:.0f} MB, logits {off:.1e} of the largest off Keras's")
    assert off < TOLERANCE, f"{file.name}: expected logits within {TOLERANCE} of the largest, got {off}"


def main() -> None:
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    goldens = load_file(GOLDENS / "arrays.safetensors")
    for name in sys.argv[2:] or MODELS:
        build, side, prepare = MODELS[name]
        model = build()
        onnx.checker.check_model(model)
        file = folder / f"{name}.onnx"
        onnx.save(model, file)
        check(file, side, prepare, goldens[f"{name}/input"], goldens[f"{name}/logits"])


if __name__ == "__main__":
    main()
