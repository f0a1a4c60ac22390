#!/usr/bin/env python3
"""Lexicon induction by method, seeds and pair of languages: the tables of docs/quality.md. Needs ../shared/data and Python 3.

    scripts/lexicons.py reference           English with Spanish and German, by method and seeds (about 15 minutes on 2 cores)
    scripts/lexicons.py pairs               other pairs, most of them with weak vectors (about 25 minutes)
    scripts/lexicons.py shuffled            vectors whose words were shuffled: nothing can be found
    scripts/lexicons.py many                German and Spanish by way of English (2 minutes)

`--raw FILE` adds a line of JSON for every map: what the verdict rests on, beside P@1 on the test lexicon.
"""
import argparse
import gzip
import json
import random
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT.parent / "shared" / "data"
WORDFERRY = ROOT / "target" / "release" / "wordferry"
LARGE = {"en", "de", "es"}
REFERENCE = "reference/en-{}.train.txt"

# Pairs of XLING and PanLex, and of Wiktionary with small vocabularies of 50 dimensions.
XLING = ["en-fi", "en-fr", "en-it", "en-ru", "en-tr", "de-fi", "de-fr", "de-hr", "de-ru", "de-tr", "fi-fr", "hr-it", "tr-hr"]
SMALL = ["en-ar", "en-bg", "en-ca", "en-fa", "en-hi", "en-nl", "ca-eu"]


def vectors(language, small):
    if small:
        return DATA / f"vectors/multi50/{language}.vec.gz"
    if language in LARGE:
        return DATA / f"vectors/{language}.50k.vec.zst"
    return DATA / f"vectors/multi/{language}.vec.gz"


def run(*arguments):
    command = [str(WORDFERRY), "--json", "--quiet", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        return None, (done.stderr.strip() or f"exit {done.returncode}").split("\n")[0]
    return (json.loads(done.stdout) if done.stdout else None), None


def lexicon(pair, small):
    """Training pairs, and a test lexicon for each direction."""
    source, target = pair.split("-")
    folder = DATA / "dictionaries"
    if pair in ("en-es", "en-de"):
        tests = [DATA / f"reference/{a}-{b}.test.txt" for a, b in ((source, target), (target, source))]
        return DATA / REFERENCE.format(target), tests
    if pair == "ca-eu":
        test = folder / "panlex/ca-eu.test.2000.tsv"
        return folder / "panlex/ca-eu.train.5000.tsv", [test, test]
    if small:
        test = folder / f"wiktionary/{pair}.test.txt"
        return folder / f"wiktionary/{pair}.train.txt", [test, test]
    test = next((folder / f"xling/{pair}").glob("*test*"))
    return next((folder / f"xling/{pair}").glob("*train*5k*")), [test, test]


def reversed_copy(path, work):
    lines = [line.split() for line in path.read_text("utf-8").splitlines()]
    copy = work / f"{path.name}.reversed"
    copy.write_text("".join(f"{line[1]} {line[0]}\n" for line in lines if len(line) > 1), "utf-8")
    return copy


def measure(files, tests, flags, work, raw, label):
    """P@1 in both directions as text, and the verdict."""
    source, target = files
    learned, error = run("align", "--source", source, "--target", target, *flags, "-o", work / "map")
    if error:
        print(label, *flags, error, file=sys.stderr)
        return ["–", "–"], "–"
    cells, found = [], []
    for (a, b), test in zip(((source, target), (target, source)), tests):
        scores, error = run("evaluate", "lexicon", "--map", work / "map", "--source", a, "--target", b, "--lexicon", test)
        if error:
            cells.append("–")
            continue
        low, high = scores["p_at_1_ci"]
        found.append(scores["p_at_1"])
        cells.append(f"{100 * scores['p_at_1']:.1f} ({100 * low:.1f}-{100 * high:.1f})")
    if raw:
        row = {"pair": label, "flags": [str(flag) for flag in flags], "p_at_1": found, **learned["alignment"]}
        print(json.dumps(row), file=raw, flush=True)
    return cells, learned["alignment"]["verdict"]


def reference(work, raw):
    lexicon_of = DATA / "reference/en-XX.train.txt"
    seeds = {"about 8,500 pairs": ["--lexicon", lexicon_of]}
    for n in (500, 100, 25):
        seeds[f"{n} pairs"] = ["--lexicon", DATA / f"reference/en-XX.seed{n}.txt"]
    few = seeds["25 pairs"]
    seeds |= {"25 pairs and identical": [*few, "--identical"], "25 pairs and numerals": [*few, "--numerals"]}
    seeds |= {"identical": ["--identical"], "cognates": ["--cognates"], "numerals": ["--numerals"], "none": ["--unsupervised"]}
    methods = ["procrustes", "least-squares", "ridge", "cca", "rcsls", "rcsls-spectral", "procrustes-b", "multistep", "contrastive"]
    rows = [(method, "about 8,500 pairs") for method in methods]
    rows += [("self-learning", name) for name in seeds]
    rows += [("procrustes", "identical"), ("procrustes", "500 pairs"), ("procrustes-b", "500 pairs"), ("multistep", "500 pairs")]
    print("| method | seeds | en→es | es→en | en→de | de→en | verdicts |\n|---|---|---|---|---|---|---|")
    for method, name in rows:
        cells, verdicts = [], []
        for language in ("es", "de"):
            flags = [Path(str(flag).replace("XX", language)) for flag in seeds[name]]
            files = [vectors("en", False), vectors(language, False)]
            _, tests = lexicon(f"en-{language}", False)
            found, verdict = measure(files, tests, ["--method", method, *flags], work, raw, f"en-{language}")
            cells += found
            verdicts.append(verdict)
        print(f"| {method} | {name} | {' | '.join(cells)} | {', '.join(verdicts)} |", flush=True)


def pairs(work, raw):
    columns = [("Procrustes", ["--method", "procrustes"], True), ("multi-step", ["--method", "multistep"], True),
               ("self-learning", ["--method", "self-learning"], True), ("identical", ["--identical"], False), ("none", ["--unsupervised"], False)]
    print("| pair | pairs | " + " | ".join(f"{name} → | ←" for name, _, _ in columns) + " | verdicts |")
    print("|" + "---|" * (3 + 2 * len(columns)))
    for pair in XLING + SMALL:
        small = pair in SMALL
        files = [vectors(language, small) for language in pair.split("-")]
        train, (test, _) = lexicon(pair, small)
        tests = [test, reversed_copy(test, work)]
        cells, verdicts = [], []
        for _, flags, with_lexicon in columns:
            flags = flags + (["--lexicon", train] if with_lexicon else [])
            found, verdict = measure(files, tests, flags, work, raw, pair)
            cells += found
            verdicts.append(verdict)
        n = sum(1 for _ in train.open(encoding="utf-8"))
        print(f"| {pair} | {n} | {' | '.join(cells)} | {', '.join(verdicts)} |", flush=True)


def shuffled(work, raw):
    """Vectors of one language with the words of another order: a lexicon then pairs words with anything."""
    print("| pair | seeds | → | ← | verdict |\n|---|---|---|---|---|")
    for pair in ("en-fr", "en-nl", "en-de"):
        small = pair in SMALL
        source, target = (vectors(language, small) for language in pair.split("-"))
        if pair == "en-de":
            target = work / "de.vec"
            subprocess.run([WORDFERRY, "-q", "vectors", "convert", vectors("de", False), target, "--limit", "20000"], check=True)
        text = gzip.open(target, "rt", encoding="utf-8") if target.suffix == ".gz" else open(target, encoding="utf-8")
        header, *lines = text.read().rstrip("\n").split("\n")
        words, rows = zip(*(line.split(" ", 1) for line in lines))
        order = list(words)
        random.Random(1).shuffle(order)
        copy = work / f"{pair}.shuffled.vec"
        copy.write_text("\n".join([header, *map(" ".join, zip(order, rows))]) + "\n", "utf-8")
        train, (test, _) = lexicon(pair, small)
        for name, flags in (("lexicon", ["--lexicon", train]), ("identical", ["--identical"]), ("none", ["--unsupervised"])):
            tests = [test, reversed_copy(test, work)]
            found, verdict = measure([source, copy], tests, flags, work, raw, f"{pair} shuffled")
            print(f"| {pair} | {name} | {' | '.join(found)} | {verdict} |", flush=True)


def many(work, raw):
    del raw
    files = {language: vectors(language, False) for language in ("en", "de", "es")}
    named = [flag for language, file in files.items() for flag in ("--language", f"{language}={file}")]
    lexicons = [flag for language in ("de", "es") for flag in ("--lexicon", f"{language}={DATA / REFERENCE.format(language)}")]
    test = work / "de-es.txt"
    pivot(work, test)
    print("| maps | " + " | ".join(["en→de", "de→en", "en→es", "es→en", "de→es", "es→de"]) + " |\n|---|" + "---|" * 6)
    for name, flags in (("Procrustes, hub", ["--method", "procrustes"]), ("generalised Procrustes", ["--method", "generalised"]),
                        ("self-learning, hub", [])):
        _, error = run("align", *named, *lexicons, *flags, "-o", work / "map")
        if error:
            sys.exit(error)
        cells = []
        for a, b in (("en", "de"), ("de", "en"), ("en", "es"), ("es", "en"), ("de", "es"), ("es", "de")):
            gold = DATA / f"reference/{a}-{b}.test.txt" if "en" in (a, b) else test if a == "de" else reversed_copy(test, work)
            scores, error = run("evaluate", "lexicon", "--map", work / "map", "--source", files[a], "--target", files[b], "--lexicon", gold)
            low, high = ("", "") if error else scores["p_at_1_ci"]
            cells.append("–" if error else f"{100 * scores['p_at_1']:.1f} ({100 * low:.1f}-{100 * high:.1f})")
        print(f"| {name} | {' | '.join(cells)} |", flush=True)


def pivot(work, path):
    """German and Spanish words that translate the same English word of both test lexicons."""
    del work
    of_english = {}
    for language in ("de", "es"):
        for line in (DATA / f"reference/en-{language}.test.txt").read_text("utf-8").splitlines():
            english, word = line.split()[:2]
            of_english.setdefault(english, {}).setdefault(language, []).append(word)
    found = [(de, es) for words in of_english.values() for de in words.get("de", []) for es in words.get("es", [])]
    path.write_text("".join(f"{de} {es}\n" for de, es in found), "utf-8")


def main():
    tables = {"reference": reference, "pairs": pairs, "shuffled": shuffled, "many": many}
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("table", choices=tables)
    parser.add_argument("--raw", type=argparse.FileType("a", encoding="utf-8"))
    arguments = parser.parse_args()
    subprocess.run(["cargo", "build", "--release", "--quiet"], cwd=ROOT, check=True)
    with tempfile.TemporaryDirectory() as work:
        tables[arguments.table](Path(work), arguments.raw)


if __name__ == "__main__":
    main()
