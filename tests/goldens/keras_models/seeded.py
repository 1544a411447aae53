"""Weights made up from their names, for networks of full size; `crates/zoo/src/seeded.rs` has them too.

They come from a generator that counts, so that they can be made anywhere, in any order, bit by bit the same: `units`
and `WEIGHTS` say how. A tensor is named as by PyTorch, `LAYER.weight`, and numbered in PyTorch's order of axes (a
separable convolution has two, `LAYER.depthwise.weight` and `LAYER.pointwise.weight`). The classifier's weights are
smaller by a gain, a power of two, which makes the logits differ by about 2.
"""

import numpy as np

CLASSIFIER = "predictions"
GAIN = np.float32(1 / 64)

GOLDEN = np.uint64(0x9E3779B97F4A7C15)
MIX = [(np.uint64(30), np.uint64(0xBF58476D1CE4E5B9)), (np.uint64(27), np.uint64(0x94D049BB133111EB))]


def mix(z: np.ndarray) -> np.ndarray:
    """The last step of SplitMix64, modulo 2^64."""
    for shift, factor in MIX:
        z = (z ^ (z >> shift)) * factor
    return z ^ (z >> np.uint64(31))


def units(name: str, shape: tuple) -> np.ndarray:
    """The tensor's numbers in -1..1, multiples of 2^-23 and so exact in single precision.

    Element i, counted row by row from 0, is a function of the name and of i.
    """
    key = np.zeros(1, np.uint64)
    for byte in name.encode():
        key = mix((key ^ np.uint64(byte)) + GOLDEN)
    values = np.empty(int(np.prod(shape)), np.float32)
    # In parts, so that the largest tensor's counters need not all be in memory.
    for start in range(0, values.size, 1 << 22):
        part = values[start:start + (1 << 22)]
        counter = np.arange(start + 1, start + 1 + part.size, dtype=np.uint64)
        part[:] = (mix(key + counter * GOLDEN) >> np.uint64(40)).astype(np.float32) / np.float32(1 << 23) - np.float32(1)
    return values.reshape(shape)


def root(share: float, shape: tuple) -> np.float32:
    """The root of `share` by the number of inputs of a unit, rounded to single precision once, at its end."""
    return np.float32(np.sqrt(share / np.prod(shape[1:])))


# Everything in single precision, rounded after each operation. Uniform numbers have a third of their bound's square as
# their variance: 6 keeps an activation's size through a ReLU, 3 where there is none, as between the two halves of a
# separable convolution.
WEIGHTS = {
    "weight": lambda x: x * root(6, x.shape),
    "depthwise.weight": lambda x: x * root(3, x.shape),
    "pointwise.weight": lambda x: x * root(6, x.shape),
    "bias": lambda x: np.float32(0.1) * x,
    "norm.weight": lambda x: np.float32(1) + np.float32(0.1) * x,
    "norm.bias": lambda x: np.float32(0.1) * x,
    "norm.running_mean": lambda x: np.float32(0.1) * x,
    "norm.running_var": lambda x: np.float32(1) + np.float32(0.5) * x,
}


def tensor(layer: str, part: str, shape: tuple, kind: str = "") -> np.ndarray:
    """A tensor of the layer of this name; of a batch norm, `kind` is `norm.`."""
    values = WEIGHTS[kind + part](units(f"{layer}.{part}", tuple(shape)))
    return values * GAIN if (layer, part) == (CLASSIFIER, "weight") else values
