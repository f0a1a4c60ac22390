"""Several classifiers as one, and features of texts without labels: what each way gains from few labels, through the program.

    python scripts/combine.py views SHARED/data SHARED/peers     # SMS: n-grams beside word vectors, by --combine and by voting
    python scripts/combine.py self-taught SHARED/data SHARED/peers  # SMS and English reviews: --unlabelled, latent, --self-train

SMS: the protocol of scripts/spam.py (same rows, halves and balanced draws); the rest of the half that labels are drawn from is what is
unlabelled. Reviews: labels drawn from MARC's English training texts, as many of each class, 9,000 of the others without labels; the test
is MARC's. Prints Markdown: means over the draws with the 95 % interval of the mean difference from the first row, draw by draw.

Needs numpy and scikit-learn, and the folder with the data and the peers' scripts.
"""
import argparse
import csv
import json
import pathlib
import random
import subprocess
import sys
import tempfile

import numpy as np

from spam import write_csv

# Student's t for the 95 % interval of a mean of so many values.
T = {3: 4.303, 4: 3.182, 5: 2.776, 10: 2.262}


class Program:
    """Trains and gives test texts the log-odds of the second class; models stay in the folder by name."""

    def __init__(self, program, folder, test, classes):
        self.program, self.folder, self.classes = program, pathlib.Path(folder), classes
        write_csv(self.folder / "test.csv", test, ["?"] * len(test))

    def run(self, *arguments):
        return subprocess.run([self.program, *map(str, arguments)], check=True, capture_output=True, text=True).stdout

    def train(self, name, options):
        self.run("train", self.folder / "train.csv", *options, "--force", "--no-texts", "-o", self.folder / name)

    def scores(self, name, others=()):
        options = [part for other in others for part in ("--with", self.folder / other)]
        lines = self.run("predict", self.folder / name, self.folder / "test.csv", "--json", *options).splitlines()
        rows = [json.loads(line) for line in lines]
        p = np.array([row["probability"] if row["label"] == self.classes[1] else 1 - row["probability"] for row in rows])
        predicted = np.array([row["label"] == self.classes[1] for row in rows]).astype(int)
        return np.log(np.clip(p, 1e-7, 1) / np.clip(1 - p, 1e-7, 1)), predicted


def table(title, measures, runs):
    """`runs`: by the way, a list of dictionaries, one a draw."""
    print(f"\n{title}\n\n| | {' | '.join(name for name, _ in measures)} |\n|---|{'---|' * len(measures)}")
    first = next(iter(runs.values()))
    for way, of_way in runs.items():
        cells = []
        for _, key in measures:
            found, base = (100 * np.array([run[key] for run in draws]) for draws in (of_way, first))
            cell = f"{found.mean():.1f}"
            if of_way is not first:
                difference = found - base
                half = T[len(found)] * difference.std(ddof=1) / len(found) ** 0.5
                cell += f" ({difference.mean():+.1f} ± {half:.1f})"
            cells.append(cell)
        print(f"| {way} | {' | '.join(cells)} |", flush=True)


MEASURES = [("macro-F1", "macro_f1"), ("recall at ≤ 0.5 % false alarms", "recall@fpr0.5%")]


def sms(arguments, peers):
    texts, spam = peers.read_sms(str(arguments.data / "spam/sms_spam_collection.tsv"))
    pool, test = peers.split(len(texts), spam)
    return texts, spam, pool, test


def views(arguments, peers, folder):
    texts, spam, pool, test = sms(arguments, peers)
    program = Program(arguments.program, folder, [texts[i] for i in test], ["ham", "spam"])
    vectors = ["--encoder", arguments.data / "vectors/en.50k.vec.zst"]
    both = ["--encoder", "lexical", *vectors]
    ways = {"n-grams": [], "word vectors": vectors, "views": both,
            "average": [*both, "--combine", "average"], "stack": [*both, "--combine", "stack"]}
    for size in arguments.sizes or [64, 256]:
        runs = {}
        for seed in range(arguments.draws):
            drawn = pool[peers.draw(spam[pool], size, "balanced", seed)]
            write_csv(program.folder / "train.csv", [texts[i] for i in drawn], ["spam" if spam[i] else "ham" for i in drawn])
            for way, options in ways.items():
                program.train(way, options)
                runs.setdefault(way, []).append(peers.evaluate(spam[test], *program.scores(way)))
            found = program.scores("n-grams", ["word vectors", "views"])
            runs.setdefault("votes of the first three", []).append(peers.evaluate(spam[test], *found))
        table(f"SMS, {size} labels, {arguments.draws} draws", MEASURES, runs)


def self_taught(arguments, peers, folder):
    if "sms" in arguments.sets:
        texts, spam, pool, test = sms(arguments, peers)
        program = Program(arguments.program, folder, [texts[i] for i in test], ["ham", "spam"])
        for size in arguments.sizes or [16, 64]:
            draws = [pool[peers.draw(spam[pool], size, "balanced", seed)] for seed in range(arguments.draws)]
            draws = [(drawn, np.setdiff1d(pool, drawn)) for drawn in draws]
            learn(f"SMS, {size} labels", arguments, peers, program, texts, spam, spam[test], draws)
    if "marc" in arguments.sets:
        texts, labels = reviews(arguments.data / "sentiment/marc/en.train.csv")
        test, truth = reviews(arguments.data / "sentiment/marc/en.test.csv")
        program = Program(arguments.program, folder, test, ["negative", "positive"])
        for size in arguments.sizes or [64]:
            draws = []
            for seed in range(arguments.draws):
                order = random.Random(seed).sample(range(len(texts)), len(texts))
                drawn = [i for c in (0, 1) for i in [i for i in order if labels[i] == c][: size // 2]]
                draws.append((drawn, [i for i in order if i not in set(drawn)][:9000]))
            learn(f"English reviews, {size} labels", arguments, peers, program, texts, labels, truth, draws)


def reviews(path):
    with open(path, encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["stars"] != "3"]
    return [row["text"] for row in rows], np.array([int(row["stars"] in "45") for row in rows])


def learn(title, arguments, peers, program, texts, labels, truth, draws):
    more = ["--unlabelled", program.folder / "more.txt"]
    latent = ["--encoder", "lexical", "--encoder", "latent"]
    ways = {"labels alone": [], "n-grams of all texts": more, "and latent": [*latent, *more],
            "self-trained": [*more, "--self-train"], "latent, self-trained": [*latent, *more, "--self-train"]}
    runs = {}
    for drawn, rest in draws:
        write_csv(program.folder / "train.csv", [texts[i] for i in drawn], [program.classes[labels[i]] for i in drawn])
        lines = (texts[i].replace("\r", " ").replace("\n", " ") for i in rest)
        (program.folder / "more.txt").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        for way in arguments.ways or ways:
            program.train("model", ways[way])
            runs.setdefault(way, []).append(peers.evaluate(truth, *program.scores("model")))
            print(title, way, runs[way][-1], file=sys.stderr, flush=True)
    table(f"{title}, {len(draws)} draws", MEASURES if "SMS" in title else MEASURES[:1], runs)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["views", "self-taught"])
    parser.add_argument("data", type=pathlib.Path)
    parser.add_argument("peers", type=pathlib.Path, help="the folder of the peers' scripts")
    parser.add_argument("--program", default="target/release/wordferry")
    parser.add_argument("--sizes", nargs="+", type=int)
    parser.add_argument("--sets", nargs="+", default=["sms", "marc"])
    parser.add_argument("--ways", nargs="+")
    parser.add_argument("--draws", type=int, default=5, choices=sorted(T))
    arguments = parser.parse_args()
    sys.path.insert(0, str(arguments.peers))
    import spam_fewshot as peers
    with tempfile.TemporaryDirectory() as folder:
        {"views": views, "self-taught": self_taught}[arguments.what](arguments, peers, folder)


if __name__ == "__main__":
    main()
