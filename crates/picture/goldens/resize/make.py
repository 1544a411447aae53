"""Makes the goldens of `picture::resample`: what Pillow's bicubic resize gives, as .npy files of bytes.

    pip install numpy pillow==11.3.0 scikit-image
    python crates/picture/goldens/resize/make.py

Pillow from 13 on resamples some tall pictures' columns first, so that levels differ where the rounding in
between falls otherwise. The networks were trained and measured with the fixed order, which is held to here.

The inputs are not stored: the test computes the same pattern, in `picture/resample.rs`. It is all edges,
so that every weight and every rounding shows. Two goldens come from real photographs of scikit-image,
which the gallery has too; their green channel is kept, to stay small.
"""

from pathlib import Path

import numpy as np
from PIL import Image

HERE = Path(__file__).parent

# name: (input width, input height, box or None for all of it, output width, output height)
CASES = {
    "down": (61, 47, None, 24, 24),
    "down_much": (640, 427, None, 48, 40),
    "up": (19, 13, None, 32, 45),
    "down_and_up": (100, 9, None, 30, 31),
    "narrow": (8, 300, None, 16, 16),
    "same": (24, 20, None, 24, 20),
    "odd_box": (61, 47, (7, 0, 54, 47), 24, 24),
    "odd_box_tall": (40, 83, (0, 21, 40, 61), 28, 28),
    "box_up": (33, 30, (10, 11, 21, 22), 40, 40),
    "box_same": (50, 40, (5, 0, 45, 40), 40, 40),
    "photograph": (451, 300, (75, 0, 375, 300), 96, 96),
}


def pattern(width: int, height: int) -> np.ndarray:
    """Blocks of 3 × 2 pixels in levels that follow no order, with full black and white among them."""
    y, x, c = np.meshgrid(np.arange(height), np.arange(width), np.arange(3), indexing="ij")
    level = ((x // 3) * 73 + (y // 2) * 151 + c * 89 + (x * y) % 41 * 6) % 512
    return np.clip(level - 128, 0, 255).astype(np.uint8)


def save(name: str, values: np.ndarray) -> None:
    np.save(HERE / f"{name}.npy", np.ascontiguousarray(values))


def main() -> None:
    for name, (width, height, box, to_width, to_height) in CASES.items():
        picture = Image.fromarray(pattern(width, height))
        save(name, np.asarray(picture.resize((to_width, to_height), Image.Resampling.BICUBIC, box=box)))

    from skimage import data

    for name in ("chelsea", "coffee"):
        picture = Image.fromarray(getattr(data, name)())
        side = min(picture.size)
        x, y = ((length - side) // 2 for length in picture.size)
        view = picture.resize((224, 224), Image.Resampling.BICUBIC, box=(x, y, x + side, y + side))
        save(f"{name}_green", np.asarray(view)[:, :, 1])


main()
