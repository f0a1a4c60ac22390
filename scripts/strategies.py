"""Every strategy of `wordferry transfer`, side by side, on four collections of sentiment from English to other languages.

For each collection one plan is written and run a strategy; English labels only, the target's training texts as unlabelled ones. Prints a
table in Markdown for each: macro-F1 in per cent with its 95 % interval (accuracy for MARC, whose classes are of one size).

    python scripts/strategies.py SHARED/data [--collections marc umsab xed opener] [--strategies ...] [--program ...]

With `--labelled 64 256` it prints instead what so many labels of the target add on MARC: the mean accuracy of ten balanced draws with the
95 % interval of the mean, by `joint` and by `student`.

`--dev` tests on the targets' training texts instead, for trying things out: nothing should be chosen on the tests. Needs the data only.
"""
import argparse
import csv
import json
import pathlib
import random
import statistics
import subprocess
import tempfile

STRATEGIES = ["zero-shot", "centred", "lexical-carry", "student"]
POLARITY = {"negative": ["1", "2", "negative", "strong_negative"], "positive": ["4", "5", "positive", "strong_positive"]}
UMSAB = {"de": "german", "es": "spanish", "fr": "french", "it": "italian", "ar": "arabic", "en": "english"}


def marc(data, language, part):
    return data / f"sentiment/marc/{language}.{part}.csv"


def umsab(data, language, part):
    return data / f"sentiment/umsab/{UMSAB[language]}.{part}.tsv"


def xed(data, language, part):
    return data / f"sentiment/xed/{language}.{part}.tsv"


def opener(data, language, part):
    return data / f"sentiment/opener_multibooked/{language}.{part}.tsv"


# Where the texts are, the labels (None: as they are), the label's column, and the targets.
COLLECTIONS = {
    "marc": (marc, POLARITY, "stars", ["de", "es"]),
    "umsab": (umsab, None, "label", ["de", "es", "fr", "it", "ar"]),
    "xed": (xed, None, "label", ["de", "es", "fr", "it", "ru", "tr", "fi", "hr", "cs", "ar", "bg", "nl", "et"]),
    "opener": (opener, POLARITY, "label", ["es", "ca"]),
}


def vectors(data, language):
    """The vectors of English and of a language, of one dimension."""
    wide = data / "vectors" / "en.50k.vec.zst"
    for name, english in [(f"{language}.50k.vec.zst", wide), (f"multi/{language}.vec.gz", wide),
                          (f"multi50/{language}.vec.gz", data / "vectors/multi50/en.vec.gz")]:
        if (data / "vectors" / name).exists():
            return english, data / "vectors" / name
    raise SystemExit(f"no vectors of {language}")


def lexicon(data, language):
    for name in [f"reference/en-{language}.train.txt", f"dictionaries/wiktionary/en-{language}.train.txt",
                 f"dictionaries/xling/en-{language}/yacle.train.freq.5k.en-{language}.tsv"]:
        if (data / name).exists():
            return data / name
    return None


def source(data, collection, strategy, english):
    path, labels, column, _ = COLLECTIONS[collection]
    lines = ["[source]", 'language = "en"', f'vectors = "{english}"', f'train = "{path(data, "en", "train")}"',
             f'test = "{path(data, "en", "test")}"', f'label_column = "{column}"']
    if labels:
        lines += ["[labels]", *(f"{name} = {json.dumps(values)}" for name, values in labels.items())]
    return lines + ["[model]", f'strategy = "{strategy}"']


def target(arguments, collection, language, name=None):
    data, path, pairs = arguments.data, COLLECTIONS[collection][0], lexicon(arguments.data, language)
    return ["[[target]]", f'language = "{name or language}"', f'vectors = "{vectors(data, language)[1]}"',
            f'lexicon = "{pairs}"' if pairs else 'alignment = "identical"',
            f'unlabelled = "{path(data, language, "train")}"',
            f'test = "{path(data, language, "train" if arguments.dev else "test")}"']


def transfer(arguments, lines):
    with tempfile.NamedTemporaryFile("w", suffix=".toml") as file:
        file.write("\n".join(lines) + "\n")
        file.flush()
        command = [arguments.program, "transfer", file.name, "--json", "--quiet"]
        return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)


def run(arguments, collection, strategy):
    """The source's scores and the targets', by language."""
    by_english = {}
    for language in arguments.languages or COLLECTIONS[collection][3]:
        if language in COLLECTIONS[collection][3]:
            by_english.setdefault(vectors(arguments.data, language)[0], []).append(language)
    found = {}
    for english, targets in by_english.items():
        lines = source(arguments.data, collection, strategy, english)
        report = transfer(arguments, lines + [line for language in targets for line in target(arguments, collection, language)])
        found.setdefault("en", report["source"])
        found.update((target["language"], target) for target in report["targets"])
    return found


def draws(data, language, size, folder):
    """Files of `size` labelled MARC reviews, half of each class, ten times."""
    with open(marc(data, language, "train"), encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for seed in range(10):
        drawn = []
        for stars in POLARITY.values():
            drawn += random.Random(seed).sample([row for row in rows if row["stars"] in stars], size // 2)
        path = pathlib.Path(folder) / f"{language}-{seed}.csv"
        with open(path, "w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, rows[0].keys())
            writer.writeheader()
            writer.writerows(drawn)
        yield path


def with_labels(arguments):
    print("| labels | strategy | " + " | ".join(languages := ["de", "es"]) + " |\n|---|---|---|---|")
    for size in arguments.labelled:
        for strategy in ["joint", "student"]:
            cells = []
            for language in languages:
                with tempfile.TemporaryDirectory() as folder:
                    lines = source(arguments.data, "marc", strategy, vectors(arguments.data, language)[0])
                    for seed, path in enumerate(draws(arguments.data, language, size, folder)):
                        lines += target(arguments, "marc", language, f"{language}-{seed}") + [f'labelled = "{path}"']
                    found = [100 * target["accuracy"] for target in transfer(arguments, lines)["targets"]]
                half = 2.262 * statistics.stdev(found) / len(found) ** 0.5
                cells.append(f"{statistics.mean(found):.1f} ± {half:.1f}")
            print(f"| {size} | {strategy} | {' | '.join(cells)} |", flush=True)


def cell(scores, measure):
    low, high = scores[f"{measure}_ci"]
    return f"{100 * scores[measure]:.1f} ({100 * low:.1f}–{100 * high:.1f})"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=pathlib.Path)
    parser.add_argument("--collections", nargs="+", default=list(COLLECTIONS), choices=list(COLLECTIONS))
    parser.add_argument("--strategies", nargs="+", default=STRATEGIES)
    parser.add_argument("--languages", nargs="+")
    parser.add_argument("--program", default="target/release/wordferry")
    parser.add_argument("--dev", action="store_true")
    parser.add_argument("--labelled", nargs="+", type=int)
    arguments = parser.parse_args()
    arguments.data = arguments.data.resolve()
    if arguments.labelled:
        return with_labels(arguments)
    for collection in arguments.collections:
        measure = "accuracy" if collection == "marc" else "macro_f1"
        results = {strategy: run(arguments, collection, strategy) for strategy in arguments.strategies}
        print(f"\n{collection}, {measure}\n\n| | alignment | {' | '.join(results)} |\n|---|---|{'---|' * len(results)}")
        for language in next(iter(results.values())):
            row = [results[strategy][language] for strategy in results]
            verdict = row[-1].get("alignment", {}).get("verdict", "–")
            print(f"| {language} | {verdict} | " + " | ".join(cell(scores, measure) for scores in row) + " |", flush=True)


if __name__ == "__main__":
    main()
