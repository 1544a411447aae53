"""Makes the background set: fifty small photographs, backgrounds.json and CREDITS.md.

    pip install pillow
    apt-get download gcompris-qt-data
    python www/backgrounds/make.py gcompris-qt-data_*.deb

A method that compares a photograph with a background needs pictures of anything and everything. These are the
photographs of Debian's gcompris-qt-data whose README puts them in the public domain or under CC0 or CC-BY, less
those of the gallery: author, licence and origin are read from that README, so that nothing is credited by hand.
"""

import io
import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from urllib.parse import unquote

from PIL import Image

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "samples"))
from qt_resource import qt_resource  # noqa: E402

COUNT, SIDE, MOST_BYTES = 50, 224, 14_000
COLLECTIONS = ["explore_world_animals", "erase", "explore_farm_animals", "explore_monuments", "explore_world_music", "details"]
FREE = re.compile(r"^(public domain|cc0(-1\.0)?|cc-by[- ][0-9.]+)", re.IGNORECASE)
COMMONS = "https://commons.wikimedia.org/wiki/File:"


def entries(readme: str) -> list[dict]:
    """The pictures that a README lists, each with its author, licence and origin."""
    found = []
    for block in re.split(r"\n\s*\n", readme):
        fields, files, listing = {}, [], False
        for line in block.splitlines():
            key, colon, rest = line.partition(":")
            if colon and key.strip().lower() in ("copyright", "license", "source", "comments", "files"):
                listing = key.strip().lower() == "files"
                fields[key.strip().lower()] = rest.strip()
                files += [rest.strip()] if listing and rest.strip() else []
            elif listing and line.strip():
                files.append(line.strip())
        if {"copyright", "license", "source"} <= fields.keys():
            found += [{**fields, "file": file} for file in files if file.endswith(".webp")]
    return found


def candidates(folder: Path) -> list[list[dict]]:
    taken = {sample["source"] for sample in json.loads((HERE.parent / "samples/samples.json").read_text())}
    collections = []
    for name in COLLECTIONS:
        files = qt_resource(folder / f"usr/share/gcompris-qt/rcc/{name}.rcc")
        pictures = []
        for path in (path for path in files if path.endswith("/README")):
            for entry in entries(files[path].decode()):
                place = f"{path.removesuffix('README')}{entry['file']}"
                free = FREE.match(entry["license"]) and "SA" not in entry["license"].upper()
                if place in files and free and entry["source"] not in taken:
                    pictures.append({**entry, "bytes": files[place]})
        collections.append(pictures)
    return collections


def in_turn(collections: list[list[dict]]) -> list[dict]:
    """One of each collection after another, so that kinds of pictures alternate."""
    rounds = max(map(len, collections))
    return [pictures[index] for index in range(rounds) for pictures in collections if index < len(pictures)]


def jpeg(picture: Image.Image) -> bytes:
    for quality in range(82, 30, -2):
        output = io.BytesIO()
        picture.save(output, "JPEG", quality=quality, optimize=True, progressive=True)
        if output.tell() <= MOST_BYTES:
            return output.getvalue()
    raise ValueError("no quality is small enough")


def square(data: bytes) -> Image.Image:
    picture = Image.open(io.BytesIO(data)).convert("RGB")
    side = min(picture.size)
    x, y = ((length - side) // 2 for length in picture.size)
    return picture.resize((SIDE, SIDE), Image.Resampling.LANCZOS, box=(x, y, x + side, y + side))


def title(source: str) -> str:
    name = unquote(source.rstrip("/").rsplit("/", 1)[-1].removeprefix("File:"))
    return re.sub(r"\.(jpe?g|png)$", "", name, flags=re.IGNORECASE).replace("_", " ").strip()


def main(package: str) -> None:
    records = []
    with tempfile.TemporaryDirectory() as temporary:
        subprocess.run(["dpkg-deb", "-x", package, temporary], check=True)
        chosen = in_turn(candidates(Path(temporary)))[:COUNT]
        assert len(chosen) == COUNT, f"only {len(chosen)} pictures are free"
        for number, entry in enumerate(chosen, 1):
            file = f"{number:02}.jpg"
            (HERE / file).write_bytes(jpeg(square(entry["bytes"])))
            records.append(
                {
                    "file": file,
                    "title": title(entry["source"]),
                    "credit": entry["copyright"],
                    "licence": entry["license"],
                    "source": entry["source"],
                }
            )
    (HERE / "backgrounds.json").write_text(json.dumps(records, ensure_ascii=False, indent=2) + "\n")
    lines = [f"| `{r['file']}` | [{r['title']}](<{r['source']}>) | {r['credit']} | {r['licence']} |" for r in records]
    (HERE / "CREDITS.md").write_text(
        "# Credits of the background set\n\n"
        "The pictures that a photograph is compared with: central squares of photographs from Debian's\n"
        "gcompris-qt-data, made smaller by `make.py`; the package had cropped and sharpened most of them.\n"
        "Author, licence and origin are those that its README files name. The licences are at\n"
        "<https://creativecommons.org/licenses/>.\n\n"
        "| File | Title | Author | Licence |\n|---|---|---|---|\n" + "\n".join(lines) + "\n"
    )


main(sys.argv[1])
