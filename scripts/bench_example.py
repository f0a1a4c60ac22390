"""Lays out the shared data as `wordferry bench` reads it, and measures it: the leaderboard in docs/leaderboard.

    python3 scripts/bench_example.py DATA PROGRAM OUT [check]

DATA is the folder of shared data. What is laid out in OUT/data are links to it; results and the page are in OUT. With `check`, every number is
compared with that of the same `wordferry evaluate` or `wordferry transfer`, on the same files.

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
import json
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


class Check:
    """Asks for every number again, by the command that gives it alone."""

    def __init__(self, program, folder):
        self.program, self.folder = program, folder
        self.maps = {}

    def json(self, *arguments):
        run = subprocess.run([self.program, *map(str, arguments), "--lenient", "--limit", "200000", "--json", "--quiet"], check=True, stdout=subprocess.PIPE)
        return json.loads(run.stdout)

    def vectors(self, code):
        return next((self.folder / "data/vectors").glob(f"{code}.*"))

    def sides(self, hub, code):
        return ["--source", self.vectors(hub), "--target", self.vectors(code)]

    def map(self, hub, code, method):
        """The map of both, learned as the benchmark does."""
        if (hub, code) not in self.maps:
            place = self.folder / "check.map"
            how = ["--lexicon", self.lexicon(hub, code, "train"), "--method", method] if self.lexicon(hub, code, "train") else ["--identical", "--method", "self-learning"]
            self.json("align", *self.sides(hub, code), *how, "-o", place)
            self.maps = {(hub, code): place}
        return ["--map", self.maps[hub, code]]

    def lexicon(self, hub, code, part):
        """The part of the lexicon that is used, turned if need be."""
        pairs = self.pairs(hub, code, part)
        if pairs is None:
            return None
        if part == "test":
            # Words that a pair of is in training are no test.
            training = set(self.pairs(hub, code, "train") or [])
            seen = {pair[0] for pair in pairs if pair in training}
            pairs = [pair for pair in pairs if pair[0] not in seen]
        path = self.folder / f"check.{part}.txt"
        path.write_text("".join(f"{a}\t{b}\n" for a, b in pairs), encoding="utf-8")
        return path

    def pairs(self, hub, code, part):
        for name, step in ((f"{hub}-{code}", 1), (f"{code}-{hub}", -1)):
            for path in (self.folder / "data/lexicons").glob(f"{name}.{part}.*"):
                lines = [line.split() for line in path.read_text(encoding="utf-8").splitlines()]
                return [tuple(pair[::step]) for pair in lines if len(pair) == 2]
        return None

    def same(self, row, found, expected):
        assert found == expected, (row["language"], row["task"], row.get("hub"), found, expected)

    def check(self, row):
        code, hub, details = row["language"], row.get("hub"), row["details"]
        if row["task"] in ("similarity", "analogy"):
            for item in details["sets"]:
                found = self.json("evaluate", row["task"], self.folder / "data" / item["file"], "--vectors", self.vectors(code))
                self.same(row, {key: found[key] for key in item["scores"]}, item["scores"])
        elif row["task"] in ("lexicon", "retrieval"):
            method = {"multi-step": "multistep"}.get(details["alignment"]["method"], details["alignment"]["method"])
            with_map = [*self.map(hub, code, method)]
            if row["task"] == "lexicon":
                forward, backward = details["directions"]
                found = self.json("evaluate", "lexicon", *self.sides(hub, code), *with_map, "--lexicon", self.lexicon(hub, code, "test"))
                self.same(row, found, forward["scores"])
                found = self.json("evaluate", "lexicon", *self.sides(code, hub), *with_map, "--lexicon", self.lexicon(code, hub, "test"))
                self.same(row, found, backward["scores"])
            else:
                texts = ["--source-texts", self.folder / f"data/parallel/en-{code}.tatoeba.en", "--target-texts", self.folder / f"data/parallel/en-{code}.tatoeba.{code}"]
                self.same(row, self.json("evaluate", "retrieval", *self.sides(hub, code), *with_map, *texts), details["sets"][0]["scores"])
        elif row["task"] == "classification":
            seeds = ["--lexicon", self.lexicon(hub, code, "train")] if self.lexicon(hub, code, "train") else ["--identical"]
            texts = ["--train", self.folder / f"data/reviews/{hub}.train.tsv", "--test", self.folder / f"data/reviews/{code}.test.tsv"]
            languages = ["--from", hub, "--to", code, "--from-vectors", self.vectors(hub), "--to-vectors", self.vectors(code)]
            found = self.json("transfer", *languages, *seeds, *texts, "--strategy", "zero-shot")["targets"][0]
            self.same(row, (found["macro_f1"], found["accuracy"]), (row["score"], details["scores"]["accuracy"]))
        else:
            return 0
        return 1


def check(program, out):
    checker = Check(program, out)
    rows = [json.loads(line) for line in (out / "results.jsonl").read_text(encoding="utf-8").splitlines()[1:]]
    measured = [row for row in rows if row["status"] == "measured"]
    measured.sort(key=lambda row: (row["language"], row.get("hub", "")))
    print(f"{sum(map(checker.check, measured))} rows have the numbers of evaluate and transfer")


def main():
    data, program, out = Path(sys.argv[1]), Path(sys.argv[2]).resolve(), Path(sys.argv[3])
    with open(Path(__file__).parent.parent / "data/languages.tsv", encoding="utf-8", newline="") as file:
        iso = {row["code"]: row["iso639_3"] for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)}
    codes = vectors(data, out / "data")
    lexicons(data, out / "data")
    test_sets(data, out / "data", codes, iso)
    reviews(data, out / "data", codes)
    for more in ([], ["--tasks", "lexicon", "--hub", HUBS]):
        subprocess.run([program, "bench", "--from", "data", "--out", ".", *more], cwd=out, check=True)
    if "check" in sys.argv[4:]:
        check(program, out)


main()
