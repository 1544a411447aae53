"""Makes the goldens of `picture::resample`: what Pillow's resize gives, as .npy files of bytes.

    pip install numpy pillow==11.3.0 scikit-image
    python crates/picture/goldens/resize/make.py

Pillow from 13 on resamples some tall pictures' columns first, so that levels differ where the rounding in
between falls otherwise. The networks were trained and measured with the fixed order, which is held to here.

torchvision resizes a PIL picture with Pillow, so `torchvision()` computes its sizes and margins as its source
does and calls Pillow. With --check, each result is compared with torchvision's own (needs torchvision).

The inputs are not stored: the test computes the same pattern, in `resample/tests.rs`. It is all edges,
so that every weight and every rounding shows. Two goldens come from real photographs of scikit-image,
which the gallery has too; their green channel is kept, to stay small.
"""

import sys
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

# name: (picture width, picture height, input width, input height)
TORCHVISION = {
    "torchvision_wide": (640, 427, 84, 84),
    "torchvision_tall": (100, 333, 84, 84),
    "torchvision_square": (97, 97, 56, 56),
    "torchvision_up": (40, 31, 56, 56),
    "torchvision_same": (96, 131, 84, 84),
    "torchvision_oblong": (300, 200, 84, 56),
}


def torchvision(picture: Image.Image, width: int, height: int) -> Image.Image:
    """`Resize(n)` and `CenterCrop((height, width))` of torchvision.transforms, for a PIL picture."""
    size = round(max(width, height) * 256 / 224)
    w, h = picture.size
    short, long = min(w, h), max(w, h)
    new_long = int(size * long / short)
    resized = picture.resize((size, new_long) if w <= h else (new_long, size), Image.Resampling.BILINEAR)
    left, top = (int(round((length - part) / 2.0)) for length, part in zip(resized.size, (width, height)))
    result = resized.crop((left, top, left + width, top + height))
    if "--check" in sys.argv:
        from torchvision import transforms

        theirs = transforms.CenterCrop((height, width))(transforms.Resize(size)(picture))
        assert np.array_equal(np.asarray(theirs), np.asarray(result)), picture.size
    return result


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

    for name, (width, height, to_width, to_height) in TORCHVISION.items():
        save(name, np.asarray(torchvision(Image.fromarray(pattern(width, height)), to_width, to_height)))

    from skimage import data

    for name in ("chelsea", "coffee"):
        picture = Image.fromarray(getattr(data, name)())
        side = min(picture.size)
        x, y = ((length - side) // 2 for length in picture.size)
        view = picture.resize((224, 224), Image.Resampling.BICUBIC, box=(x, y, x + side, y + side))
        save(f"{name}_green", np.asarray(view)[:, :, 1])
    picture = Image.fromarray(data.chelsea())
    save("chelsea_green_torchvision", np.asarray(torchvision(picture, 224, 224))[:, :, 1])


main()
