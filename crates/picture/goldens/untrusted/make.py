"""Makes small files that cost decoders seconds, gigabytes or a panic, named `NAME.CODE.ENDING` after the
error code that each is to get, or "accepted".

    python crates/picture/goldens/untrusted/make.py

The files begin from those of `goldens/decode`. `report_*` are from public bug reports of image-gif and image.
"""

import base64
import struct
import zlib
from pathlib import Path

HERE = Path(__file__).parent
DECODE = HERE.parent / "decode"
SIGNATURE = b"\x89PNG\r\n\x1a\n"


def put(name: str, data: bytes) -> None:
    (HERE / name).write_bytes(data)


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def header(width: int, height: int, depth: int, colour: int, interlaced: int = 0) -> bytes:
    return chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, interlaced))


def png(*chunks: bytes) -> bytes:
    return SIGNATURE + b"".join(chunks) + chunk(b"IEND", b"")


def zeros(mebibytes: int) -> bytes:
    return zlib.compress(bytes(mebibytes << 20), 9)


def pngs() -> None:
    rows = zlib.compress((b"\0" + bytes([200, 20, 10] * 16)) * 16)
    small, data = header(16, 16, 8, 2), chunk(b"IDAT", rows)
    put("profile.accepted.png", png(small, chunk(b"iCCP", b"p\0\0" + zeros(24)), data))
    text = chunk(b"iTXt", b"XML:com.adobe.xmp\0\x01\0\0\0" + zeros(1))
    put("text.accepted.png", png(small, chunk(b"zTXt", b"k\0\0" + zeros(24)), text, data))
    control = chunk(b"fcTL", struct.pack(">IIIIIHHBB", 0, 8000, 8000, 0, 0, 1, 1, 0, 0))
    frames = chunk(b"acTL", struct.pack(">II", 1 << 30, 0)) + control + chunk(b"fdAT", b"\0\0\0\1" + rows)
    put("frames.accepted.png", png(small, frames, data))
    put("interlaced.truncated-image.png", png(header(8000, 8000, 1, 3, 1), chunk(b"PLTE", bytes(6)), data))
    put("deep.truncated-image.png", png(header(5000, 5000, 16, 6), data))
    put("chunk_length.truncated-image.png", SIGNATURE + small + b"\xff\xff\xff\xf0iCCPp\0\0xyz")


def riff_chunk(name: bytes, data: bytes) -> bytes:
    return name + struct.pack("<I", len(data)) + data + bytes(len(data) % 2)


def webp(*chunks: bytes) -> bytes:
    return b"RIFF" + struct.pack("<I", 4 + sum(map(len, chunks))) + b"WEBP" + b"".join(chunks)


def u24(*numbers: int) -> bytes:
    return b"".join(struct.pack("<I", number)[:3] for number in numbers)


def webps() -> None:
    lossy = (DECODE / "lossy.webp").read_bytes()
    vp8 = lossy[20 : 20 + struct.unpack("<I", lossy[16:20])[0]]

    def sized(width: int, height: int) -> bytes:
        return riff_chunk(b"VP8 ", vp8[:6] + struct.pack("<HH", width, height) + vp8[10:])

    def canvas(flags: int, width: int, height: int) -> bytes:
        return riff_chunk(b"VP8X", bytes([flags, 0, 0, 0]) + u24(width - 1, height - 1))

    def frame(width: int, height: int, picture: bytes) -> bytes:
        return riff_chunk(b"ANIM", bytes(6)) + riff_chunk(b"ANMF", u24(0, 0, width - 1, height - 1) + bytes(4) + picture)

    # An EXIF chunk that claims 4 GiB less a few bytes, and one that claims 2 GiB.
    for name, length in (("exif_trap", 0xFFFFFFF0), ("exif_2gb", 0x7FFFFFF0)):
        exif = b"EXIF" + struct.pack("<I", length) + b"II*\0"
        put(f"{name}.truncated-image.webp", webp(canvas(8, 48, 32), riff_chunk(b"VP8 ", vp8), exif))
    large = sized(16383, 16383)
    put("larger_than_canvas.truncated-image.webp", webp(canvas(0, 8, 8), large))
    put("frame_beyond_canvas.truncated-image.webp", webp(canvas(2, 64, 64), frame(16384, 16384, large)))
    put("frame_larger.truncated-image.webp", webp(canvas(2, 48, 32), frame(48, 32, large)))
    put("canvas.image-too-large.webp", webp(canvas(2, 1 << 24, 255), frame(48, 32, sized(48, 32))))
    put("no_width.image-too-small.webp", webp(sized(0, 0)))


def gif(width: int, height: int, frame_width: int, frame_height: int) -> bytes:
    screen = b"GIF89a" + struct.pack("<HH", width, height) + b"\x80\0\0" + bytes(6)
    return screen + b"," + struct.pack("<HHHH", 0, 0, frame_width, frame_height) + b"\0\x02\x02\x4c\x01\0;"


def gifs() -> None:
    put("frame.image-too-large.gif", gif(16, 16, 65535, 65535))
    put("screen.image-too-large.gif", gif(65535, 8191, 1, 1))
    put("empty_frame.truncated-image.gif", gif(16, 16, 0, 16))
    put("block.truncated-image.gif", gif(16, 16, 16, 16)[:-4] + b"\xff\x44")
    for name, data in (
        ("report_oob_1.truncated-image", "R0lGODdhIAAgAIABAJQnJ////ywAAAAAIOgAAHUAAAAAAAAAAAAArDsAAlGEj1GE///L7Q+j"),
        ("report_oob_2.truncated-image", "R0lGODdhIAAgAIABAJQ7J////ywAR7wpSSEAAEYAADg3YQA="),
        ("report_hang.image-too-large", "R0lGODlhRxpH/wAAACwBAAAAAAAAJ/hGOAAAAQAA/7k4//9GSQQAOA=="),
    ):
        put(f"{name}.gif", base64.b64decode(data))


def bmp(width: int, height: int, offset: int = 54, depth: int = 24) -> bytes:
    info = struct.pack("<IiiHHIIiiII", 40, width, height, 1, depth, 0, 0, 0, 0, 0, 0)
    return b"BM" + struct.pack("<IHHI", 54, 0, 0, offset) + info + bytes(800)


def bmps() -> None:
    put("claims.truncated-image.bmp", bmp(8000, 8000))
    put("offset.truncated-image.bmp", bmp(16, 16, offset=0x7FFFFFFF))
    put("tall.image-too-large.bmp", bmp(32, 6946848, depth=32))
    put("upside_down.image-too-large.bmp", bmp(16, -(1 << 31)))


def segment(marker: int, data: bytes) -> bytes:
    return bytes([0xFF, marker]) + struct.pack(">H", len(data) + 2) + data


def jpegs() -> None:
    start, end = b"\xff\xd8", b"\xff\xd9"
    baseline = (DECODE / "baseline.jpg").read_bytes()
    at = baseline.index(b"\xff\xc0") + 5
    put("claims.truncated-image.jpg", baseline[:at] + struct.pack(">HH", 8000, 8000) + baseline[at + 4 :])

    quantisation = segment(0xDB, bytes([0] + [1] * 64))
    one_component = bytes([1, 1, 0x11, 0])
    put("no_scan.truncated-image.jpg", start + quantisation + segment(0xC0, b"\x08\0\x40\0\x40" + one_component) + end)

    # 90 scans of a million blocks, of which a code of 15 bits skips 32767.
    bits = ("0" + "1" * 14) * -(-1_000_000 // 32767)
    bits += "1" * (-len(bits) % 8)
    data = int(bits, 2).to_bytes(len(bits) // 8, "big").replace(b"\xff", b"\xff\0")
    frame = segment(0xC2, b"\x08" + struct.pack(">HH", 8000, 8000) + one_component)
    table = segment(0xC4, bytes([0x10, 1] + [0] * 15 + [0xE0]))
    scan = segment(0xDA, bytes([1, 1, 0, 1, 63, 0])) + data
    put("scans.image-too-large.jpg", start + quantisation + frame + table + scan * 90 + end)

    # An EXIF directory whose next directory is itself.
    directory = b"II*\0\x08\0\0\0\x01\0\x69\x87\x04\0\x01\0\0\0\x08\0\0\0\x08\0\0\0"
    put("directory_loop.accepted.jpg", baseline[:2] + segment(0xE1, b"Exif\0\0" + directory) + baseline[2:])


for make in (pngs, webps, gifs, bmps, jpegs):
    make()
