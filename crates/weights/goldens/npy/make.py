"""Small arrays in every format that negah_weights::npy reads. Run with NumPy 2: python make.py"""

import pathlib

import numpy as np

HERE = pathlib.Path(__file__).parent
VALUES = np.arange(24).reshape(2, 3, 4) / 2 - 3


def save(name, array, version=None):
    with open(HERE / f"{name}.npy", "wb") as file:
        np.lib.format.write_array(file, array, version=version)


for kind in ["float16", "float32", "float64", "uint8", "int16", "int32"]:
    scale, offset = (1, 0) if kind.startswith("float") else (2, 6 if kind == "uint8" else 0)
    values = (VALUES * scale + offset).astype(kind)
    for order in "CF":
        for endian in "<>":
            name = f"{kind}_{order}_{'little' if endian == '<' else 'big'}"
            save(name, np.asarray(values, dtype=np.dtype(kind).newbyteorder(endian), order=order))
for version in [2, 3]:
    save(f"float32_version{version}", VALUES.astype("float32"), (version, 0))
save("float32_scalar", np.array(2.5, "float32"))
save("float32_vector", np.array([1, 2, 3], "float32"))
save("float32_empty", np.zeros((2, 0), "float32"))
