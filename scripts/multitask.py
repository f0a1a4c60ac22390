"""`wordferry multitask` beside training each task alone and all texts as one: a task with 64 labels and others with all of theirs.

Two collections: tweets of other languages beside all English ones (UMSAB, three classes, vectors aligned), and English hotel reviews beside
2,000 product reviews (MARC) and 2,000 sentences on films (SST-2). Draws 64 labels (of every class as many) of the small task ten times, and prints a
table in Markdown: the mean macro-F1 in per cent on the small task's whole test set, with the 95 % interval of the mean over the draws, and
how often the task used what the others know.

    python scripts/multitask.py SHARED/data [--draws 10] [--labels 64] [--program target/release/wordferry]

`alone` is `train` on the 64 labels. `pooled` is one model of the 64 and all texts of the other tasks, and `others` one of those texts
alone: scikit-learn's logistic regression, its penalty chosen by cross-validation, on the rows that `embed` makes of each text with its own
language's vectors, as `train` reads one language at a time. Needs numpy and scikit-learn.
"""
import argparse
import csv
import json
import pathlib
import random
import statistics
import subprocess
import tempfile

import numpy as np
from sklearn.linear_model import LogisticRegressionCV
from sklearn.metrics import f1_score

# Labels of each of the other tasks of English.
LARGE = 2000
UMSAB = {"de": "german", "es": "spanish"}
POLARITY = {label: name for name, labels in {
    "negative": ["1", "2", "negative", "strong_negative"], "positive": ["4", "5", "positive", "strong_positive"],
}.items() for label in labels}


class Program:
    def __init__(self, path, folder):
        self.path, self.folder = path, pathlib.Path(folder)

    def __call__(self, *arguments):
        command = [self.path, *map(str, arguments), "--quiet"]
        return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, cwd=self.folder).stdout

    def rows(self, vectors, texts, options):
        """The features of texts, by the program."""
        write(self.folder / "embedded.csv", [(text, "") for text in texts])
        self("embed", vectors, "embedded.csv", "-o", "embedded.npy", *options)
        return np.load(self.folder / "embedded.npy")

    def macro_f1(self, model, test):
        return 100 * json.loads(self("evaluate", "classification", model, "--texts", test, "--json"))["macro_f1"]


def write(path, rows):
    with open(path, "w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(["text", "label"])
        table.writerows(rows)


def read(path, label="label", classes=None):
    """Texts and labels of a table; of polarity alone, where `classes` says what labels mean."""
    quoting = csv.QUOTE_NONE if path.suffix == ".tsv" else csv.QUOTE_MINIMAL
    with open(path, encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t" if path.suffix == ".tsv" else ",", quoting=quoting))
    named = [(row["text"], classes.get(row[label]) if classes else row[label]) for row in rows]
    return [(text, label) for text, label in named if label]


def sst(path):
    rows = [line.rsplit("\t", 1) for line in path.read_text(encoding="utf-8").splitlines()]
    return [(text, {"0": "negative", "1": "positive"}[label]) for text, label in rows]


def draw(rows, n, seed):
    classes = sorted({label for _, label in rows})
    pick = random.Random(seed)
    chosen = []
    for i, name in enumerate(classes):
        chosen += pick.sample([row for row in rows if row[1] == name], n // len(classes) + (i < n % len(classes)))
    return chosen


def fitted(features, labels):
    """A standardised logistic regression whose penalty cross-validation chose, for rows of any languages."""
    centre, scale = features.mean(axis=0), features.std(axis=0) + 1e-9
    model = LogisticRegressionCV(Cs=np.geomspace(1e-4, 1, 5), cv=3, max_iter=300, scoring="neg_log_loss")
    model.fit((features - centre) / scale, labels)
    return lambda rows: model.predict((rows - centre) / scale)


def measure(program, arguments, small, test, others, encoders, options):
    """Macro-F1 by way, draw by draw, and how often what is shared was used. `small` is (name, rows), `others` a list of such, `encoders`
    the vectors by name of the task."""
    name, pool = small
    write(program.folder / "test.csv", test)
    for other, rows in others:
        write(program.folder / f"{other}.csv", rows)
    files = [f"{other}={other}.csv" for other, _ in others]
    named = [option for task, vectors in encoders.items() for option in ["--encoder", f"{task}={vectors}"]]
    embedded = {task: program.rows(encoders[task], [text for text, _ in rows], options) for task, rows in others}
    of_test = program.rows(encoders[name], [text for text, _ in test], options)
    truth, known = [label for _, label in test], np.concatenate([embedded[other] for other, _ in others])
    labels = [label for _, rows in others for _, label in rows]
    unseen = 100 * f1_score(truth, fitted(known, labels)(of_test), average="macro")
    found, n_shared = {"alone": [], "pooled": [], "multitask": []}, 0
    for seed in range(arguments.draws):
        few = draw(pool, arguments.labels, seed)
        write(program.folder / "few.csv", few)
        program("train", "few.csv", "--encoder", encoders[name], *options, "--force", "-o", "alone")
        found["alone"].append(program.macro_f1("alone", "test.csv"))
        own = program.rows(encoders[name], [text for text, _ in few], options)
        pooled = fitted(np.concatenate([known, own]), labels + [label for _, label in few])(of_test)
        found["pooled"].append(100 * f1_score(truth, pooled, average="macro"))
        report = program("multitask", f"{name}=few.csv", *files, *named, *options, "--force", "-o", "together", "--json")
        n_shared += json.loads(report)["tasks"][0]["rank"] > 0
        found["multitask"].append(program.macro_f1(f"together/{name}.model.safetensors", "test.csv"))
    return unseen, found, n_shared


def row(title, unseen, found, n_shared, draws):
    def cell(values):
        half = 2.262 * statistics.stdev(values) / len(values) ** 0.5
        return f"{statistics.mean(values):.1f} ± {half:.1f}"

    gain = [with_others - alone for with_others, alone in zip(found["multitask"], found["alone"])]
    cells = [f"{unseen:.1f}", *map(cell, found.values()), cell(gain), f"{n_shared} of {draws}"]
    print(f"| {title} | " + " | ".join(cells) + " |", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=pathlib.Path)
    parser.add_argument("--draws", type=int, default=10)
    parser.add_argument("--labels", type=int, default=64)
    parser.add_argument("--program", default="target/release/wordferry")
    arguments = parser.parse_args()
    data = arguments.data.resolve()
    program_path = pathlib.Path(arguments.program).resolve()
    columns = ["small task", "others only", "alone", "pooled", "multitask", "multitask − alone", "shared"]
    print("| " + " | ".join(columns) + " |\n|" + "---|" * len(columns))
    with tempfile.TemporaryDirectory() as folder:
        program = Program(program_path, folder)
        vectors = {language: data / f"vectors/{language}.50k.vec.zst" for language in ["en", *UMSAB]}
        hotels, films = data / "sentiment/opener_multibooked", data / "sentiment/en_sst2"
        others = [("products", read(data / "sentiment/marc/en.train.csv", "stars", POLARITY)), ("films", sst(films / "train.tsv"))]
        others = [(task, draw(rows, LARGE, 0)) for task, rows in others]
        pool, test = (read(hotels / f"en.{part}.tsv", "label", POLARITY) for part in ["train", "test"])
        encoders = {task: vectors["en"] for task in ["hotels", "products", "films"]}
        row("hotels beside products and films", *measure(program, arguments, ("hotels", pool), test, others, encoders, []), arguments.draws)
        for language, name in UMSAB.items():
            lexicon = data / f"reference/en-{language}.train.txt"
            align = ["align", "--source", vectors["en"], "--target", vectors[language], "--lexicon", lexicon, "-o", "map"]
            program(*align)
            english = [("en", read(data / "sentiment/umsab/english.train.tsv"))]
            pool, test = (read(data / f"sentiment/umsab/{name}.{part}.tsv") for part in ["train", "test"])
            encoders = {task: vectors[task] for task in ["en", language]}
            found = measure(program, arguments, (language, pool), test, english, encoders, ["--map", "map"])
            row(f"{language} tweets beside English", *found, arguments.draws)


if __name__ == "__main__":
    main()
