"""Makes the small files that the tests of `picture::decode` read: one picture in many formats.

    pip install numpy pillow
    python crates/picture/goldens/decode/make.py

The picture has four quarters: red and green above, blue and, below on the right, yellow, which is
half transparent where the format has transparency. What a decoder must give is written in the test.
"""

from pathlib import Path

import numpy as np
from PIL import Image

HERE = Path(__file__).parent
SIZE = (48, 32)
QUARTERS = [[(220, 40, 30), (40, 180, 60)], [(30, 60, 200), (240, 220, 40)]]


def picture(opacity: int = 255) -> Image.Image:
    pixels = np.zeros((SIZE[1], SIZE[0], 4), np.uint8)
    pixels[..., 3] = 255
    for row in range(2):
        for column in range(2):
            part = np.s_[row * 16 : row * 16 + 16, column * 24 : column * 24 + 24]
            pixels[part][..., :3] = QUARTERS[row][column]
    pixels[16:, 24:, 3] = opacity
    return Image.fromarray(pixels) if opacity < 255 else Image.fromarray(pixels[..., :3])


def cmyk() -> Image.Image:
    """Inks that give the quarters back by (255 − ink) × (255 − black) / 255."""
    pixels = np.zeros((SIZE[1], SIZE[0], 4), np.uint8)
    pixels[..., :3] = 255 - np.asarray(picture())
    return Image.fromarray(pixels, "CMYK")


def exif(orientation: int) -> Image.Exif:
    data = Image.Exif()
    data[0x0112] = orientation
    return data


def main() -> None:
    opaque, clear = picture(), picture(opacity=128)
    grey, quality = opaque.convert("L"), {"quality": 95, "subsampling": 0}

    opaque.save(HERE / "baseline.jpg", quality=95, subsampling=2)
    opaque.save(HERE / "progressive.jpg", progressive=True, **quality)
    opaque.save(HERE / "restarts.jpg", restart_marker_blocks=2, **quality)
    opaque.rotate(90, expand=True).save(HERE / "turned.jpg", exif=exif(6), **quality)
    grey.save(HERE / "grey.jpg", quality=95)
    cmyk().save(HERE / "cmyk.jpg", quality=95)

    opaque.save(HERE / "rgb.png")
    clear.save(HERE / "rgba.png")
    clear.convert("LA").save(HERE / "grey_alpha.png")
    opaque.quantize(4).save(HERE / "palette.png")
    Image.fromarray(np.asarray(grey).astype(np.uint16) * 257).save(HERE / "grey16.png")
    opaque.rotate(90, expand=True).save(HERE / "turned.png", exif=exif(6))

    opaque.save(HERE / "lossy.webp", quality=95)
    clear.save(HERE / "lossy_alpha.webp", quality=95)
    clear.save(HERE / "lossless.webp", lossless=True)
    opaque.rotate(90, expand=True).save(HERE / "turned.webp", lossless=True, exif=exif(6))
    black = Image.new("RGB", SIZE)
    opaque.save(HERE / "animated.webp", save_all=True, append_images=[black], lossless=True)

    opaque.save(HERE / "animated.gif", save_all=True, append_images=[black])
    opaque.save(HERE / "rgb.bmp")
    opaque.quantize(4).save(HERE / "palette.bmp")


main()
