"""Write the colour tables in this folder from the ones matplotlib publishes.

Each <id>.rgb holds 256 colours of three bytes (red, green, blue), lowest value
first. The Rust code includes the files as they are. To make them again:

    pip install matplotlib==3.11.2
    python make.py
"""

from pathlib import Path

import matplotlib
import numpy as np

TABLES = {
    "viridis": "viridis",
    "turbo": "turbo",
    "inferno": "inferno",
    "red-blue": "RdBu_r",  # reversed, so that red is the positive end
}

for name, published in TABLES.items():
    # Integers index the table itself, where floats would be resampled.
    colours = matplotlib.colormaps[published](np.arange(256))[:, :3]
    # Rounded, as the published byte tables are; matplotlib's bytes=True truncates.
    table = np.rint(colours * 255).astype(np.uint8)
    assert table.shape == (256, 3), (name, table.shape)
    Path(__file__).with_name(f"{name}.rgb").write_bytes(table.tobytes())
