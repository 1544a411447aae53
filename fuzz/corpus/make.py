"""The first inputs of the fuzz targets: small files as the real libraries write them, and files
that other readers are known to have had trouble with. What each gives is in
crates/weights/tests/corpus.rs.

Run with torch, h5py, numpy and safetensors: python make.py
"""

import collections
import io
import json
import pathlib
import pickle
import struct

import h5py
import numpy as np
import safetensors.numpy
import torch

HERE = pathlib.Path(__file__).parent
A = np.arange(6, dtype="float32").reshape(2, 3)


def write(folder, name, data):
    (HERE / folder / name).write_bytes(data)


# safetensors -------------------------------------------------------------------------------------


def header(text, data=b""):
    text = text if isinstance(text, bytes) else json.dumps(text).encode()
    return struct.pack("<Q", len(text)) + text + data


def entry(dtype, shape, start, end):
    return {"dtype": dtype, "shape": shape, "data_offsets": [start, end]}


write("safetensors", "plain.safetensors", safetensors.numpy.save({"a": A, "b": A[0].astype("float16")}, {"format": "pt"}))
write("safetensors", "no_tensors.safetensors", header({"__metadata__": {"format": "pt"}}))
write("safetensors", "empty_tensor.safetensors", header({"a": entry("F32", [0, 3], 0, 0), "b": entry("F32", [1], 0, 4)}, bytes(4)))
write("safetensors", "scalar.safetensors", header({"a": entry("F32", [], 0, 4)}, bytes(4)))
write("safetensors", "padded_header.safetensors", header(json.dumps({"a": entry("F32", [1], 0, 4)}).encode() + b"   ", bytes(4)))
write("safetensors", "integers.safetensors", header({"a": entry("I64", [1], 0, 8)}, bytes(8)))
write("safetensors", "newer_type.safetensors", header({"a": entry("F8_E4M3", [4], 0, 4)}, bytes(4)))
write("safetensors", "number_in_metadata.safetensors", header({"__metadata__": {"step": 5}, "a": entry("F32", [1], 0, 4)}, bytes(4)))
write("safetensors", "bytes_after.safetensors", header({"a": entry("F32", [1], 0, 4)}, bytes(5)))
write("safetensors", "gap.safetensors", header({"a": entry("F32", [1], 0, 4), "b": entry("F32", [1], 8, 12)}, bytes(12)))
write("safetensors", "duplicate_key.safetensors", header(
    b'{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}', bytes(8)))
write("safetensors", "escape.safetensors", header({"\x1b[2J\u202e" + "x" * 500: entry("F32", [1], 0, 4)}, struct.pack("<f", np.nan)))
write("safetensors", "unknown_type.safetensors", header({"a": entry("\x1b[31mX", [1], 0, 4)}, bytes(4)))
write("safetensors", "huge_shape.safetensors", header({"a": entry("F32", [1 << 40, 1 << 40], 0, 4)}, bytes(4)))

# PyTorch -----------------------------------------------------------------------------------------

T = torch.arange(6, dtype=torch.float32).reshape(2, 3)
STATE = collections.OrderedDict(a=T, b=T[0].half())


def torch_file(name, value, **options):
    data = io.BytesIO()
    torch.save(value, data, **options)
    # The entries are aligned to 64 bytes with padding, which the reader never looks at.
    write("pytorch", name, data.getvalue())


torch_file("archive.pth", STATE)
torch_file("stream.pth", STATE, _use_new_zipfile_serialization=False)
torch_file("protocol4.pth", STATE, pickle_protocol=4)
torch_file("stream_protocol4.pth", STATE, _use_new_zipfile_serialization=False, pickle_protocol=4)
torch_file("shared_storage.pth", {"a": T, "b": T[1], "c": T.T})
torch_file("strided.pth", {"a": T[:, ::2]})
torch_file("expanded.pth", {"a": T[:1].expand(2, 3)})
torch_file("scalar.pth", {"a": torch.tensor(2.5), "n.num_batches_tracked": torch.tensor(7)})
torch_file("parameter.pth", {"a": torch.nn.Parameter(T)})
torch_file("prefixed.pth", {"module.a": T, "module.b": T})
torch_file("lightning.pth", {"epoch": 3, "pytorch-lightning_version": "2.5.0", "state_dict": {"model.a": T}, "loops": {"x": {}}, "lr": 0.5})
torch_file("whole_module.pth", torch.nn.Linear(2, 1))
torch_file("tensor.pth", T)
torch_file("bfloat16.pth", {"a": T.bfloat16()})
torch_file("list_of_tensors.pth", [T, T])
write("pytorch", "plain_pickle.pkl", pickle.dumps({"a": [1, 2, 3]}, protocol=4))

# HDF5, as Keras writes it --------------------------------------------------------------------------


def keras(name, fill, libver=None, **options):
    data = io.BytesIO()
    with h5py.File(data, "w", libver=libver, **options) as file:
        file.attrs["layer_names"] = np.array([b"dense"])
        group = file.create_group("dense")
        group.attrs["weight_names"] = np.array([b"k"])
        fill(group)
    write("hdf5", name, data.getvalue())


def keras3(name):
    data = io.BytesIO()
    with h5py.File(data, "w") as file:
        file.create_dataset("layers/dense/vars/0", data=A)
    write("hdf5", name, data.getvalue())


def chunked(**options):
    return lambda group: group.create_dataset("k", data=A, chunks=(1, 2), **options)


def compact(group):
    creation = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    creation.set_layout(h5py.h5d.COMPACT)
    space = h5py.h5s.create_simple(A.shape)
    h5py.h5d.create(group.id, b"k", h5py.h5t.IEEE_F32LE, space, creation).write(h5py.h5s.ALL, h5py.h5s.ALL, A)


def external(group):
    group.create_dataset("k", (2, 3), "float32", external=[("values.bin", 0, 24)])


keras("plain.h5", lambda group: group.create_dataset("k", data=A))
keras3("keras3.weights.h5")
keras("compressed.h5", chunked(compression="gzip", shuffle=True, fletcher32=True))
keras("resizable.h5", lambda group: group.create_dataset("k", data=A, chunks=(4, 4), maxshape=(None, None)))
keras("half_written.h5", lambda group: group.create_dataset("k", (4, 3), "float32", chunks=(2, 3)).__setitem__(slice(0, 2), A))
keras("never_written.h5", lambda group: group.create_dataset("k", (4, 3), "float32"))
keras("lzf.h5", chunked(compression="lzf"))
keras("scale_offset.h5", chunked(scaleoffset=2))
keras("compact.h5", compact)
keras("external.h5", external)
keras("big_endian.h5", lambda group: group.create_dataset("k", data=A.astype(">f4")))
keras("latest.h5", lambda group: group.create_dataset("k", data=A), libver="latest")
keras("latest_chunked.h5", chunked(), libver="latest")
keras("user_block.h5", lambda group: group.create_dataset("k", data=A), userblock_size=512)
keras("integers.h5", lambda group: group.create_dataset("k", data=A.astype("int32"), chunks=(1, 2)))
keras("scalar.h5", lambda group: group.create_dataset("k", data=np.float32(2.5)))
keras("empty.h5", lambda group: group.create_dataset("k", data=np.zeros((0, 3), "float32")))

# NumPy -------------------------------------------------------------------------------------------

for name, array in {
    "c.npy": A,
    "fortran.npy": np.asfortranarray(A),
    "big.npy": A.astype(">f8"),
    "bytes.npy": A.astype("uint8"),
    "complex.npy": A.astype("complex64"),
    "structured.npy": np.zeros(2, [("a", "f4"), ("b", "i2")]),
    "objects.npy": np.array([None, 1], dtype=object),
}.items():
    data = io.BytesIO()
    np.save(data, array)
    write("numpy", name, data.getvalue())
data = io.BytesIO()
np.savez(data, a=A[:1])
write("numpy", "archive.npz", data.getvalue())
