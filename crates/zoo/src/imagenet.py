"""Makes imagenet.tsv: the classes of ILSVRC 2012 in the order of every published network's outputs.

    pip download timm==1.0.31 --no-deps
    python crates/zoo/src/imagenet.py timm-1.0.31-py3-none-any.whl

Each line is a WordNet id, a name and the synset's other lemmas. The name is the first lemma, but for
those that two classes share. The lists come from timm (Apache-2.0), the names in them from WordNet.
"""

import sys
import zipfile
from pathlib import Path

# Classes whose first lemma another class has too (letter case aside), by what tells them apart.
NAMES = {
    "n02012849": "crane (bird)",
    "n03126707": "crane (machine)",
    "n02113186": "Cardigan Welsh corgi",
    "n03710721": "tank suit",
}


def main(wheel: str) -> None:
    with zipfile.ZipFile(wheel) as archive:
        read = lambda name: archive.read(f"timm/data/_info/{name}").decode().splitlines()
        synsets = read("imagenet_synsets.txt")
        lemmas = dict(line.split("\t") for line in read("imagenet_synset_to_lemma.txt"))
    lines = []
    for synset in synsets:
        words = lemmas[synset].split(", ")
        name = NAMES.get(synset, words[0])
        others = ", ".join(word for word in words if word != name)
        lines.append(f"{synset}\t{name}\t{others}")
    Path(__file__).with_name("imagenet.tsv").write_text("\n".join(lines) + "\n")


main(sys.argv[1])
