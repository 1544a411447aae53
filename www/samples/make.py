"""Makes the gallery: the photographs, their thumbnails, samples.json and CREDITS.md.

    pip install pillow scikit-image==0.26.0 matplotlib
    apt-get download darknet gcompris-qt-data
    python www/samples/make.py darknet_*.deb gcompris-qt-data_*.deb

Debian's gcompris-qt-data 3.1 keeps its photographs, with a README that names their authors and licences,
in Qt resource files. The classes are those of a network's five best that are really in the picture, the
network's first choice first.
"""

import io
import json
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image
from qt_resource import qt_resource

HERE = Path(__file__).parent
LONG_SIDE, MOST_BYTES = 900, 105_000
THUMB_SIDE, MOST_THUMB_BYTES = 240, 14_000
COMMONS = "https://commons.wikimedia.org/wiki/File:"
PUBLIC_DOMAIN, CC0 = "public domain", "CC0-1.0"

# In the order of the page: file, where it lies, classes, author, licence, source. Titles are in ../locales.
SAMPLES = [
    (
        "chelsea.png",
        "skimage:chelsea.png",
        ["Egyptian cat", "tiger cat", "tabby"],
        "Stéfan van der Walt",
        CC0,
        "scikit-image, skimage.data.chelsea",
    ),
    (
        "dog.jpg",
        "darknet:data/dog.jpg",
        ["German shepherd", "malamute"],
        "the darknet project (Joseph Redmon); no photographer is named",
        PUBLIC_DOMAIN,
        "Debian package darknet, data/dog.jpg",
    ),
    (
        "coffee.png",
        "skimage:coffee.png",
        ["espresso", "cup", "coffee mug"],
        "Rachel Michetti",
        CC0,
        "scikit-image, skimage.data.coffee",
    ),
    (
        "red-panda.jpg",
        "erase:red_panda",
        ["lesser panda"],
        "Mathias Appel",
        CC0,
        COMMONS + "Red_Panda_(30324056733).jpg",
    ),
    (
        "macaw.jpg",
        "explore_world_animals:animals/scarlet_macaw",
        ["macaw"],
        "Dcoetzee",
        CC0,
        COMMONS + "Scarlet_macaw_at_Cougar_Mountain_Zoological_Park.jpg",
    ),
    (
        "castle.jpg",
        "explore_monuments:germany/neuschwansteinCastle",
        ["castle", "palace"],
        "cameralends",
        CC0,
        COMMONS + "Neuschwanstein_Castle_(532850).jpg",
    ),
    (
        "panda.jpg",
        "explore_world_animals:animals/panda",
        ["giant panda"],
        "Jeff Kubina",
        PUBLIC_DOMAIN,
        COMMONS + "Giant_Panda_2004-03-2.jpg",
    ),
    (
        "photographer.jpg",
        "skimage:camera.png",
        ["tripod", "reflex camera"],
        "Lav Varshney",
        CC0,
        "scikit-image, skimage.data.camera",
    ),
    (
        "crab.jpg",
        "erase:crab",
        ["rock crab"],
        "Nosferattus",
        CC0,
        COMMONS + "Sally_Lightfoot_Crab_2019.jpg",
    ),
    (
        "hens.jpg",
        "explore_farm_animals:animals/chicken",
        ["hen"],
        "Tranquilles",
        PUBLIC_DOMAIN,
        COMMONS + "Chickens_at_Tranquilles_B%26B.JPG",
    ),
    (
        "aqueduct.jpg",
        "explore_monuments:france/pontduGard",
        ["viaduct"],
        "Mimova",
        PUBLIC_DOMAIN,
        COMMONS + "Pontdugard.jpg",
    ),
    (
        "hopper.jpg",
        "matplotlib:grace_hopper.jpg",
        ["military uniform"],
        "United States Navy",
        PUBLIC_DOMAIN,
        "matplotlib, mpl-data/sample_data/grace_hopper.jpg",
    ),
]


def read(place: str, folder: Path) -> bytes:
    kind, name = place.split(":")
    if kind == "skimage":
        import skimage

        return (Path(skimage.__file__).parent / "data" / name).read_bytes()
    if kind == "matplotlib":
        import matplotlib

        return (Path(matplotlib.get_data_path()) / "sample_data" / name).read_bytes()
    if kind == "darknet":
        return (folder / "usr/share/darknet" / name).read_bytes()
    files = qt_resource(folder / f"usr/share/gcompris-qt/rcc/{kind}.rcc")
    return files[f"gcompris/src/activities/{kind}/resource/{name}.webp"]


def jpeg(picture: Image.Image, at_most: int) -> bytes:
    """The best quality that fits."""
    for quality in range(90, 30, -2):
        output = io.BytesIO()
        picture.save(output, "JPEG", quality=quality, optimize=True, progressive=True)
        if output.tell() <= at_most:
            return output.getvalue()
    raise ValueError("no quality is small enough")


def credits(samples: list[dict]) -> str:
    text = (
        "# Credits of the gallery\n\n"
        "All photographs are free to use, alter and pass on. Those ending in `.png` are kept unchanged; the\n"
        "others were made smaller and saved again as JPEG, and `thumbs/` holds central squares of all.\n"
        "`make.py` does it.\n\n"
        "| File | Title | Author | Licence | Origin |\n|---|---|---|---|---|\n"
    )
    words = json.loads((HERE.parent / "locales/en.json").read_text())["samples"]
    for sample in samples:
        source = sample["source"]
        title = words[Path(sample["file"]).stem]["title"]
        if source.startswith("http"):
            name = source.removeprefix(COMMONS).replace("%26", "&").replace("_", " ")
            source = f"[Wikimedia Commons, {name}](<{source}>), by way of Debian's gcompris-qt-data"
        text += f"| `{sample['file']}` | {title} | {sample['credit']} | {sample['licence']} | {source} |\n"
    text += (
        "\n## What is known of the licences\n\n"
        "- scikit-image's documentation names the photographers of chelsea, coffee and camera, who dedicated\n"
        "  them to the public domain under CC0.\n"
        "- Those from gcompris-qt-data are listed with author, licence and origin in the README files of that\n"
        "  package, from which the table is taken. (Debian's copyright file of version 3.1 still describes\n"
        "  the pictures these replaced.)\n"
        "- darknet's LICENSE puts the whole project in the public domain; its example pictures come with it\n"
        "  and carry no notice of their own (Debian's copyright file lists the project as GPL-3.0+ or MIT or\n"
        "  WTFPL, at one's choice).\n"
        "- The portrait of Grace Hopper is an official photograph of the United States Navy, and so not under\n"
        "  copyright.\n"
    )
    return text


def main(packages: list[str]) -> None:
    (HERE / "thumbs").mkdir(exist_ok=True)
    samples = []
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        for package in packages:
            subprocess.run(["dpkg-deb", "-x", package, folder], check=True)
        for file, place, classes, credit, licence, source in SAMPLES:
            original = read(place, folder)
            picture = Image.open(io.BytesIO(original))
            if file.endswith(".png"):
                # Lossless, byte for byte: published figures were measured on these.
                (HERE / file).write_bytes(original)
            else:
                picture = picture if picture.mode == "L" else picture.convert("RGB")
                picture.thumbnail((LONG_SIDE, LONG_SIDE), Image.Resampling.LANCZOS)
                (HERE / file).write_bytes(jpeg(picture, MOST_BYTES))
            side = min(picture.size)
            x, y = ((length - side) // 2 for length in picture.size)
            square = picture.convert("RGB").resize(
                (THUMB_SIDE, THUMB_SIDE), Image.Resampling.LANCZOS, box=(x, y, x + side, y + side)
            )
            thumb = f"thumbs/{Path(file).stem}.jpg"
            (HERE / thumb).write_bytes(jpeg(square, MOST_THUMB_BYTES))
            samples.append(
                {
                    "file": file,
                    "thumb": thumb,
                    "width": picture.width,
                    "height": picture.height,
                    "classes": classes,
                    "credit": credit,
                    "licence": licence,
                    "source": source,
                }
            )
    (HERE / "samples.json").write_text(json.dumps(samples, ensure_ascii=False, indent=2) + "\n")
    (HERE / "CREDITS.md").write_text(credits(samples))


main(sys.argv[1:])
