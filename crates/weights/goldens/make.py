"""Writes small VGG-16 and Xception weight files with the libraries that users' files come from.

Every file of a model holds the same seeded weights, each exact in half precision and in bfloat16, so that a
reader can be held to equality. `*_expected.safetensors` has them under this project's names, and
`expected_logits.safetensors` what Keras computes from them (in double precision) for one picture.

    pip install -r requirements.txt
    python make.py files
"""

import collections
import json
import os
import sys
import zipfile

os.environ["KERAS_BACKEND"] = "torch"  # TensorFlow and PyTorch cannot always share a process
os.environ["CUDA_VISIBLE_DEVICES"] = ""

import h5py
import keras
import numpy as np
import torch
import torchvision
from safetensors.numpy import save_file as save_numpy
from safetensors.torch import save_file as save_torch

DIVISOR = 32  # of all channel counts; at 16 the files together are over three megabytes
CLASSES = 10
VGG_SIZE = 64  # five poolings leave 2x2, so that the order of fc1's inputs matters
XCEPTION_SIZE = 71

# The date in archives. With it, every file comes out the same each time, but for one: PyTorch's old stream names
# its storages by their addresses in memory.
STAMP = (2020, 1, 1, 0, 0, 0)


def narrow(model, size, dtype):
    """The same layers and names with fewer channels, no softmax, and an input of `size` pixels."""
    config = json.loads(json.dumps(model.get_config()).replace('"float32"', f'"{dtype}"'))
    for layer in config["layers"]:
        settings = layer["config"]
        if layer["class_name"] == "InputLayer":
            settings["batch_shape"] = [None, size, size, 3]
        layer["build_config"] = {}
        for key in ("filters", "units"):
            if key in settings:
                settings[key] = max(1, settings[key] // DIVISOR)
        if layer["class_name"] == "Dense" and settings["name"] == "predictions":
            settings["units"] = CLASSES
            settings["activation"] = "linear"
    return keras.Model.from_config(config)


def exact(values):
    """The nearest values that half precision and bfloat16 both hold: 8 significant bits, none below 2^-14."""
    values = torch.from_numpy(values.astype(np.float32)).bfloat16().float().numpy()
    return np.where(np.abs(values) < 2.0**-13, 0, values).astype(np.float32)


def randomize(model, seed):
    """Seeded weights that keep signals alive through every layer."""
    random = np.random.default_rng(seed)
    for layer in model.layers:
        values = []
        for variable in layer.weights:
            shape = variable.shape
            match variable.name:
                case "kernel" | "pointwise_kernel":
                    value = random.normal(0, np.sqrt(2 / np.prod(shape[:-1])), shape)
                case "depthwise_kernel":
                    value = random.normal(0, np.sqrt(1 / np.prod(shape[:2])), shape)
                case "gamma" | "moving_variance":
                    value = random.uniform(0.5, 1.5, shape)
                case "bias" | "beta" | "moving_mean":
                    value = random.normal(0, 0.2, shape)
            values.append(exact(value))
        layer.set_weights(values)


def channels_first(dense, height, width):
    """Dense weights [h*w*c, out] as [out, c*h*w]: what flattening channels first would have learnt."""
    out = dense.shape[-1]
    return dense.reshape(height, width, -1, out).transpose(3, 2, 0, 1).reshape(out, -1)


def ours(model):
    """The weights under this project's names, in PyTorch's layouts."""
    tensors = {}
    for layer in model.layers:
        values = {variable.name: keras.ops.convert_to_numpy(variable) for variable in layer.weights}
        name = layer.name
        match type(layer).__name__:
            case "Conv2D":
                tensors[f"{name}.weight"] = values["kernel"].transpose(3, 2, 0, 1)
            case "Dense":
                flat = model.get_layer("block5_pool").output.shape if layer.name == "fc1" else (0, 1, 1)
                tensors[f"{name}.weight"] = channels_first(values["kernel"], *flat[1:3])
            case "SeparableConv2D":
                tensors[f"{name}.depthwise.weight"] = values["depthwise_kernel"].transpose(2, 3, 0, 1)
                tensors[f"{name}.pointwise.weight"] = values["pointwise_kernel"].transpose(3, 2, 0, 1)
            case "BatchNormalization":
                tensors[f"{name}.weight"] = values["gamma"]
                tensors[f"{name}.bias"] = values["beta"]
                tensors[f"{name}.running_mean"] = values["moving_mean"]
                tensors[f"{name}.running_var"] = values["moving_variance"]
        if "bias" in values:
            tensors[f"{name}.bias"] = values["bias"]
    return {name: np.ascontiguousarray(value) for name, value in tensors.items()}


def released_vgg(model):
    """The layer and tensor names of vgg16_weights_tf_dim_ordering_tf_kernels.h5, written by Keras 1."""
    for layer in model.layers:
        parts = [f"{layer.name}_{part}_1:0" for part in ("W", "b")]
        yield layer.name, parts[: len(layer.weights)], layer.get_weights()


def released_xception(model):
    """The names of xception_weights_tf_dim_ordering_tf_kernels.h5: Keras 1's numbering in order of creation.

    In Chollet's script a block's residual convolution is created before its separable ones.
    """
    created = ["block1_conv1", "block1_conv2"]
    for block in range(2, 15):
        if block in (2, 3, 4, 13):
            number = (2, 3, 4, 13).index(block)
            created.append("conv2d" + (f"_{number}" if number else ""))
        created += [f"block{block}_sepconv{i}" for i in (1, 2, 3) if f"block{block}_sepconv{i}" in NAMES]
    counts = collections.Counter()
    names = {}
    for name in created:
        kind = "separableconvolution2d" if "sepconv" in name else "convolution2d"
        norm = name.replace("conv2d", "batch_normalization") if name.startswith("conv2d") else f"{name}_bn"
        for layer, base in ((name, kind), (norm, "batchnormalization")):
            counts[base] += 1
            names[layer] = f"{base}_{counts[base]}"
    names["predictions"] = "dense_2"
    tails = {
        "convolution2d": ["W"],
        "separableconvolution2d": ["depthwise_kernel", "pointwise_kernel"],
        "batchnormalization": ["gamma", "beta", "running_mean", "running_std"],
        "dense": ["W", "b"],
    }
    for layer in model.layers:
        name = names.get(layer.name, layer.name)
        parts = tails[name.rsplit("_", 1)[0]] if layer.weights else []
        yield name, [f"{name}_{part}:0" for part in parts], layer.get_weights()


def write_released(path, layers):
    """What Keras 1's `save_weights` did: names of fixed length, which today's h5py has to be asked for."""
    layers = list(layers)
    with h5py.File(path, "w") as file:
        file.attrs["layer_names"] = np.array([name for name, _, _ in layers], "S")
        for name, parts, values in layers:
            group = file.create_group(name)
            group.attrs["weight_names"] = np.array(parts, "S") if parts else np.zeros(0)
            for part, value in zip(parts, values, strict=True):
                group.create_dataset(part, value.shape, dtype=value.dtype)[:] = value


def write_packed(path, layers, newer=False):
    """The same compressed, in half precision, with names of any length; `newer` has HDF5 1.8's headers and groups."""
    version = h5py.h5f.LIBVER_V18 if newer else h5py.h5f.LIBVER_EARLIEST
    access, creation = h5py.h5p.create(h5py.h5p.FILE_ACCESS), h5py.h5p.create(h5py.h5p.FILE_CREATE)
    timeless = h5py.h5p.create(h5py.h5p.GROUP_CREATE)
    access.set_libver_bounds(version, h5py.h5f.LIBVER_V18)
    creation.set_obj_track_times(False)
    timeless.set_obj_track_times(False)
    text = h5py.string_dtype()
    layers = list(layers)
    with h5py.File(h5py.h5f.create(path.encode(), fcpl=creation, fapl=access)) as file:
        file.attrs.create("layer_names", [name for name, _, _ in layers], dtype=text)
        for name, parts, values in layers:
            h5py.h5g.create(file.id, name.encode(), gcpl=timeless)
            group = file[name]
            group.attrs.create("weight_names", parts, dtype=text, shape=len(parts))
            for part, value in zip(parts, values, strict=True):
                chunks = tuple(max(1, (n + 1) // 2) for n in value.shape)
                filters = {"compression": "gzip", "shuffle": True, "fletcher32": True, "chunks": chunks}
                group.create_dataset(part, data=value.astype(np.float16), **filters)


def torchvision_vgg(tensors):
    """A state dict from torchvision's own modules, with the narrower channels."""
    plan = [n if n == "M" else n // DIVISOR for n in torchvision.models.vgg.cfgs["D"]]
    net = torchvision.models.VGG(torchvision.models.vgg.make_layers(plan), num_classes=CLASSES)
    for index, name in ((0, "fc1"), (3, "fc2"), (6, "predictions")):
        out, within = tensors[f"{name}.weight"].shape
        net.classifier[index] = torch.nn.Linear(within, out)
    state = net.state_dict()
    for theirs, value in zip(state.values(), tensors.values(), strict=True):
        theirs.copy_(torch.from_numpy(value))
    return state


def timm_vgg(state):
    """timm's names for torchvision's: its `vgg.checkpoint_filter_fn`."""
    side = VGG_SIZE // 32
    renames = {"classifier.0": "pre_logits.fc1", "classifier.3": "pre_logits.fc2", "classifier.6": "head.fc"}
    tensors = {}
    for name, value in state.items():
        for old, new in renames.items():
            name = name.replace(old, new)
        if name == "pre_logits.fc1.weight":
            value = value.reshape(len(value), -1, side, side)
        if name == "pre_logits.fc2.weight":
            value = value[..., None, None]
        tensors[name] = value.clone()
    return tensors


def cadene_xception(tensors):
    """Cadene's names, which timm's `legacy_xception` keeps."""

    def theirs(name):
        layer, part = name.split(".", 1)
        part = part.replace("depthwise.weight", "conv1.weight")
        if layer == "predictions":
            return f"fc.{part}"
        for number, block in enumerate((1, 2, 3, 12)):
            suffix = f"_{number}" if number else ""
            if layer == f"conv2d{suffix}":
                return f"block{block}.skip.{part}"
            if layer == f"batch_normalization{suffix}":
                return f"block{block}.skipbn.{part}"
        block, rest = layer.removeprefix("block").split("_", 1)
        block, norm = int(block), rest.endswith("_bn")
        index = int(rest.removesuffix("_bn")[-1])
        if block == 1:
            return f"{'bn' if norm else 'conv'}{index}.{part}"
        if block == 14:
            return f"{'bn' if norm else 'conv'}{index + 2}.{part}"
        # `rep` counts rectifiers too; only the first block does not begin with one.
        place = 3 * (index - 1) + (block != 2) + norm
        return f"block{block - 1}.rep.{place}.{part}"

    state = collections.OrderedDict()
    for name, value in tensors.items():
        state[theirs(name)] = torch.from_numpy(value.copy())
        if name.endswith("running_var"):
            state[theirs(name).replace("running_var", "num_batches_tracked")] = torch.tensor(0)
    state._metadata = collections.OrderedDict({"": {"version": 1}})
    return state


def restamp(path):
    """The archive again, with the same date in every entry."""
    with zipfile.ZipFile(path) as archive:
        entries = [(info, archive.read(info)) for info in archive.infolist()]
    with zipfile.ZipFile(path, "w") as archive:
        for info, data in entries:
            again = zipfile.ZipInfo(info.filename, STAMP)
            again.compress_type = info.compress_type
            if info.filename == "metadata.json":
                data = json.dumps(json.loads(data) | {"date_saved": "2020-01-01@00:00:00"})
            archive.writestr(again, data)


def main(folder):
    os.makedirs(folder, exist_ok=True)
    os.chdir(folder)
    keras.utils.clear_session()  # so that unnamed layers are counted from the first
    vgg = keras.applications.VGG16(weights=None)
    xception = keras.applications.Xception(weights=None)
    NAMES.update(layer.name for layer in xception.layers)
    logits = {}
    for model, size, seed in ((vgg, VGG_SIZE, 1), (xception, XCEPTION_SIZE, 2)):
        name = model.name
        small = narrow(model, size, "float32")
        randomize(small, seed)
        expected = ours(small)
        save_numpy({key: value.astype(np.float16) for key, value in expected.items()}, f"{name}_expected.safetensors")

        released = released_vgg if name == "vgg16" else released_xception
        write_released(f"{name}_weights_tf_dim_ordering_tf_kernels.h5", released(small))
        if name == "vgg16":
            small.save(f"{name}.keras")
            restamp(f"{name}.keras")
            small.save(f"{name}_whole.h5")
            write_packed(f"{name}_packed.h5", released(small))
            # Groups of more than eight members are another thing there, which no Keras writes.
            write_packed(f"{name}_newer.h5", list(released(small))[:8], newer=True)
            state = torchvision_vgg(expected)
            torch.save(state, f"{name}_torchvision.pth")
            half = {key: value.half() for key, value in state.items()}
            torch.save(half, f"{name}_torchvision_stream.pth", _use_new_zipfile_serialization=False)
            save_torch(half, f"{name}_torchvision.safetensors")
            timm = timm_vgg(state)
            for kind, dtype in (("f32", torch.float32), ("f16", torch.float16), ("bf16", torch.bfloat16)):
                save_torch({key: value.to(dtype) for key, value in timm.items()}, f"{name}_timm_{kind}.safetensors")
        else:
            small.save_weights(f"{name}.weights.h5")
            state = cadene_xception(expected)
            # With their channels last, as a model that was trained so leaves them.
            last = {key: value.contiguous(memory_format=torch.channels_last) if value.ndim == 4 else value for key, value in state.items()}
            torch.save(last, f"{name}_timm.pth")
            half = {key: value.half() if value.ndim else value for key, value in state.items()}
            save_torch(half, f"{name}_timm.safetensors")

        double = narrow(model, size, "float64")
        double.set_weights(small.get_weights())
        picture = np.random.default_rng(seed + 10).uniform(-1, 1, (1, size, size, 3))
        picture = exact(picture).astype(np.float64)
        logits[f"{name}.input"] = np.ascontiguousarray(picture.transpose(0, 3, 1, 2)).astype(np.float16)
        logits[f"{name}.logits"] = keras.ops.convert_to_numpy(double(picture)).astype(np.float32)
        print(name, small.count_params(), "weights; logits", logits[f"{name}.logits"][0])
    save_numpy(logits, "expected_logits.safetensors")


NAMES = set()

if __name__ == "__main__":
    main(*sys.argv[1:])
