"""Qt resource files, in which Debian's gcompris-qt-data keeps its pictures."""

import struct
import zlib
from pathlib import Path


def qt_resource(path: Path) -> dict[str, bytes]:
    """The files in a Qt resource file, by their paths."""
    blob = path.read_bytes()
    magic, version, tree, data, names = struct.unpack(">4s4I", blob[:20])
    assert magic == b"qres", f"{path} is no Qt resource file"
    node = 14 if version < 2 else 22
    files = {}

    def walk(index: int, parents: tuple[str, ...]) -> None:
        at = tree + index * node
        name, flags = struct.unpack_from(">IH", blob, at)
        (length,) = struct.unpack_from(">H", blob, names + name)
        text = blob[names + name + 6 : names + name + 6 + 2 * length].decode("utf-16-be")
        here = (*parents, text) if index else ()
        if flags & 2:
            count, first = struct.unpack_from(">II", blob, at + 6)
            for child in range(first, first + count):
                walk(child, here)
        else:
            (offset,) = struct.unpack_from(">I", blob, at + 10)
            (length,) = struct.unpack_from(">I", blob, data + offset)
            content = blob[data + offset + 4 : data + offset + 4 + length]
            files["/".join(here)] = zlib.decompress(content[4:]) if flags & 1 else content

    walk(0, ())
    return files
