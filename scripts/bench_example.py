"""Lays out the shared data as `wordferry bench` reads it, and measures it: the leaderboard in docs/leaderboard.

    python3 scripts/bench_example.py DATA PROGRAM OUT

DATA is the folder of shared data. What is laid out in OUT/data are links to it, and labelled and parallel texts in files of their own; results and
the page are in OUT.

| what | from |
|---|---|
| vectors | en, de (fastText models), es, and those of `multi` (100-d) and `multi50` (50-d, weak on purpose) |
| lexicons | with English: the reference lexicons (de, es), else Wiktionary's; XLING's for other pairs |
| similarity, analogies | all of the language |
| parallel | Tatoeba |
| texts | NTREX |
| reviews | XED: subtitles, positive and negative |
"""

import csv
import subprocess
import sys
from pathlib import Path

# Where test sets name languages otherwise than the catalogue does.
NTREX = {"en": "eng-GB", "de": "deu", "fi": "fin", "fr": "fra", "hr": "hrv", "it": "ita", "ru": "rus", "es": "spa", "tr": "tur"}
MACROLANGUAGES = {"lav": "lvs", "zho": "cmn", "swa": "swh"}
HUBS = "de,fi,fr,hr,it,ru,tr"


def link(place, file):
    place.parent.mkdir(parents=True, exist_ok=True)
    place.unlink(missing_ok=True)
    place.symlink_to(file.resolve())


def vectors(data, out):
    files = {path.name.split(".")[0]: path for folder in ("multi50", "multi") for path in sorted((data / "vectors" / folder).iterdir())}
    files |= {"en": data / "vectors/en.bin", "de": data / "vectors/de.bin", "es": data / "vectors/es.50k.vec.zst"}
    for code, path in files.items():
        link(out / "vectors" / (code + path.name[path.name.index("."):]), path)
    return sorted(files)


def lexicons(data, out):
    for code in ("de", "es"):
        link(out / f"lexicons/en-{code}.train.txt", data / f"reference/en-{code}.train.txt")
        for pair in (f"en-{code}", f"{code}-en"):
            link(out / f"lexicons/{pair}.test.txt", data / f"reference/{pair}.test.txt")
    for path in sorted((data / "dictionaries/wiktionary").iterdir()):
        if not path.name.startswith(("en-de", "en-es")):
            link(out / "lexicons" / path.name, path)
    for folder in sorted((data / "dictionaries/xling").iterdir()):
        if not (out / f"lexicons/{folder.name}.train.txt").exists():
            link(out / f"lexicons/{folder.name}.train.tsv", folder / f"yacle.train.freq.5k.{folder.name}.tsv")
            link(out / f"lexicons/{folder.name}.test.tsv", folder / f"yacle.test.freq.2k.{folder.name}.tsv")


def test_sets(data, out, codes, iso):
    for code in codes:
        for path in sorted((data / "wordsim").glob(f"{code}-*.tsv")):
            link(out / f"similarity/{code}.{path.name[len(code) + 1:]}", path)
        for path in sorted((data / "analogies").glob(f"{code}-*.tsv")):
            link(out / f"analogies/{code}.{path.name[len(code) + 1:]}", path)
        names = [iso.get(code, code), MACROLANGUAGES.get(iso.get(code))]
        for name in filter(None, names):
            for side, ending in ((name, code), ("eng", "en")):
                path = data / f"parallel/tatoeba_laser/tatoeba.{name}-eng.{side}"
                if path.exists():
                    link(out / f"parallel/en-{code}.tatoeba.{ending}", path)
    for code, name in NTREX.items():
        kind = "src" if code == "en" else "ref"
        link(out / f"texts/{code}.ntrex.txt", data / f"parallel/ntrex/newstest2019-{kind}.{'eng' if code == 'en' else name}.txt")


def reviews(data, out, codes):
    for code in codes:
        for part in ("train", "test"):
            path = data / f"sentiment/xed/{code}.{part}.tsv"
            if path.exists():
                link(out / f"reviews/{code}.{part}.tsv", path)


def main():
    data, program, out = Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3])
    with open(Path(__file__).parent.parent / "data/languages.tsv", encoding="utf-8", newline="") as file:
        iso = {row["code"]: row["iso639_3"] for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)}
    codes = vectors(data, out / "data")
    lexicons(data, out / "data")
    test_sets(data, out / "data", codes, iso)
    reviews(data, out / "data", codes)
    for more in ([], ["--tasks", "lexicon", "--hub", HUBS]):
        subprocess.run([program, "bench", "--from", out / "data", "--out", out, *more], check=True)


main()
