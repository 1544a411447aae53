"""Makes the Persian font: vazirmatn.woff2, OFL.txt and CREDITS.md, from the package that the font is published in.

    pip install fonttools==4.68.0 brotli==1.2.1
    npm pack vazirmatn@33.0.3
    python www/fonts/make.py vazirmatn-33.0.3.tgz

Kept is what Persian is written with, in weights from regular to bold; Latin is left to the fonts of the reader's system.
"""

import hashlib
import io
import sys
import tarfile
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont
from fontTools.varLib import instancer

HERE = Path(__file__).parent
VERSION = "33.0.3"
SOURCE = "package/fonts/variable/Vazirmatn[wght].ttf"
SHA256 = "696249a2c74b39ffdef55de4df2809c5b639d3ff80d618d8160a095d2fd49dca"
WEIGHTS = (400, 700)

# What style.css names as the font's unicode-range; the marks that steer direction have no picture of their own.
LETTERS = "ءآأؤإئابةتثجحخدذرزسشصضطظعغفقلمنهوىيپچژکگیكۀ"
MARKS = "\u064b\u064c\u064d\u064e\u064f\u0650\u0651\u0652\u0653\u0654\u0655\u0670"
DIGITS = "۰۱۲۳۴۵۶۷۸۹"
PUNCTUATION = "،؛؟٪٫٬ـ«»…"
JOINERS = "\u200c\u200d\u200e\u200f"
FEATURES = ["init", "medi", "fina", "isol", "rlig", "liga", "calt", "ccmp", "locl", "kern", "mark", "mkmk", "tnum"]

CREDITS = """# Credits of the font

`vazirmatn.woff2` is made from Vazirmatn {version} by Saber Rastikerdar and the Vazirmatn Project Authors, under the SIL Open Font
License 1.1 (`OFL.txt`, as it came; no font name is reserved). It comes from the npm package
[vazirmatn](https://www.npmjs.com/package/vazirmatn), file `{file}`, SHA-256
`{source}`.

`make.py` keeps Persian letters, marks, digits and punctuation, what joins them, and the weights from {light} to {bold}: {size:,} bytes
instead of {before:,}, SHA-256 `{made}`.
"""


def persian(source: bytes) -> bytes:
    """The part of a font that Persian is written with, as WOFF2."""
    font = TTFont(io.BytesIO(source), recalcTimestamp=False)
    options = subset.Options()
    options.layout_features = FEATURES
    options.layout_scripts = ["DFLT", "arab"]
    options.hinting = False
    options.recalc_timestamp = False
    options.name_IDs = ["*"]
    subsetter = subset.Subsetter(options)
    subsetter.populate(text=LETTERS + MARKS + DIGITS + PUNCTUATION + JOINERS)
    subsetter.subset(font)
    instancer.instantiateVariableFont(font, {"wght": WEIGHTS}, inplace=True)
    font.flavor = "woff2"
    output = io.BytesIO()
    font.save(output)
    return output.getvalue()


def main(package: str) -> None:
    with tarfile.open(package) as archive:
        source = archive.extractfile(SOURCE).read()
        licence = archive.extractfile("package/OFL.txt").read()
    if (found := hashlib.sha256(source).hexdigest()) != SHA256:
        raise ValueError(f"{SOURCE} has SHA-256 {found}, not {SHA256}: is this vazirmatn {VERSION}?")
    made = persian(source)
    (HERE / "vazirmatn.woff2").write_bytes(made)
    (HERE / "OFL.txt").write_bytes(licence)
    credits = CREDITS.format(
        version=VERSION,
        file=SOURCE.removeprefix("package/"),
        source=SHA256,
        light=WEIGHTS[0],
        bold=WEIGHTS[1],
        size=len(made),
        before=len(source),
        made=hashlib.sha256(made).hexdigest(),
    )
    (HERE / "CREDITS.md").write_text(credits)


main(*sys.argv[1:])
