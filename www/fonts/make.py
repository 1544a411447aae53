"""Makes the fonts, their licences and CREDITS.md, from the packages that they are published in.

    pip install fonttools==4.68.0 brotli==1.2.1
    npm pack vazirmatn@33.0.3 @fontsource/stix-two-math@5.3.0
    python www/fonts/make.py vazirmatn-33.0.3.tgz fontsource-stix-two-math-5.3.0.tgz

Kept is what Persian is written with, in weights from regular to bold, and what the formulas of the methods are written with;
Latin words are left to the fonts of the reader's system.
"""

import hashlib
import io
import sys
import tarfile
import textwrap
from dataclasses import dataclass
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont
from fontTools.varLib import instancer

HERE = Path(__file__).parent


@dataclass
class Font:
    """A font, the package that it comes from, and what is kept of it."""

    name: str
    title: str
    authors: str
    package: str
    version: str
    source: str
    sha256: str
    licence: str
    # What style.css names as its unicode-range, besides marks that have no picture of their own.
    kept: str
    text: str
    features: list[str]
    scripts: list[str]
    weights: tuple[int, int] | None = None


LETTERS = "ءآأؤإئابةتثجحخدذرزسشصضطظعغفقلمنهوىيپچژکگیكۀ"
MARKS = "\u064b\u064c\u064d\u064e\u064f\u0650\u0651\u0652\u0653\u0654\u0655\u0670"
JOINERS = "\u200c\u200d\u200e\u200f"

LATIN = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
# As MathML draws a letter that stands alone; the italic h is older than its neighbours.
ITALIC = "".join(chr(code) for code in (*range(0x1D434, 0x1D468), 0x210E) if code != 0x1D455)
GREEK = "αβγδεζηθικλμνξοπρςστυφχψω"
ITALIC_GREEK = "".join(chr(code) for code in range(0x1D6FC, 0x1D716))

FONTS = [
    Font(
        name="vazirmatn",
        title="Vazirmatn",
        authors="Saber Rastikerdar and the Vazirmatn Project Authors",
        package="vazirmatn",
        version="33.0.3",
        source="fonts/variable/Vazirmatn[wght].ttf",
        sha256="696249a2c74b39ffdef55de4df2809c5b639d3ff80d618d8160a095d2fd49dca",
        licence="OFL.txt",
        kept="Persian letters, marks, digits and punctuation, what joins them, and the weights from 400 to 700",
        text=LETTERS + MARKS + "۰۱۲۳۴۵۶۷۸۹" + "،؛؟٪٫٬ـ«»…" + JOINERS,
        features=["init", "medi", "fina", "isol", "rlig", "liga", "calt", "ccmp", "locl", "kern", "mark", "mkmk", "tnum"],
        scripts=["DFLT", "arab"],
        weights=(400, 700),
    ),
    Font(
        name="stix-two-math",
        title="STIX Two Math",
        authors="the STIX Fonts Project Authors",
        package="@fontsource/stix-two-math",
        version="5.3.0",
        source="files/stix-two-math-latin-400-normal.woff2",
        sha256="8b2a6834cfe1f4e0f3724ffa59fe92000013fc5a4c41e6a3f438006c26c60f0d",
        licence="LICENSE",
        kept="Latin and Greek letters, digits, the signs of the formulas, and how they are laid out and stretched",
        text=LATIN + ITALIC + GREEK + ITALIC_GREEK + "0123456789" + "()[]{}|,.+−±×·=≈∼<>≤≥∈∋←→∑∏∫√∇∂⊙′∞",
        features=["ccmp"],
        scripts=["DFLT", "math", "latn"],
    ),
]

CREDITS = (
    "`{name}.woff2` is made from {title} by {authors}, under the SIL Open Font License 1.1 "
    "(`{name}.OFL.txt`, unchanged; no font name is reserved). It comes from version {version} of the npm package "
    "[{package}](https://www.npmjs.com/package/{package}), file `{source}`, SHA-256 `{sha256}`. "
    "Kept are {kept}: {size:,} bytes instead of {before:,}, SHA-256 `{made}`."
)


def part(source: bytes, font: Font) -> bytes:
    """What is kept of a font, as WOFF2."""
    whole = TTFont(io.BytesIO(source), recalcTimestamp=False)
    options = subset.Options()
    options.layout_features = font.features
    options.layout_scripts = font.scripts
    options.hinting = False
    options.recalc_timestamp = False
    options.name_IDs = ["*"]
    subsetter = subset.Subsetter(options)
    subsetter.populate(text=font.text)
    subsetter.subset(whole)
    if font.weights:
        instancer.instantiateVariableFont(whole, {"wght": font.weights}, inplace=True)
    whole.flavor = "woff2"
    output = io.BytesIO()
    whole.save(output)
    return output.getvalue()


def main(*packages: str) -> None:
    credits = ["# Credits of the fonts\n"]
    for font, path in zip(FONTS, packages, strict=True):
        with tarfile.open(path) as archive:
            source = archive.extractfile(f"package/{font.source}").read()
            licence = archive.extractfile(f"package/{font.licence}").read()
        if (found := hashlib.sha256(source).hexdigest()) != font.sha256:
            raise ValueError(f"{font.source} has SHA-256 {found}, not {font.sha256}: is this {font.package} {font.version}?")
        made = part(source, font)
        (HERE / f"{font.name}.woff2").write_bytes(made)
        (HERE / f"{font.name}.OFL.txt").write_bytes(licence)
        sizes = {"size": len(made), "before": len(source), "made": hashlib.sha256(made).hexdigest()}
        text = CREDITS.format(**vars(font), **sizes)
        lines = textwrap.wrap(text, 100, break_long_words=False, break_on_hyphens=False)
        credits.append("\n" + "\n".join(lines) + "\n")
    credits.append("\nBoth are made by `make.py`.\n")
    (HERE / "CREDITS.md").write_text("".join(credits))


main(*sys.argv[1:])
